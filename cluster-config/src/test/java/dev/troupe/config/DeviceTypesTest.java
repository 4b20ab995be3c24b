package dev.troupe.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.troupe.actors.device.DeviceContext;
import dev.troupe.actors.device.DeviceFactory;
import dev.troupe.actors.device.DeviceSettings;
import dev.troupe.actors.device.VirtioDevice;
import java.io.IOException;
import java.io.InputStream;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DeviceTypesTest {

    @TempDir
    Path folder;

    @Test
    void shouldFindATypeByItsName() {
        assertThat(ConfigFixture.TYPES.names()).containsExactly("fake-disk", "fake-rng");
        assertThat(ConfigFixture.TYPES.find("fake-rng")).containsInstanceOf(FakeRng.class);
        assertThat(ConfigFixture.TYPES.find("none")).isEmpty();
    }

    @Test
    void shouldRefuseTwoTypesWhenTheyHaveOneName() {
        assertThatThrownBy(() -> DeviceTypes.of(List.of(new FakeRng(), new FakeRng())))
                .isInstanceOf(DeviceTypesException.class)
                .hasMessageContaining("Two device types are named 'fake-rng'");
    }

    /** A plug-in's type. */
    public static final class Lamp implements DeviceFactory {

        /** For the service loader. */
        public Lamp() {}

        @Override
        public String type() {
            return "lamp";
        }

        @Override
        public int virtioId() {
            return 63;
        }

        @Override
        public String summary() {
            return "A lamp.";
        }

        @Override
        public VirtioDevice open(DeviceSettings settings, DeviceContext context) {
            throw new UnsupportedOperationException("nobody lights it");
        }
    }

    /** A jar file with the class of a device type, and the file that makes it one. */
    private Path jar(String name, Class<?> type) throws IOException {
        Path jar = folder.resolve(name);
        String entry = type.getName().replace('.', '/') + ".class";
        try (JarOutputStream out = new JarOutputStream(Files.newOutputStream(jar));
                InputStream code = Objects.requireNonNull(type.getClassLoader().getResourceAsStream(entry))) {
            out.putNextEntry(new JarEntry(entry));
            code.transferTo(out);
            out.putNextEntry(new JarEntry("META-INF/services/" + DeviceFactory.class.getName()));
            out.write((type.getName() + " # a plug-in\n").getBytes(StandardCharsets.UTF_8));
        }
        return jar;
    }

    private static URLClassLoader over(Path... jars) throws IOException {
        URL[] urls = new URL[jars.length];
        for (int i = 0; i < jars.length; i++) {
            urls[i] = jars[i].toUri().toURL();
        }
        return new URLClassLoader(urls, DeviceTypesTest.class.getClassLoader());
    }

    @Test
    void shouldNameBothJarsWhenTwoHaveTheSameType() throws Exception {
        Path one = jar("lamp-1.jar", Lamp.class);
        Path other = jar("lamp-2.jar", Lamp.class);
        try (URLClassLoader loader = over(one, other)) {
            assertThatThrownBy(() -> DeviceTypes.load(loader))
                    .isInstanceOf(DeviceTypesException.class)
                    .hasMessageContaining(Lamp.class.getName())
                    .hasMessageContaining(one.toString())
                    .hasMessageContaining(other.toString());
        }
        try (URLClassLoader loader = over(one)) {
            assertThat(DeviceTypes.load(loader).find("lamp")).isPresent();
        }
    }

    @Test
    void shouldSayWhatIsWrongWhenATypeCannotBeLoaded() throws Exception {
        try (URLClassLoader loader = over(jar("no-type.jar", DeviceTypesTest.class))) {
            assertThatThrownBy(() -> DeviceTypes.load(loader))
                    .isInstanceOf(DeviceTypesException.class)
                    .hasMessageContaining(DeviceTypesTest.class.getName());
        }
    }
}
