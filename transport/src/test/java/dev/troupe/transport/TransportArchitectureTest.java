package dev.troupe.transport;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import dev.troupe.transport.sys.Fd;
import java.util.function.IntFunction;
import org.junit.jupiter.api.Test;

/** The rooms of this module and what each may know. */
class TransportArchitectureTest {
    private static final JavaClasses CLASSES = new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackages("dev.troupe.transport");

    @Test
    void shouldCallNativeCodeOnlyFromTheSystemCallRoom() {
        noClasses()
                .that()
                .resideOutsideOfPackage("dev.troupe.transport.sys")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("com.sun.jna..")
                .check(CLASSES);
    }

    @Test
    void shouldNeverUseTheMemoryOfJna() {
        noClasses()
                .should()
                .dependOnClassesThat()
                .haveFullyQualifiedName("com.sun.jna.Memory")
                .check(CLASSES);
    }

    @Test
    void shouldPassDescriptorsOnlyInTheSocketRoom() {
        noClasses()
                .that()
                .resideOutsideOfPackage("dev.troupe.transport.socket")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("org.newsclub..")
                .check(CLASSES);
    }

    @Test
    void shouldKnowNoActors() {
        noClasses()
                .should()
                .dependOnClassesThat()
                .resideInAPackage("org.apache.pekko..")
                .check(CLASSES);
    }

    @Test
    void shouldKeepDescriptorNumbersInTheSystemCallAndSocketRooms() {
        noClasses()
                .that()
                .resideOutsideOfPackages("dev.troupe.transport.sys", "dev.troupe.transport.socket")
                .should()
                .callMethod(Fd.class, "withNumber", IntFunction.class)
                .check(CLASSES);
    }

    @Test
    void shouldHaveNoCyclesBetweenPackages() {
        slices().matching("dev.troupe.transport.(*)..")
                .should()
                .beFreeOfCycles()
                .check(CLASSES);
    }
}
