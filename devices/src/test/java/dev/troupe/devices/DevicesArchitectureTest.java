package dev.troupe.devices;

import static com.tngtech.archunit.base.DescribedPredicate.alwaysTrue;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import dev.troupe.actors.device.DeviceFactory;
import dev.troupe.actors.device.QueueHandler;
import dev.troupe.actors.device.VirtioDevice;
import org.junit.jupiter.api.Test;

class DevicesArchitectureTest {
    /** What several device types stand on. */
    private static final String[] SHARED = {
        "dev.troupe.devices.storage", "dev.troupe.devices.filling", "dev.troupe.devices.operator"
    };

    private static final JavaClasses CLASSES = new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages("dev.troupe.devices");

    @Test
    void shouldKnowOnlyTheContractTheChainTheLoopAndTheHost() {
        classes()
                .should()
                .onlyDependOnClassesThat()
                .resideInAnyPackage(
                        "java..",
                        "org.jspecify..",
                        "org.slf4j..",
                        "dev.troupe.devices..",
                        "dev.troupe.actors.device..",
                        "dev.troupe.transport.ring..",
                        "dev.troupe.transport.loop..",
                        "dev.troupe.transport.memory..",
                        "dev.troupe.transport.sys..")
                .check(CLASSES);
    }

    @Test
    void shouldKnowNoRingLayoutAndNoEventfd() {
        noClasses()
                .should()
                .dependOnClassesThat()
                .haveSimpleNameEndingWith("VirtQueue")
                .orShould()
                .dependOnClassesThat()
                .haveSimpleNameStartingWith("Vring")
                .orShould()
                .dependOnClassesThat()
                .haveSimpleName("EventFd")
                .check(CLASSES);
    }

    @Test
    void shouldKnowNoOtherDevice() {
        slices().matching("dev.troupe.devices.(*)..")
                .should()
                .notDependOnEachOther()
                .ignoreDependency(alwaysTrue(), resideInAnyPackage(SHARED))
                .check(CLASSES);
    }

    @Test
    void shouldBeNamedAfterWhatTheyAre() {
        classes()
                .that()
                .implement(DeviceFactory.class)
                .should()
                .haveSimpleNameEndingWith("Factory")
                .andShould()
                .bePublic()
                .check(CLASSES);
        classes()
                .that()
                .implement(VirtioDevice.class)
                .should()
                .haveSimpleNameEndingWith("Device")
                .check(CLASSES);
        classes()
                .that()
                .implement(QueueHandler.class)
                .should()
                .haveSimpleNameEndingWith("Queue")
                .check(CLASSES);
    }

    /** Models of I2C targets are a door for plug-ins, as the device contract is. */
    @Test
    void shouldShowNothingButTheirFactoryAndTheirWireFormat() {
        classes()
                .that()
                .resideOutsideOfPackages(SHARED)
                .and()
                .doNotImplement(DeviceFactory.class)
                .and()
                .haveSimpleNameNotEndingWith("Wire")
                .and()
                .areTopLevelClasses()
                .and()
                .resideOutsideOfPackage("dev.troupe.devices.i2c.model")
                .should()
                .notBePublic()
                .check(CLASSES);
    }
}
