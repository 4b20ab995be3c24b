package dev.troupe.actors.tree;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.javadsl.Behaviors;

/** Waits for one answer of each of several actors, on the control loop. */
final class Gather {

    private Gather() {}

    /**
     * Creates the behaviour that gathers.
     *
     * @param expected how many answers there will be
     * @param then gets them when the last one has come, at once if none will
     */
    static <T> Behavior<T> create(int expected, Consumer<List<T>> then) {
        return Behaviors.setup(_ -> {
            if (expected == 0) {
                then.accept(List.of());
                return Behaviors.stopped();
            }
            List<T> answers = new ArrayList<>();
            return Behaviors.receiveMessage(answer -> {
                answers.add(answer);
                if (answers.size() < expected) {
                    return Behaviors.same();
                }
                then.accept(answers);
                return Behaviors.stopped();
            });
        });
    }
}
