package dev.troupe.actors.queue;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.Consumer;

/**
 * What is done, and who is answered, once nothing of a queue is under way. Outlives the incarnations of the queue's actor:
 * whoever waits gets its answer, whatever fails in the meantime. Belongs to the queue's event loop.
 */
final class QuietSteps {

    private final Deque<Step> steps = new ArrayDeque<>();

    private record Step(Runnable action, QueueActor.Reply reply) {}

    /** Adds an action and the answer that says it has been done. */
    void add(Runnable action, QueueActor.Reply reply) {
        steps.add(new Step(action, reply));
    }

    boolean isEmpty() {
        return steps.isEmpty();
    }

    /** Does one after the other. What an action throws is passed on when it has been answered; the later ones stay. */
    void run(Consumer<QueueActor.Reply> answer) {
        while (!steps.isEmpty()) {
            Step step = steps.remove();
            try {
                step.action().run();
            } finally {
                answer.accept(step.reply());
            }
        }
    }
}
