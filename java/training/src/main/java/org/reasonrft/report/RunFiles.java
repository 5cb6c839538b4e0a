package org.reasonrft.report;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.reasonrft.run.RunException;
import org.reasonrft.run.RunFolder;
import org.reasonrft.run.SampledGroup;

/** What a run folder says, read once. A run that is still going on may be read too: a torn last line is left out. */
public final class RunFiles {
    private static final ObjectMapper JSON = new ObjectMapper();

    private final Path folder;
    private final String configuration;
    private final Map<String, Series> metrics;
    private final Map<String, Series> timing;

    private RunFiles(Path folder, String configuration, Map<String, Series> metrics, Map<String, Series> timing) {
        this.folder = folder;
        this.configuration = configuration;
        this.metrics = metrics;
        this.timing = timing;
    }

    /**
     * Reads a run folder.
     *
     * @throws RunException if it does not hold a run
     */
    public static RunFiles read(Path folder) {
        Path config = folder.resolve(RunFolder.CONFIG);
        try {
            String configuration = Files.readString(config);
            return new RunFiles(
                    folder,
                    configuration,
                    series(folder.resolve(RunFolder.METRICS)),
                    series(folder.resolve(RunFolder.TIMING)));
        } catch (IOException e) {
            throw RunException.of("read", config, e);
        }
    }

    Path folder() {
        return folder;
    }

    /** The resolved configuration as YAML. */
    String configuration() {
        return configuration;
    }

    /** Values by step of everything that was logged, by name. */
    Map<String, Series> metrics() {
        return metrics;
    }

    /** The highest step that was logged, 0 if none was. */
    public long lastStep() {
        return metrics.values().stream()
                .filter(s -> s.size() > 0)
                .mapToLong(s -> (long) s.x(s.size() - 1))
                .max()
                .orElse(0);
    }

    /** Seconds of training, evaluation left out; not-a-number where the run did not log them. */
    public double seconds() {
        return secondsAt(Double.POSITIVE_INFINITY);
    }

    /** How many steps of this run's mean pace fit into a time, at least 1. */
    public long stepsWithin(double seconds) {
        return Math.max(1, Math.round(seconds / (seconds() / lastStep())));
    }

    /** Seconds of training up to and including {@code step}; not-a-number where the run did not log them. */
    double secondsAt(double step) {
        Series times = timing.get("step_time");
        if (times == null) {
            return Double.NaN;
        }
        double sum = 0;
        for (int i = 0; i < times.size() && times.x(i) <= step; i++) {
            sum += Double.isFinite(times.y(i)) ? times.y(i) : 0;
        }
        return sum;
    }

    /**
     * An evaluation during training.
     *
     * @param step after which it was
     * @param seconds of training until then
     * @param accuracy mean score of the questions, 0 to 1
     */
    public record Checked(long step, double seconds, double accuracy) {}

    /** The evaluations of a split in their order; none if it was not evaluated. */
    public List<Checked> evaluations(String split) {
        Series accuracy = metrics.get("eval/" + split + "/accuracy");
        List<Checked> checks = new ArrayList<>();
        for (int i = 0; accuracy != null && i < accuracy.size(); i++) {
            checks.add(new Checked((long) accuracy.x(i), secondsAt(accuracy.x(i)), accuracy.y(i)));
        }
        return checks;
    }

    /** All sampled groups in the order of the file. */
    List<SampledGroup> samples() {
        List<SampledGroup> groups = new ArrayList<>();
        lines(folder.resolve(RunFolder.SAMPLES), line -> groups.add(group(line)));
        return groups;
    }

    private static SampledGroup group(JsonNode line) {
        List<String> image = new ArrayList<>();
        line.path("image").forEach(path -> image.add(path.asText()));
        List<SampledGroup.Completion> completions = new ArrayList<>();
        for (JsonNode completion : line.path("completions")) {
            Map<String, Double> rewards = new TreeMap<>();
            completion
                    .path("rewards")
                    .properties()
                    .forEach(reward -> rewards.put(reward.getKey(), number(reward.getValue())));
            completions.add(new SampledGroup.Completion(
                    completion.path("text").asText(),
                    rewards,
                    number(completion.path("reward")),
                    number(completion.path("advantage")),
                    completion.path("tokens").asInt()));
        }
        return new SampledGroup(
                line.path("step").asLong(),
                line.path("question").asText(),
                image,
                line.path("answer").asText(),
                completions);
    }

    private static double number(JsonNode node) {
        return node.isNumber() ? node.doubleValue() : Double.NaN;
    }

    private static Map<String, Series> series(Path file) {
        Map<String, List<double[]>> points = new TreeMap<>();
        lines(file, line -> {
            double step = line.path("step").doubleValue();
            line.properties().forEach(field -> {
                if (!field.getKey().equals("step")) {
                    points.computeIfAbsent(field.getKey(), name -> new ArrayList<>())
                            .add(new double[] {step, number(field.getValue())});
                }
            });
        });
        Map<String, Series> series = new LinkedHashMap<>();
        points.forEach((name, list) -> series.put(
                name,
                new Series(
                        list.stream().mapToDouble(p -> p[0]).toArray(),
                        list.stream().mapToDouble(p -> p[1]).toArray())));
        return series;
    }

    private static void lines(Path file, Consumer<JsonNode> consumer) {
        if (Files.notExists(file)) {
            return;
        }
        try (BufferedReader reader = Files.newBufferedReader(file)) {
            int number = 0;
            String next = reader.readLine();
            while (next != null) {
                String line = next;
                next = reader.readLine();
                number++;
                try {
                    consumer.accept(JSON.readTree(line));
                } catch (JsonProcessingException e) {
                    if (next != null) {
                        throw new RunException("cannot read " + file + ": line " + number + " is not JSON", e);
                    }
                }
            }
        } catch (IOException e) {
            throw RunException.of("read", file, e);
        }
    }
}
