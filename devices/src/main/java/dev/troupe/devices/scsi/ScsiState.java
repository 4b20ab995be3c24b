package dev.troupe.devices.scsi;

import dev.troupe.actors.device.DeviceException;
import java.io.ByteArrayOutputStream;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Everything that has to outlive a SCSI host, as bytes and back. Numbers are little-endian; texts and lists have their length
 * before them, as a u16.
 *
 * <pre>
 *  u32 sense_size  u32 cdb_size  u8 events missed
 *  list of units:   text name  u32 address  u64 sequence  u8 flags  text medium  u64 last order
 *                   u32 generation  u8 type  text holder  list of: text initiator  u64 key
 *  list of orders:  list of texts
 * </pre>
 *
 * @param senseSize as the driver chose it
 * @param cdbSize as the driver chose it
 * @param eventsMissed whether the driver has to be told that it missed events
 * @param units the units there were
 * @param orders what operators added and removed
 */
record ScsiState(int senseSize, int cdbSize, boolean eventsMissed, List<Unit> units, List<List<String>> orders) {
    static final int VERSION = 1;

    static final ScsiState INITIAL =
            new ScsiState(ScsiWire.DEFAULT_SENSE_SIZE, ScsiWire.DEFAULT_CDB_SIZE, false, List.of(), List.of());

    private static final int WRITE_CACHE = 1;
    private static final int DESCRIPTOR_SENSE = 2;
    private static final int MEDIUM_CHANGED = 4;
    private static final int FLAGS = 7;
    private static final int MAX_ITEMS = 4096;

    /** More changes than there are in the life of a unit; after it there must be room for more. */
    private static final long MAX_SEQUENCE = 1L << 48;

    /** A unit that there was. */
    record Unit(String name, int address, UnitState state) {}

    byte[] encode() {
        Writer out = new Writer();
        out.u32(senseSize);
        out.u32(cdbSize);
        out.u8(eventsMissed ? 1 : 0);
        out.u16(units.size());
        units.forEach(unit -> encode(unit, out));
        out.u16(orders.size());
        for (List<String> order : orders) {
            out.u16(order.size());
            order.forEach(out::text);
        }
        return out.bytes.toByteArray();
    }

    private static void encode(Unit unit, Writer out) {
        UnitState state = unit.state();
        Reservations reservations = state.reservations();
        out.text(unit.name());
        out.u32(unit.address());
        out.u64(state.sequence());
        out.u8((state.writeCache() ? WRITE_CACHE : 0)
                | (state.descriptorSense() ? DESCRIPTOR_SENSE : 0)
                | (state.medium().isPresent() ? MEDIUM_CHANGED : 0));
        out.text(state.medium().orElse(""));
        out.u64(state.lastOrder());
        out.u32(reservations.generation());
        out.u8(reservations.type());
        out.text(reservations.holder().orElse(""));
        out.u16(reservations.registrations().size());
        reservations.registrations().forEach(registration -> {
            out.text(registration.initiator());
            out.u64(registration.key());
        });
    }

    /**
     * Reads a state, perhaps of another program.
     *
     * @throws DeviceException if it is not understood
     */
    static ScsiState decode(byte[] bytes) throws DeviceException {
        ByteBuffer in = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        try {
            int senseSize = within(in.getInt(), 0, ScsiWire.MAX_SENSE_SIZE);
            int cdbSize = within(in.getInt(), 1, ScsiWire.MAX_CDB_SIZE);
            boolean missed = within(in.get(), 0, 1) == 1;
            List<Unit> units = new ArrayList<>();
            for (int left = items(in); left > 0; left--) {
                units.add(unit(in));
            }
            List<List<String>> orders = new ArrayList<>();
            for (int left = items(in); left > 0; left--) {
                orders.add(texts(in));
            }
            within(in.remaining(), 0, 0);
            return new ScsiState(senseSize, cdbSize, missed, units, orders);
        } catch (BufferUnderflowException e) {
            throw new DeviceException("The state of a SCSI host ends too early.", e);
        }
    }

    private static Unit unit(ByteBuffer in) throws DeviceException {
        String name = text(in);
        int address = in.getInt();
        long sequence = in.getLong();
        if (sequence < 0 || sequence > MAX_SEQUENCE) {
            throw new DeviceException("The state of the unit " + name + " has the number " + sequence + ".");
        }
        int flags = within(in.get(), 0, FLAGS);
        String medium = text(in);
        long lastOrder = in.getLong();
        Reservations reservations = reservations(in);
        return new Unit(
                name,
                address,
                new UnitState(
                        sequence,
                        (flags & WRITE_CACHE) != 0,
                        (flags & DESCRIPTOR_SENSE) != 0,
                        (flags & MEDIUM_CHANGED) != 0 ? Optional.of(medium) : Optional.empty(),
                        reservations,
                        lastOrder));
    }

    private static Reservations reservations(ByteBuffer in) throws DeviceException {
        int generation = in.getInt();
        int type = in.get();
        String holder = text(in);
        List<Reservations.Registration> registrations = new ArrayList<>();
        for (int left = within(items(in), 0, ReserveOut.MAX_REGISTRATIONS); left > 0; left--) {
            Reservations.Registration registration = new Reservations.Registration(text(in), in.getLong());
            if (registration.key() == 0
                    || registrations.stream().anyMatch(r -> r.initiator().equals(registration.initiator()))) {
                throw new DeviceException("The state of a SCSI host has a registration that cannot be.");
            }
            registrations.add(registration);
        }
        Reservations read = new Reservations(
                generation, registrations, holder.isEmpty() ? Optional.empty() : Optional.of(holder), type);
        boolean held = type != Reservations.NO_RESERVATION && read.holder().isPresent();
        if (type == Reservations.NO_RESERVATION ? !holder.isEmpty() : !Reservations.isType(type) || !held) {
            throw new DeviceException("The state of a SCSI host has a reservation of type " + type + ".");
        }
        return read;
    }

    private static List<String> texts(ByteBuffer in) throws DeviceException {
        List<String> texts = new ArrayList<>();
        for (int left = items(in); left > 0; left--) {
            texts.add(text(in));
        }
        return texts;
    }

    private static int items(ByteBuffer in) throws DeviceException {
        return within(in.getShort() & 0xffff, 0, MAX_ITEMS);
    }

    private static String text(ByteBuffer in) throws DeviceException {
        byte[] bytes = new byte[within(in.getShort() & 0xffff, 0, in.remaining())];
        in.get(bytes);
        return new String(bytes, StandardCharsets.UTF_8);
    }

    private static int within(int value, int least, int most) throws DeviceException {
        if (value < least || value > most) {
            throw new DeviceException(
                    "The state of a SCSI host has " + value + " where " + least + " to " + most + " can stand.");
        }
        return value;
    }

    /** Appends numbers and texts. */
    private static final class Writer {
        private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

        void u8(int value) {
            bytes.write(value);
        }

        void u16(int value) {
            number(value, Short.BYTES);
        }

        void u32(int value) {
            number(value, Integer.BYTES);
        }

        void u64(long value) {
            number(value, Long.BYTES);
        }

        private void number(long value, int size) {
            for (int i = 0; i < size; i++) {
                bytes.write((int) (value >>> (i * Byte.SIZE)));
            }
        }

        void text(String text) {
            byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
            u16(utf8.length);
            bytes.writeBytes(utf8);
        }
    }
}
