package dev.troupe.devices.scsi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.troupe.actors.device.DeviceException;
import dev.troupe.actors.device.DeviceSettings;
import dev.troupe.devices.testing.ManualLoop;
import dev.troupe.devices.testing.TestDeviceContext;
import dev.troupe.devices.testing.TestSettings;
import dev.troupe.transport.testing.LeakCheck;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Units that come, go, grow and change their media while the guest runs. */
@ExtendWith(LeakCheck.class)
class UnitsTest {
    private static final String READY = "00 00000000 00";
    private static final String READ = "28 00 00000000 00 0001 00";
    private static final int EVENT = ScsiWire.EVENT_SIZE;

    @TempDir
    Path directory = Path.of("");

    private final ManualLoop loop = new ManualLoop();
    private final TestDeviceContext daemon = new TestDeviceContext(loop);
    private final GuestContext context = new GuestContext(daemon, "scsi0");
    private ScsiRig rig;

    @BeforeEach
    void open() throws Exception {
        rig = ScsiRig.of(loop, context, luns());
    }

    @AfterEach
    void close() {
        rig.close();
        daemon.close();
    }

    private Map<String, Map<String, Object>> luns() {
        Map<String, Map<String, Object>> luns = new HashMap<>();
        luns.put("disk", Map.of("path", image("disk"), "size", 1L << 20));
        luns.put("cd", Map.of("medium", "cd-rom", "lun", 1L));
        return luns;
    }

    private Path image(String name) {
        return directory.resolve(name + ".img");
    }

    private void reopen() throws Exception {
        rig.close();
        rig = ScsiRig.fresh(loop, context, luns());
    }

    private String add(String name, int lun, String... more) throws DeviceException {
        String[] arguments = new String[more.length + 4];
        arguments[0] = name;
        arguments[1] = "target=0";
        arguments[2] = "lun=" + lun;
        arguments[3] = "path=" + image(name);
        System.arraycopy(more, 0, arguments, 4, more.length);
        return rig.operator("add", arguments);
    }

    @Test
    void shouldTellTheGuestOfAUnitThatComesAndGoes() throws Exception {
        long came = rig.offerEvent(EVENT);
        long went = rig.offerEvent(EVENT);
        add("data", 3, "size=2M");
        assertThat(rig.event(came)).isEqualTo("1 0:3 1");
        ScsiRequests.fails(rig.command(0, 3, READ, 512), "6/29/00");
        ScsiRequests.isGood(rig.command(0, 3, READ, 512));
        ScsiRequests.fails(rig.command(READY, 0), "6/3f/0e");

        rig.operator("remove", "data");
        assertThat(rig.event(went)).isEqualTo("1 0:3 2");
        ScsiRequests.fails(rig.command(0, 3, READ, 512), "5/25/00");
        assertThat(rig.operator("list")).doesNotContain("data");
    }

    @Test
    void shouldFinishWhatIsUnderWayBeforeAUnitIsClosed() throws Exception {
        long task = rig.begin(7, READ, 512);
        rig.device().command("remove", List.of("disk"));
        loop.settle();
        rig.settle();

        ScsiRequests.isGood(rig.requests().driver().answer(task));
        add("again", 5, "size=1M");
    }

    @Test
    void shouldSayThatEventsWereMissedWhenNoBufferWaited() throws Exception {
        add("data", 3, "size=2M");
        add("more", 4, "size=2M");
        long later = rig.offerEvent(EVENT);
        add("last", 5, "size=2M");

        assertThat(rig.event(later)).isEqualTo("80000001 0:5 1");
        long none = rig.offerEvent(EVENT);
        assertThat(rig.hasEvent(none)).isFalse();
    }

    @Test
    void shouldMissAnEventWhoseBufferIsTooSmall() throws Exception {
        long small = rig.offerEvent(EVENT - 1);
        add("data", 3, "size=2M");
        assertThat(rig.hasEvent(small)).isTrue();
        long next = rig.offerEvent(EVENT);
        rig.operator("remove", "data");

        assertThat(rig.event(next)).isEqualTo("80000001 0:3 2");
    }

    @Test
    void shouldTellTheGuestOfANewSize() throws Exception {
        long event = rig.offerEvent(EVENT);
        assertThat(rig.operator("resize", "disk", "4M")).contains("4 MiB");

        assertThat(rig.event(event)).isEqualTo("3 0:0 92a");
        ScsiRequests.fails(rig.command(READY, 0), "6/2a/09");
        assertThat(rig.command("88 00 0000000000001fff 00000001 00 00", 512)).satisfies(ScsiRequests::isGood);
    }

    @Test
    void shouldTellTheGuestWhenAnImageGrowsByItself() throws Exception {
        loop.settle();
        long event = rig.offerEvent(EVENT);
        Files.write(image("disk"), new byte[2 << 20]);
        loop.pass(1_500_000_000L);

        assertThat(rig.event(event)).isEqualTo("3 0:0 92a");
    }

    @Test
    void shouldStillHaveWhatWasAddedAndNotWhatWasRemovedWhenItOpensAgain() throws Exception {
        add("data", 3, "size=2M");
        rig.operator("remove", "disk");
        reopen();

        assertThat(rig.operator("list"))
                .contains("data: target 0, lun 3, disk, 2 MiB")
                .doesNotContain("disk: ");
        ScsiRequests.isGood(rig.command(0, 3, READY, 0));

        rig.operator("add", "disk");
        rig.operator("remove", "data");
        reopen();
        assertThat(rig.operator("list")).contains("disk: ").doesNotContain("data");
    }

    @Test
    void shouldTellTheGuestToLookWhenTheConfigurationBroughtOtherUnits() throws Exception {
        rig.close();
        Map<String, Map<String, Object>> other = luns();
        other.remove("disk");
        rig = ScsiRig.fresh(loop, context, other);
        long event = rig.offerEvent(EVENT);

        assertThat(rig.event(event)).startsWith("80000000 ");
        ScsiRequests.fails(rig.command(0, 1, READY, 0), "6/3f/0e");
    }

    @Test
    void shouldTellNothingWhenItOpensAgainAsItWas() throws Exception {
        ScsiRequests.isGood(rig.command(READY, 0));
        reopen();

        ScsiRequests.isGood(rig.command(READY, 0));
        assertThat(rig.device().events().missed()).isFalse();
    }

    @Test
    void shouldDoWithoutAnAddedUnitThatIsGoneFromTheHost() throws Exception {
        add("data", 3, "size=2M");
        rig.close();
        Files.delete(image("data"));
        Files.createDirectory(image("data"));
        rig = ScsiRig.fresh(loop, context, luns());

        assertThat(rig.operator("list")).contains("disk: ").doesNotContain("data");
    }

    @Test
    void shouldRefuseUnitsThatCannotBe() throws Exception {
        assertThatThrownBy(() -> add("disk", 7)).hasMessageContaining("without options");
        assertThatThrownBy(() -> add("other", 0, "size=1M")).hasMessageContaining("target and LUN");
        assertThatThrownBy(() -> add("other", 7)).hasMessageContaining("give a size");
        assertThatThrownBy(() -> add("other", 99999, "size=1M")).hasMessageContaining("lun lies between");
        assertThatThrownBy(() -> add("other", 7, "colour=red")).hasMessageContaining("no option 'colour'");
        assertThatThrownBy(() -> add("other", 7, "read-only=perhaps")).hasMessageContaining("true or false");
        assertThatThrownBy(() -> add("other", 7, "medium=tape")).hasMessageContaining("one of");
        assertThatThrownBy(() -> rig.operator("add", "other", "path=a.img")).hasMessageContaining("absolute");
        assertThatThrownBy(() -> rig.operator("add", "other", "back-end=memory", "size=1M", "lun=9"))
                .hasMessageContaining("configuration");
        assertThatThrownBy(() -> rig.operator("remove", "other")).hasMessageContaining("no unit");
        assertThatThrownBy(() -> rig.operator("dance")).hasMessageContaining("Write one of");
        assertThatThrownBy(() -> rig.operator("resize", "disk", "1M", "2M")).hasMessageContaining("too much");
        assertThatThrownBy(() -> rig.operator("resize", "disk", "512K")).hasMessageContaining("add 'shrink'");
        assertThatThrownBy(() -> rig.operator("eject", "disk")).hasMessageContaining("not removable");
        assertThat(rig.operator("list").lines()).hasSize(2);
    }

    @Test
    void shouldHaveNoMediumUntilOneIsInserted() throws Exception {
        Files.write(image("iso"), new byte[64 << 10]);
        ScsiRequests.fails(rig.command(0, 1, READY, 0), "2/3a/00");
        ScsiRequests.fails(rig.command(0, 1, READ, 2048), "2/3a/00");
        rig.operator("insert", "cd", image("iso").toString());

        ScsiRequests.fails(rig.command(0, 1, READY, 0), "6/28/00");
        ScsiRequests.isGood(rig.command(0, 1, READ, 2048));
        assertThatThrownBy(() -> rig.operator("insert", "cd", image("iso").toString()))
                .hasMessageContaining("eject it first");
    }

    @Test
    void shouldKeepTheMediumThatWasInsertedOrEjectedWhenItOpensAgain() throws Exception {
        Files.write(image("iso"), new byte[64 << 10]);
        rig.operator("insert", "cd", image("iso").toString());
        reopen();
        assertThat(rig.operator("list")).contains("64 KiB, file " + image("iso"));

        ScsiRequests.isGood(rig.command(0, 1, "1b 00 00 00 02 00", 0));
        rig.settle();
        reopen();
        assertThat(rig.operator("list")).contains("cd: target 0, lun 1, cd-rom, empty");
    }

    @Test
    void shouldNotTakeAnotherMediumWhileOneThatWasEjectedIsRead() throws Exception {
        Files.write(image("iso"), new byte[64 << 10]);
        rig.close();
        rig = ScsiRig.of(loop, context, Map.of("cd", Map.of("medium", "cd-rom", "path", image("iso"))));
        long read = rig.begin(7, READ, 2048);
        rig.device().command("eject", List.of("cd"));
        assertThatThrownBy(() -> rig.device().command("insert", List.of("cd"))).hasMessageContaining("still in use");
        rig.settle();

        ScsiRequests.isGood(rig.requests().driver().answer(read));
        rig.operator("insert", "cd");
        ScsiRequests.fails(rig.command(READY, 0), "6/28/00");
        ScsiRequests.isGood(rig.command(READ, 2048));
    }

    @Test
    void shouldServeANewUnitWhileOneThatWasRemovedIsStillRead() throws Exception {
        long read = rig.begin(7, READ, 512);
        rig.device().command("remove", List.of("disk"));
        rig.device().command("add", List.of("new", "target=0", "lun=4", "path=" + image("new"), "size=1M"));
        long other = rig.requests()
                .driver()
                .submit(ScsiRequests.command(0, 4, 8, "03 00 00 00 12 00"), ScsiRequests.RESPONSE + 18, 1);
        long write =
                rig.requests().driver().submit(ScsiRequests.command(0, 4, 9, READ), ScsiRequests.RESPONSE + 512, 1);
        rig.requests().turn();
        rig.settle();

        ScsiRequests.isGood(rig.requests().driver().answer(read));
        ScsiRequests.isGood(rig.requests().driver().answer(other));
        ScsiRequests.isGood(rig.requests().driver().answer(write));
    }

    @Test
    void shouldAskBeforeItTakesAMediumThatTheGuestHasLocked() throws Exception {
        Files.write(image("iso"), new byte[64 << 10]);
        rig.operator("insert", "cd", image("iso").toString());
        rig.command(0, 1, READY, 0);
        ScsiRequests.isGood(rig.command(0, 1, "1e 00 00 00 01 00", 0));

        ScsiRequests.fails(rig.command(0, 1, "1b 00 00 00 02 00", 0), "5/53/02");
        assertThatThrownBy(() -> rig.operator("eject", "cd")).hasMessageContaining("locked");
        assertThat(ScsiRequests.data(rig.command(0, 1, "4a 01 00 00 10 00 00 0008 00", 8)))
                .containsExactly(0, 6, 4, 0x10, CdCommands.EJECT_REQUEST, 2, 0, 0);
        ScsiRequests.fails(rig.command(0, 1, READY, 0), "6/5a/01");
        rig.operator("eject", "cd", "force");
        ScsiRequests.fails(rig.command(0, 1, READY, 0), "2/3a/00");
    }

    @Test
    void shouldHaveTheSameDefaultsAsTheConfiguration() {
        ScsiFactory factory = new ScsiFactory();
        DeviceSettings section = TestSettings.of(factory, Map.of("luns", Map.of("x", Map.of())))
                .get(ScsiSettings.LUNS)
                .byName()
                .values()
                .iterator()
                .next();

        assertThat(LunSettings.defaults()).isEqualTo(section.values());
    }

    @Test
    void shouldRefuseSettingsThatDoNotMakeSense() {
        ScsiFactory factory = new ScsiFactory();
        Map<String, Object> luns = Map.of(
                "a", Map.of("back-end", "null", "size", 512L, "shared", true),
                "b", Map.of("path", image("b"), "vendor", "much too long"));

        assertThat(factory.check(TestSettings.of(factory, Map.of("luns", luns))))
                .extracting("option")
                .containsExactly("luns.a.serial", "luns.a.shared", "luns.b.vendor", "luns.b.lun");
    }

    @Test
    @Timeout(value = 30, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void shouldCloseAUnitThatLeavesAlsoWhenItsQueueEndsWithATaskUnderWay() throws Exception {
        rig.begin(7, READ, 512);
        rig.device().command("remove", List.of("disk"));
        loop.settleTasks();
        rig.requests().bench().restart();
        rig.settle();

        assertThat(rig.device().units().named("disk")).isEmpty();
        add("again", 5, "size=1M");
        rig.operator("remove", "again");
        rig.device().command("add", List.of("last", "target=0", "lun=6", "path=" + image("disk")));
    }

    @Test
    void shouldLetGoOfAUnitThatIsStillLeavingWhenTheDeviceCloses() throws Exception {
        rig.begin(7, READ, 512);
        LogicalUnit unit = rig.device().units().named("disk").orElseThrow().unit();
        daemon.holdBlocking();
        rig.device().command("remove", List.of("disk"));
        rig.close();

        assertThat(unit.nexuses()).isEmpty();
        daemon.doBlocking();
        rig = ScsiRig.fresh(loop, context, luns());
    }

    @Test
    void shouldNotTakeAMediumBeforeTheOneThatWasEjectedIsClosed() throws Exception {
        Files.write(image("iso"), new byte[64 << 10]);
        rig.operator("insert", "cd", image("iso").toString());
        daemon.holdBlocking();
        rig.operator("eject", "cd");
        assertThatThrownBy(() -> rig.operator("insert", "cd", image("iso").toString()))
                .hasMessageContaining("still in use");
        daemon.doBlocking();

        rig.operator("insert", "cd", image("iso").toString());
    }

    @Test
    void shouldEjectNothingWhenTheOrderIsAboutPower() throws Exception {
        Files.write(image("iso"), new byte[64 << 10]);
        rig.operator("insert", "cd", image("iso").toString());
        rig.command(0, 1, READY, 0);

        ScsiRequests.isGood(rig.command(0, 1, "1b 00 00 00 32 00", 0));
        ScsiRequests.isGood(rig.command(0, 1, READY, 0));
    }

    @Test
    void shouldOpenASharedUnitAgainWithOtherSettingsWhenNobodyElseUsesIt() throws Exception {
        rig.close();
        rig = ScsiRig.of(loop, context, Map.of("both", shared("ONE")));
        rig.close();
        rig = ScsiRig.of(loop, context, Map.of("both", shared("TWO")));

        assertThat(ScsiRequests.data(rig.command("12 00 00 00 24 00", 36)))
                .satisfies(inquiry -> assertThat(new String(inquiry, 8, 8, StandardCharsets.US_ASCII))
                        .isEqualTo("TWO     "));
    }

    private Map<String, Object> shared(String vendor) {
        return Map.of("path", image("both"), "size", 1L << 20, "shared", true, "serial", "s", "vendor", vendor);
    }
}
