package dev.troupe.devices.scsi;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiConsumer;
import java.util.function.IntConsumer;
import java.util.function.Predicate;

/**
 * The tasks of one device, on all of its request queues. Each queue is asked on its own event loop; who asked hears when the
 * last has answered, on whichever thread that is. Any thread.
 */
final class DeviceTasks {
    private final List<ScsiRequestQueue> queues = new CopyOnWriteArrayList<>();

    void add(ScsiRequestQueue queue) {
        queues.add(queue);
    }

    void remove(ScsiRequestQueue queue) {
        queues.remove(queue);
    }

    /** Tells how many tasks there are. */
    void count(Predicate<ScsiTask> which, IntConsumer told) {
        ask((queue, gathering) -> gathering.part(queue.count(which)), told);
    }

    /**
     * Aborts tasks: they are answered with this response when what they have under way has ended, for no operation of the
     * host can be taken back.
     *
     * @param ended hears how many there were, once all have been answered
     */
    void abort(Predicate<ScsiTask> which, int response, IntConsumer ended) {
        ask((queue, gathering) -> queue.abort(which, response, gathering), ended);
    }

    /** Waits for the tasks of a nexus and gives up its lanes. */
    void leave(Nexus nexus, Runnable left) {
        ask((queue, gathering) -> queue.leave(nexus, gathering), _ -> left.run());
    }

    private void ask(BiConsumer<ScsiRequestQueue, Gathering> question, IntConsumer told) {
        List<ScsiRequestQueue> asked = List.copyOf(queues);
        Gathering gathering = new Gathering(asked.size() + 1, told);
        for (ScsiRequestQueue queue : asked) {
            try {
                queue.loop().execute(() -> question.accept(queue, gathering));
            } catch (RejectedExecutionException e) {
                // The loop has ended, and the queue with it.
                gathering.part(0);
            }
        }
        gathering.part(0);
    }

    /** Adds up what the queues answer. */
    static final class Gathering {
        private final AtomicInteger missing;
        private final AtomicInteger sum = new AtomicInteger();
        private final IntConsumer told;

        Gathering(int parts, IntConsumer told) {
            this.missing = new AtomicInteger(parts);
            this.told = told;
        }

        /** One has answered. */
        void part(int number) {
            sum.addAndGet(number);
            if (missing.decrementAndGet() == 0) {
                told.accept(sum.get());
            }
        }
    }
}
