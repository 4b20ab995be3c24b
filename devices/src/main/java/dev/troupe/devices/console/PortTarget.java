package dev.troupe.devices.console;

/** Who is at the host's end of a port, beside operators. */
interface PortTarget extends AutoCloseable {

    /** Nobody: there is the log, and operators. */
    PortTarget LOG_ONLY = new PortTarget() {
        @Override
        public String describe() {
            return "log";
        }

        @Override
        public void start() {}

        @Override
        public void resize(int columns, int rows) {}

        @Override
        public void close() {}
    };

    /** What it is, for operators. Any thread. */
    String describe();

    /** Begins to read the port's log. On the loop. */
    void start();

    /** The port's terminal has another size. On the loop. */
    void resize(int columns, int rows);

    /** Gives the host resource back. Called on a thread that may block, when the port has been closed. */
    @Override
    void close();
}
