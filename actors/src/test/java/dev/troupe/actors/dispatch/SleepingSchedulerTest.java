package dev.troupe.actors.dispatch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.typesafe.config.ConfigFactory;
import java.time.Duration;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.apache.pekko.actor.Cancellable;
import org.apache.pekko.actor.Scheduler;
import org.apache.pekko.event.NoLogging;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import scala.concurrent.ExecutionContext;
import scala.concurrent.ExecutionContext$;

@Timeout(30)
class SleepingSchedulerTest {

    private static final Duration NEVER = Duration.ofHours(1);
    private static final ExecutionContext AT_ONCE = ExecutionContext$.MODULE$.fromExecutor(Runnable::run);

    private final CompletableFuture<Thread> thread = new CompletableFuture<>();
    private final SleepingScheduler scheduler =
            new SleepingScheduler(ConfigFactory.empty(), NoLogging.getInstance(), this::thread);
    private final BlockingQueue<String> happened = new ArrayBlockingQueue<>(100);

    private Thread thread(Runnable task) {
        Thread made = Thread.ofPlatform().daemon().unstarted(task);
        thread.complete(made);
        return made;
    }

    @AfterEach
    void close() {
        scheduler.close();
    }

    @Test
    void shouldHaveNoThreadBeforeThereIsATimer() {
        assertThat(thread).isNotDone();
    }

    @Test
    void shouldRunATaskOnceItIsDue() throws InterruptedException {
        scheduler.scheduleOnce(Duration.ofMillis(1), () -> happened.add("once"), AT_ONCE);

        assertThat(happened.poll(20, TimeUnit.SECONDS)).isEqualTo("once");
    }

    @Test
    void shouldRunATaskAgainAndAgain() throws InterruptedException {
        scheduler.scheduleAtFixedRate(
                Duration.ofMillis(1), Duration.ofMillis(1), () -> happened.offer("again"), AT_ONCE);

        assertThat(happened.take()).isEqualTo("again");
        assertThat(happened.take()).isEqualTo("again");
        assertThat(happened.take()).isEqualTo("again");
    }

    @Test
    void shouldNotRunWhatIsCancelled() {
        Cancellable timer = scheduler.scheduleOnce(NEVER, () -> happened.add("never"), AT_ONCE);

        assertThat(timer.cancel()).isTrue();
        assertThat(timer.cancel()).isFalse();
        assertThat(timer.isCancelled()).isTrue();
    }

    @Test
    void shouldEndItsThreadAndRefuseTimersWhenClosed() throws InterruptedException {
        scheduler.scheduleOnce(NEVER, () -> happened.add("never"), AT_ONCE);
        scheduler.close();

        thread.join().join();
        assertThat(happened).isEmpty();
        assertThatThrownBy(() -> scheduler.scheduleOnce(NEVER, () -> happened.add("never"), AT_ONCE))
                .isInstanceOf(IllegalStateException.class);
    }

    @Test
    void shouldRunWhatHasToBeDoneOnceWhenClosed() {
        Scheduler.TaskRunOnClose task = () -> happened.add("closed");
        scheduler.scheduleOnce(NEVER, task, AT_ONCE);
        scheduler.close();
        scheduler.close();

        assertThat(happened).containsExactly("closed");
    }
}
