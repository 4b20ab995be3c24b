package dev.troupe.runtime.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.troupe.config.BackendChoice;
import dev.troupe.config.NodeConfig;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.pekko.actor.typed.ActorSystem;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class DaemonsTest {

    private static NodeConfig config(Map<String, Object> actorRuntime) {
        return new NodeConfig(
                1, BackendChoice.EPOLL, 1, Path.of("/run"), Path.of("/run/control.sock"), actorRuntime, List.of());
    }

    @Test
    void shouldStartTheActorRuntimeWithTheOperatorsSettings() throws Exception {
        DaemonLauncher.Running running =
                launch(config(Map.of("log-dead-letters", 77, "actor", Map.of("creation-timeout", "7 s"))));
        try {
            var settings =
                    ((ActorSystem<?>) (Object) running.daemon()).settings().config();
            assertThat(settings.getInt("pekko.log-dead-letters")).isEqualTo(77);
            assertThat(settings.getDuration("pekko.actor.creation-timeout")).hasSeconds(7);
            // What the program itself sets stays where the operator says nothing.
            assertThat(settings.getBoolean("pekko.jvm-exit-on-fatal-error")).isTrue();
        } finally {
            ((ActorSystem<?>) (Object) running.daemon()).terminate();
            running.terminated().toCompletableFuture().get(20, TimeUnit.SECONDS);
        }
    }

    @Test
    void shouldSayWhichSettingIsWrongWhenTheActorRuntimeDoesNotTakeIt() {
        assertThatThrownBy(() -> launch(config(Map.of("actor", Map.of("creation-timeout", "soon")))))
                .isInstanceOf(UserException.class)
                .hasMessageContaining("pekko { … }")
                .hasMessageContaining("creation-timeout");
    }

    private static DaemonLauncher.Running launch(NodeConfig config) throws UserException {
        return new Daemons().launch(config);
    }
}
