package dev.troupe.devices.rng;

import java.util.function.LongSupplier;

/**
 * How many bytes one device may give now: a bucket that holds what one period allows and fills evenly. It outlives the
 * handlers of the device's only queue, so that no restart fills it. Loop thread of that queue only.
 */
final class RngBudget {
    private static final int SHARES = 8;

    private long bytesPerPeriod;
    private double bytesPerNano;
    private final LongSupplier clockNanos;
    private double available;
    private long filledAtNanos;

    /**
     * @param bytesPerPeriod how much a period allows, 0 for no limit
     * @param periodNanos the period
     * @param clockNanos a clock that never goes back
     */
    RngBudget(long bytesPerPeriod, long periodNanos, LongSupplier clockNanos) {
        this.bytesPerPeriod = bytesPerPeriod;
        this.bytesPerNano = (double) bytesPerPeriod / periodNanos;
        this.clockNanos = clockNanos;
        this.available = bytesPerPeriod;
        this.filledAtNanos = clockNanos.getAsLong();
    }

    /** From now on another limit counts; what has been saved up by then is kept as far as that allows. */
    void limit(long newBytesPerPeriod, long periodNanos) {
        boolean unlimited = bytesPerPeriod == 0;
        fill();
        bytesPerPeriod = newBytesPerPeriod;
        bytesPerNano = (double) newBytesPerPeriod / periodNanos;
        available = unlimited ? (double) newBytesPerPeriod : Math.min(available, (double) newBytesPerPeriod);
    }

    /**
     * Takes up to so many bytes. Gives none while there is less than a reasonable share, so that no request is answered
     * byte by byte.
     */
    int take(int wantedBytes) {
        if (bytesPerPeriod == 0) {
            return wantedBytes;
        }
        fill();
        if (available < share(wantedBytes)) {
            return 0;
        }
        int granted = (int) Math.min(wantedBytes, available);
        available -= granted;
        return granted;
    }

    /** Bytes were given without asking: the next ones come later. */
    void overdraw(int bytes) {
        if (bytesPerPeriod != 0) {
            available -= bytes;
        }
    }

    /** Bytes that were taken could not be used. */
    void giveBack(int bytes) {
        available = Math.min((double) bytesPerPeriod, available + bytes);
    }

    /** How long until {@link #take} gives something. */
    long nanosUntilNext(int wantedBytes) {
        if (bytesPerPeriod == 0) {
            return 0;
        }
        fill();
        double missing = share(wantedBytes) - available;
        return missing <= 0 ? 0 : (long) Math.ceil(missing / bytesPerNano);
    }

    private long share(int wantedBytes) {
        return Math.min(wantedBytes, Math.max(1, bytesPerPeriod / SHARES));
    }

    private void fill() {
        long now = clockNanos.getAsLong();
        available = Math.min((double) bytesPerPeriod, available + (now - filledAtNanos) * bytesPerNano);
        filledAtNanos = now;
    }
}
