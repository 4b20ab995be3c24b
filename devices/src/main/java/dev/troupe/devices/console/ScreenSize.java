package dev.troupe.devices.console;

/** The size of a device's terminals: as configured, until an operator says otherwise. Any thread. */
final class ScreenSize {
    private final Cells configured;
    private volatile Cells chosen = Cells.NONE;

    /** A number of columns and rows; none where nobody has chosen. */
    record Cells(int columns, int rows) {
        static final Cells NONE = new Cells(0, 0);
    }

    ScreenSize(int columns, int rows) {
        this.configured = new Cells(columns, rows);
    }

    private Cells now() {
        Cells wanted = chosen;
        return wanted.equals(Cells.NONE) ? configured : wanted;
    }

    int columns() {
        return now().columns();
    }

    int rows() {
        return now().rows();
    }

    /** What an operator chose. */
    Cells chosen() {
        return chosen;
    }

    /** An operator chooses, or nobody does any more. */
    void choose(Cells cells) {
        chosen = cells;
    }
}
