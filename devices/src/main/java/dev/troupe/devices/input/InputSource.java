package dev.troupe.devices.input;

/** Where reports come from beside an operator's commands. Loop thread only, unless it says otherwise. */
interface InputSource extends AutoCloseable {

    /** Nothing but an operator's commands. */
    InputSource NONE = new InputSource() {
        @Override
        public String describe() {
            return "commands only";
        }

        @Override
        public void start() {}

        @Override
        public void status(long event) {}

        @Override
        public void grab(boolean wanted) {}

        @Override
        public void close() {}
    };

    /** What it is and whether it is there, for the operator. Any thread. */
    String describe();

    /** Begins to report. */
    void start();

    /** The guest set something that the device has, such as a light. */
    void status(long event);

    /** Whether the guest alone gets its events. */
    void grab(boolean wanted);

    /** Ends it. Called on a thread that may block. */
    @Override
    void close();
}
