package dev.troupe.devices.input;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** What the guest is told when it cannot be told everything. */
class EventFlowTest {
    private final AtomicLong nanoTime = new AtomicLong();
    private final EventFlow flow = new EventFlow(BuiltIn.MULTITOUCH.describe("screen", ""), nanoTime::get);

    private void report(long... events) {
        long[] report = Arrays.copyOf(events, events.length + 1);
        report[events.length] = EventCodes.REPORT_END;
        flow.report(report, report.length);
    }

    private static long abs(int code, int value) {
        return InputWire.event(EventCodes.EV_ABS, code, value);
    }

    private static long touch(int value) {
        return InputWire.event(EventCodes.EV_KEY, EventCodes.BTN_TOUCH, value);
    }

    private List<Long> drain() {
        List<Long> events = new ArrayList<>();
        while (flow.hasNext()) {
            events.add(flow.next());
        }
        return events;
    }

    private void fill() {
        while (flow.hasRoomFor(2)) {
            report(abs(EventCodes.ABS_X, flow.waiting()));
        }
    }

    @Test
    void shouldLeaveReportsOutWholeAndTellWhatLastsWhenThereIsNoRoom() {
        flow.supply();
        fill();
        report(
                abs(EventCodes.ABS_MT_SLOT, 3), abs(EventCodes.ABS_MT_TRACKING_ID, 7),
                abs(EventCodes.ABS_MT_POSITION_X, 5), touch(1));
        report(abs(EventCodes.ABS_X, 77));
        assertThat(flow.leftOut()).isEqualTo(2);

        List<Long> told = drain();

        assertThat(told.subList(EventFlow.MOST_EVENTS, told.size()))
                .containsExactly(
                        touch(1),
                        abs(EventCodes.ABS_MT_SLOT, 3),
                        abs(EventCodes.ABS_MT_TRACKING_ID, 7),
                        abs(EventCodes.ABS_MT_POSITION_X, 5),
                        abs(EventCodes.ABS_X, 77),
                        abs(EventCodes.ABS_MT_SLOT, 3),
                        EventCodes.REPORT_END);
        assertThat(flow.hasNext()).isFalse();
    }

    @Test
    void shouldSayNothingOfWhatCameAndWentWhileThereWasNoRoom() {
        flow.supply();
        fill();
        report(touch(1));
        report(touch(0));

        assertThat(drain()).hasSize(EventFlow.MOST_EVENTS).endsWith(EventCodes.REPORT_END);
    }

    @Test
    void shouldTellEverythingWhenTheGuestMayKnowAnything() {
        flow.tellEverything();
        flow.supply();

        List<Long> told = drain();

        assertThat(told).contains(touch(0)).endsWith(EventCodes.REPORT_END);
        assertThat(told.stream().filter(event -> event == abs(EventCodes.ABS_MT_TRACKING_ID, -1)))
                .hasSize(10);
    }

    @Test
    void shouldCallWhoWaitsForRoomWhenTheGuestHasTakenAllOrIsGone() {
        flow.supply();
        fill();
        List<String> calls = new ArrayList<>();
        flow.whenEmpty(() -> calls.add("empty"));
        drain();
        assertThat(calls).containsExactly("empty");

        fill();
        flow.whenEmpty(() -> calls.add("gone"));
        flow.reset();
        assertThat(calls).containsExactly("empty", "gone");
    }

    @Test
    void shouldHoldWhatADeviceOfTheMostKeysAndContactsHasToTell() {
        BitSet all = new BitSet();
        all.set(0, EventCodes.KEY_COUNT);
        BitSet axes = new BitSet();
        axes.set(0, EventCodes.ABS_COUNT);
        InputDescription.Axis slots = new InputDescription.Axis(0, InputState.MAX_SLOTS - 1, 0, 0, 0);
        InputDescription description = new InputDescription(
                "all",
                "",
                new InputDescription.Ids(0, 0, 0, 0),
                new BitSet(),
                Map.of(EventCodes.EV_KEY, all, EventCodes.EV_ABS, axes),
                Map.of(EventCodes.ABS_MT_SLOT, slots));
        InputState actual = new InputState(description);
        InputState nothing = new InputState(description);
        nothing.forget();
        for (int slot = 0; slot < InputState.MAX_SLOTS; slot++) {
            for (int code = EventCodes.ABS_MT_FIRST; code <= EventCodes.ABS_MT_LAST; code++) {
                actual.setContact(slot, code, 1);
            }
        }
        for (int code = 0; code < EventCodes.ABS_MT_SLOT; code++) {
            actual.apply(abs(code, 1));
        }
        List<Long> told = new ArrayList<>();
        actual.changesSince(nothing, told::add);

        assertThat(told).hasSizeBetween(2 * 768, EventFlow.MOST_EVENTS);
    }

    @Test
    void shouldSayNothingOfWhereThingsAreWhenNobodyKnows() {
        flow.tellEverything();
        flow.supply();

        assertThat(drain())
                .noneMatch(event -> InputWire.type(event) == EventCodes.EV_ABS
                        && InputWire.code(event) != EventCodes.ABS_MT_SLOT
                        && InputWire.code(event) != EventCodes.ABS_MT_TRACKING_ID);
        report(abs(EventCodes.ABS_X, 0));
        assertThat(drain()).containsExactly(abs(EventCodes.ABS_X, 0), EventCodes.REPORT_END);
    }

    @Test
    void shouldTellWhichContactIsMeantWhenNothingElseOfItLasts() {
        flow.supply();
        report(abs(EventCodes.ABS_MT_SLOT, 1), abs(EventCodes.ABS_MT_TRACKING_ID, 5));
        report(abs(EventCodes.ABS_MT_SLOT, 0));
        fill();
        report(abs(EventCodes.ABS_MT_SLOT, 1));

        assertThat(drain()).endsWith(abs(EventCodes.ABS_MT_SLOT, 1), EventCodes.REPORT_END);
    }

    @Test
    void shouldGiveEachFingerAnIdentityOfItsOwn() throws Exception {
        Set<Integer> identities = new HashSet<>();
        for (int slot = 0; slot < 3; slot++) {
            Gestures gestures = new Gestures(flow.description(), flow.actual(), KeyboardLayout.of("us"));
            long[] touch = gestures.of("touch", List.of(Integer.toString(slot), "1", "1"))
                    .getFirst();
            report(Arrays.copyOf(touch, touch.length - 1));
            identities.add(flow.actual().trackingId(slot));
        }

        assertThat(identities).hasSize(3);
    }

    @Test
    void shouldGiveTheNextGuestNothingThatHappenedWhileNobodyWasConnected() {
        flow.supply().closed();
        nanoTime.addAndGet(TimeUnit.SECONDS.toNanos(9));
        report(touch(1));
        report(touch(0));
        assertThat(flow.started()).as("it may only be restarted").isTrue();

        nanoTime.addAndGet(TimeUnit.SECONDS.toNanos(2));
        assertThat(flow.started()).isFalse();
        flow.supply();
        assertThat(flow.started()).isTrue();
        assertThat(drain()).isEmpty();
    }

    @Test
    void shouldKeepWhatHappenedWhileTheQueueWasRestarted() {
        flow.supply().closed();
        report(touch(1));
        nanoTime.addAndGet(TimeUnit.SECONDS.toNanos(1));
        flow.supply();

        assertThat(drain()).containsExactly(touch(1), EventCodes.REPORT_END);
    }
}
