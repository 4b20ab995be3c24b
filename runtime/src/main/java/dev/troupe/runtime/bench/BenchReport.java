package dev.troupe.runtime.bench;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.troupe.actors.device.Quantities;
import dev.troupe.transport.ring.RingFeatures;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.HdrHistogram.Histogram;

/** A {@link BenchResult} for people and for programs. Any thread may use it. */
final class BenchReport {

    private static final double[] PERCENTILES = {50, 90, 99, 99.9};
    private static final double MICRO = 1_000;
    private static final double MILLI = 1_000_000;
    private static final double MEBI = 1 << 20;

    private final BenchPlan plan;
    private final BenchTarget target;

    BenchReport(BenchTarget target) {
        this.plan = target.plan();
        this.target = target;
    }

    /** What is being run, in one line. */
    String title() {
        RingFeatures ring = target.ring();
        List<String> parts = new ArrayList<>();
        parts.add(target.subject().title());
        parts.add("depth " + plan.depth());
        parts.add(plan.queues() == 1 ? "1 queue" : plan.queues() + " queues");
        parts.add(ring.packed() ? "packed" : "split");
        parts.add(ring.eventIdx() ? "event index" : "no event index");
        parts.add(ring.indirect() ? "indirect" : "no indirect");
        parts.add(plan.busyPoll() ? "busy-poll" : "sleeping");
        parts.add(Quantities.formatDuration(plan.duration()));
        return target.type() + " on " + plan.socket() + ": " + String.join(", ", parts);
    }

    /** One line a second. */
    static String progressLine(Watch.Progress progress) {
        double seconds = progress.nanos() / 1e9;
        return String.format(
                Locale.ROOT,
                "%4d s  %,12.0f requests/s  %,10.1f MiB/s",
                progress.second(),
                progress.requests() / seconds,
                progress.bytes() / seconds / MEBI);
    }

    String text(BenchResult result) {
        StringBuilder text = new StringBuilder();
        text.append(title()).append('\n');
        line(text, target.subject().noun(), rateText(result));
        line(text, "latency", latencyText(result.latencyNanos()));
        BenchResult.Notifications notifications = result.notifications();
        line(
                text,
                "a request",
                String.format(
                        Locale.ROOT,
                        "%.4f kicks, %.4f calls",
                        result.perRequest(notifications.kicks()),
                        result.perRequest(notifications.calls())));
        line(text, "errors", Long.toString(result.errors()));
        if (plan.verify()) {
            BenchResult.Verification verification = result.verification();
            line(
                    text,
                    "verified",
                    String.format(
                            Locale.ROOT,
                            "%,d blocks, %,d with other data than was written",
                            verification.verified(),
                            verification.mismatches()));
        }
        result.problems().forEach(problem -> line(text, "first problem", problem));
        return text.toString();
    }

    /** Where no data is moved there is no rate of it. */
    private static String rateText(BenchResult result) {
        String requests = String.format(Locale.ROOT, "%,d   %,.0f IOPS", result.requests(), result.requestsPerSecond());
        return result.bytes() == 0
                ? requests
                : requests + String.format(Locale.ROOT, "   %,.1f MiB/s", result.mebibytesPerSecond());
    }

    private static void line(StringBuilder text, String name, String value) {
        text.append(String.format(Locale.ROOT, "  %-14s%s%n", name, value));
    }

    static String latencyText(Histogram latency) {
        List<String> parts = new ArrayList<>();
        for (double percentile : PERCENTILES) {
            parts.add("p" + name(percentile) + " " + time(latency.getValueAtPercentile(percentile)));
        }
        parts.add("max " + time(latency.getMaxValue()));
        return String.join("   ", parts);
    }

    private static String name(double percentile) {
        return percentile == Math.rint(percentile) ? Long.toString((long) percentile) : Double.toString(percentile);
    }

    private static String time(long nanos) {
        return nanos < 10 * MILLI
                ? String.format(Locale.ROOT, "%.1f us", nanos / MICRO)
                : String.format(Locale.ROOT, "%.1f ms", nanos / MILLI);
    }

    ObjectNode json(BenchResult result) {
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        json.put("socket", plan.socket().toString());
        json.put("type", target.type());
        planJson(json.putObject("plan"));
        json.put("seconds", result.measuredNanos() / 1e9);
        json.put("requests", result.requests());
        json.put("bytes", result.bytes());
        json.put("errors", result.errors());
        json.put("iops", result.requestsPerSecond());
        json.put("mebibytesPerSecond", result.mebibytesPerSecond());
        ObjectNode latency = json.putObject("latencyMicros");
        latency.put("mean", result.latencyNanos().getMean() / MICRO);
        for (double percentile : PERCENTILES) {
            latency.put("p" + name(percentile), result.latencyNanos().getValueAtPercentile(percentile) / MICRO);
        }
        latency.put("max", result.latencyNanos().getMaxValue() / MICRO);
        BenchResult.Notifications notifications = result.notifications();
        json.put("kicksPerRequest", result.perRequest(notifications.kicks()));
        json.put("callsPerRequest", result.perRequest(notifications.calls()));
        json.put("sleepsPerRequest", result.perRequest(notifications.sleeps()));
        json.put("allocatedBytes", notifications.allocatedBytes());
        json.put("verifiedBlocks", result.verification().verified());
        json.put("mismatches", result.verification().mismatches());
        ArrayNode problems = json.putArray("problems");
        result.problems().forEach(problems::add);
        return json;
    }

    private void planJson(ObjectNode json) {
        json.put("requests", target.subject().title());
        json.put("mix", plan.mix().toString());
        json.put("blockBytes", plan.blockBytes());
        json.put("depth", plan.depth());
        json.put("queues", plan.queues());
        json.put("layout", target.ring().packed() ? "packed" : "split");
        json.put("eventIdx", target.ring().eventIdx());
        json.put("indirect", target.ring().indirect());
        json.put("busyPoll", plan.busyPoll());
        json.put("verify", plan.verify());
        ArrayNode cpus = json.putArray("cpus");
        plan.cpus().forEach(cpus::add);
    }
}
