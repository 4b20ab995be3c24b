package dev.troupe.actors;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.constructors;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import dev.troupe.actors.queue.Failure;
import dev.troupe.transport.memory.MemoryLostException;
import org.junit.jupiter.api.Test;

/** Holds the actors to their directions: who may know whom, and how an actor is made. */
class ActorsArchitectureTest {

    private static final JavaClasses ACTORS = new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages("dev.troupe.actors");

    @Test
    void shouldFindTheActorsWhenItLooksForThem() {
        assertThat(ACTORS).hasSizeGreaterThan(40);
    }

    @Test
    void shouldHaveNoCyclesWhenPackagesUseEachOther() {
        slices().matching("dev.troupe.actors.(*)..").should().beFreeOfCycles().check(ACTORS);
    }

    @Test
    void shouldKnowNeitherDevicesNorConfigurationNorNativeCallsWhenItRunsThem() {
        noClasses()
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(
                        "dev.troupe.devices..",
                        "dev.troupe.config..",
                        "dev.troupe.runtime..",
                        "com.sun..",
                        "org.newsclub..",
                        "sun..",
                        "jdk..")
                .check(ACTORS);
    }

    @Test
    void shouldBeMadeByItsFactoryAloneWhenItIsAnActor() {
        constructors()
                .that()
                .areDeclaredInClassesThat()
                .haveSimpleNameEndingWith("Actor")
                .should()
                .bePrivate()
                .check(ACTORS);
        classes()
                .that()
                .haveSimpleNameEndingWith("Actor")
                .should(haveAStaticCreate())
                .check(ACTORS);
    }

    private static ArchCondition<JavaClass> haveAStaticCreate() {
        return new ArchCondition<>("have a static method create") {
            @Override
            public void check(JavaClass actor, ConditionEvents events) {
                boolean found = actor.getMethods().stream()
                        .anyMatch(method -> method.getName().equals("create")
                                && method.getModifiers().contains(JavaModifier.STATIC));
                events.add(new SimpleConditionEvent(actor, found, actor.getName() + ".create: " + found));
            }
        };
    }

    @Test
    void shouldDecideInOnePlaceWhenAnExceptionMeansLostMemory() {
        noClasses()
                .that()
                .doNotBelongToAnyOf(Failure.class)
                .should()
                .dependOnClassesThat()
                .areAssignableTo(MemoryLostException.class)
                .orShould()
                .dependOnClassesThat()
                .areAssignableTo(InternalError.class)
                .check(ACTORS);
    }

    @Test
    void shouldLeaveTheWireToItsOwnersWhenItIsNoConnection() {
        noClasses()
                .that()
                .resideOutsideOfPackage("dev.troupe.actors.connection")
                .should()
                .dependOnClassesThat()
                .haveSimpleName("RequestCodec")
                .check(ACTORS);
    }
}
