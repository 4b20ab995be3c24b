package dev.troupe.devices.i2c.model;

import java.nio.ByteBuffer;

/** The kind {@code echo}: a read gets what the last write that had bytes sent, again and again; zeros before that. */
public final class EchoType implements I2cModelType {

    /** For {@link java.util.ServiceLoader}. */
    public EchoType() {}

    @Override
    public String name() {
        return "echo";
    }

    @Override
    public I2cModel create(I2cModelSettings settings) {
        return new Echo();
    }

    private static final class Echo implements I2cModel {
        private byte[] heard = new byte[1];

        @Override
        public boolean write(ByteBuffer data) {
            if (data.hasRemaining()) {
                heard = new byte[data.remaining()];
                data.get(heard);
            }
            return true;
        }

        @Override
        public boolean read(ByteBuffer into) {
            for (int i = 0; into.hasRemaining(); i = (i + 1) % heard.length) {
                into.put(heard[i]);
            }
            return true;
        }
    }
}
