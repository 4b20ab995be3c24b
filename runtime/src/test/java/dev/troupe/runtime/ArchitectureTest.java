package dev.troupe.runtime;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.simpleNameEndingWith;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.Test;

class ArchitectureTest {

    private static final JavaClasses CLASSES = new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages("dev.troupe.runtime");

    /** But for the wire formats, of which there is one each: the bench drives devices by them. */
    @Test
    void shouldKnowNoParticularDevice() {
        noClasses()
                .should()
                .dependOnClassesThat(resideInAPackage("dev.troupe.devices..").and(not(simpleNameEndingWith("Wire"))))
                .check(CLASSES);
        noClasses()
                .that()
                .resideOutsideOfPackage("dev.troupe.runtime.bench")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("dev.troupe.devices..")
                .check(CLASSES);
    }

    @Test
    void shouldLeaveTheKernelToTransport() {
        noClasses()
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("com.sun.jna..", "org.newsclub..")
                .check(CLASSES);
    }

    @Test
    void shouldHaveNoCyclesBetweenPackages() {
        slices().matching("dev.troupe.runtime.(*)..").should().beFreeOfCycles().check(CLASSES);
    }
}
