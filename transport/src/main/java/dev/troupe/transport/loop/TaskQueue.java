package dev.troupe.transport.loop;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.jspecify.annotations.Nullable;

/**
 * Tasks from any thread to one: unbounded, first in first out for each sender, no locks. Senders swap themselves in at the
 * tail and then link; the one reader follows the links.
 */
final class TaskQueue {
    private static final VarHandle TAIL;
    private static final VarHandle NEXT;
    private static final VarHandle TASK;

    static {
        try {
            MethodHandles.Lookup lookup = MethodHandles.lookup();
            TAIL = lookup.findVarHandle(TaskQueue.class, "tail", Node.class);
            NEXT = lookup.findVarHandle(Node.class, "next", Node.class);
            TASK = lookup.findVarHandle(Node.class, "task", Runnable.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private Node head = new Node(() -> {});

    @SuppressWarnings("FieldMayBeFinal") // swapped through TAIL
    private volatile Node tail = head;

    /** Appends a task; any thread. What it returns can take it out again. */
    Node offer(Runnable task) {
        Node node = new Node(task);
        // Ordering: full swap; orders the senders, and this send before the sender's look at whether the loop sleeps.
        Node before = (Node) TAIL.getAndSet(this, node);
        // Ordering: release; pairs with the reader's acquire in poll(): it sees the whole task.
        NEXT.setRelease(before, node);
        return node;
    }

    /** Takes the first task out, null if there is none; the reader only. */
    @Nullable
    Runnable poll() {
        for (Node next = next(); next != null; next = next()) {
            head = next;
            // Ordering: full swap; pairs with withdraw(): either it is run or it is withdrawn, never both.
            Runnable task = (Runnable) TASK.getAndSet(next, null);
            if (task != null) {
                return task;
            }
        }
        return null;
    }

    /** Whether there is nothing to take out; the reader only. */
    boolean isEmpty() {
        return head == tail;
    }

    private @Nullable Node next() {
        // Ordering: acquire; pairs with the release in offer().
        Node next = (Node) NEXT.getAcquire(head);
        while (next == null && head != tail) {
            // A sender is between its two steps.
            Thread.onSpinWait();
            next = (Node) NEXT.getAcquire(head);
        }
        return next;
    }

    /** One task in the queue. */
    static final class Node {
        @SuppressWarnings({"FieldMayBeFinal", "unused"}) // taken through TASK
        private volatile @Nullable Runnable task;

        @SuppressWarnings("unused") // through NEXT
        private volatile @Nullable Node next;

        private Node(Runnable task) {
            this.task = task;
        }

        /** Takes the task out; false if it has been taken to be run already. Any thread. */
        boolean withdraw() {
            // Ordering: full swap; pairs with poll().
            return TASK.getAndSet(this, null) != null;
        }
    }
}
