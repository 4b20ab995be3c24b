package dev.troupe.config;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.methods;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.Test;

class ArchitectureTest {

    private static final JavaClasses CLASSES = new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages("dev.troupe.config");

    @Test
    void shouldKnowOnlyTheActorsContractAndTheHoconLibrary() {
        classes()
                .should()
                .onlyDependOnClassesThat()
                .resideInAnyPackage(
                        "java..",
                        "org.jspecify..",
                        "com.typesafe.config..",
                        "dev.troupe.config..",
                        "dev.troupe.actors.device..",
                        "dev.troupe.actors.daemon..")
                .check(CLASSES);
    }

    @Test
    void shouldKeepTheHoconLibraryOutOfItsPublicMethods() {
        methods()
                .that()
                .arePublic()
                .and()
                .areDeclaredInClassesThat()
                .arePublic()
                .should()
                .notHaveRawReturnType(
                        com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage("com.typesafe.config.."))
                .andShould()
                .notHaveRawParameterTypes(com.tngtech.archunit.base.DescribedPredicate.describe(
                        "of the HOCON library",
                        types -> types.stream()
                                .anyMatch(type -> type.getPackageName().startsWith("com.typesafe"))))
                .check(CLASSES);
    }
}
