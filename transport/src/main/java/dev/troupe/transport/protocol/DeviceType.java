package dev.troupe.transport.protocol;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/** The virtio device types and their numbers (virtio 1.4, 5 "Device Types"). */
public enum DeviceType {
    /** Network device. */
    NET(1),
    /** Block device. */
    BLOCK(2),
    /** Console. */
    CONSOLE(3),
    /** Entropy source. */
    RNG(4),
    /** Traditional memory balloon. */
    BALLOON(5),
    /** ioMemory. */
    IO_MEMORY(6),
    /** Remote processor messaging. */
    RPMSG(7),
    /** SCSI host. */
    SCSI(8),
    /** 9P transport. */
    NINE_P(9),
    /** mac80211 wlan. */
    MAC80211_WLAN(10),
    /** Remote processor serial link. */
    RPROC_SERIAL(11),
    /** CAIF. */
    CAIF(12),
    /** Memory balloon. */
    MEMORY_BALLOON(13),
    /** Graphics device. */
    GPU(16),
    /** Timer or clock device. */
    RTC(17),
    /** Input device. */
    INPUT(18),
    /** Socket device. */
    VSOCK(19),
    /** Crypto device. */
    CRYPTO(20),
    /** Signal distribution module. */
    SIGNAL_DISTRIBUTION(21),
    /** pstore. */
    PSTORE(22),
    /** IOMMU. */
    IOMMU(23),
    /** Memory device. */
    MEM(24),
    /** Sound device. */
    SOUND(25),
    /** File system device. */
    FS(26),
    /** Persistent memory. */
    PMEM(27),
    /** Replay-protected memory block. */
    RPMB(28),
    /** mac80211 hwsim. */
    MAC80211_HWSIM(29),
    /** Video encoder. */
    VIDEO_ENCODER(30),
    /** Video decoder. */
    VIDEO_DECODER(31),
    /** System control and management interface. */
    SCMI(32),
    /** Nitro secure module. */
    NITRO_SECURE_MODULE(33),
    /** I2C adapter. */
    I2C(34),
    /** Watchdog. */
    WATCHDOG(35),
    /** Controller area network. */
    CAN(36),
    /** Parameter server. */
    PARAMETER_SERVER(38),
    /** Audio policy. */
    AUDIO_POLICY(39),
    /** Bluetooth. */
    BLUETOOTH(40),
    /** GPIO. */
    GPIO(41),
    /** Remote direct memory access. */
    RDMA(42),
    /** Camera. */
    CAMERA(43),
    /** Instruction stream filter. */
    ISM(44),
    /** SPI controller. */
    SPI(45),
    /** Trusted execution environment. */
    TEE(46),
    /** CPU balloon. */
    CPU_BALLOON(47),
    /** Media device. */
    MEDIA(48),
    /** USB host controller. */
    USB(49);

    private final int id;

    DeviceType(int id) {
        this.id = id;
    }

    /**
     * The number of the specification.
     *
     * @return the virtio device ID
     */
    public int id() {
        return id;
    }

    /**
     * The name for people and configuration files.
     *
     * @return such as "block" or "rproc-serial"
     */
    public String label() {
        return this == NINE_P ? "9p" : name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /**
     * The type with a number.
     *
     * @param id the virtio device ID
     * @return the type, or empty if unknown
     */
    public static Optional<DeviceType> ofId(int id) {
        return Arrays.stream(values()).filter(t -> t.id == id).findFirst();
    }

    /**
     * The type with a {@link #label()}.
     *
     * @param label such as "block"
     * @return the type, or empty if unknown
     */
    public static Optional<DeviceType> ofLabel(String label) {
        return Arrays.stream(values()).filter(t -> t.label().equals(label)).findFirst();
    }
}
