package org.reasonrft.benchmarks;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.openjdk.jmh.results.Result;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.CommandLineOptionException;
import org.openjdk.jmh.runner.options.CommandLineOptions;
import org.reasonrft.kernels.DType;
import org.reasonrft.kernels.Kernels;

/**
 * Runs JMH with its own command line and writes what it measured, with device, commit and command, as CSV to the file
 * that {@code -rff} names. {@code table CSV [MARKDOWN]} prints such a file as the table of the README, or puts it there;
 * {@code generation CHECKPOINT THREADS ROUNDS} is {@link Generation}.
 */
public final class Main {

    /** Parameters with a column of their own; the others share one. */
    private static final List<String> COLUMNS = List.of("dtype", "batch", "tokens", "vocabulary");

    private Main() {}

    public static void main(String[] args) throws CommandLineOptionException, RunnerException, IOException {
        if (args.length > 0 && args[0].equals("table")) {
            table(args);
            return;
        }
        if (args.length > 0 && args[0].equals("generation")) {
            requireArguments(args, 4, 4, "generation CHECKPOINT THREADS ROUNDS");
            Generation.run(Path.of(args[1]), Integer.parseInt(args[2]), Integer.parseInt(args[3]));
            return;
        }
        CommandLineOptions options = new CommandLineOptions(args);
        if (options.shouldHelp()) {
            options.showHelp();
            return;
        }
        Runner runner = new Runner(options);
        if (options.shouldList()) {
            runner.list();
            return;
        }
        if (options.getResult().hasValue()) {
            Files.createDirectories(
                    Path.of(options.getResult().get()).toAbsolutePath().getParent());
        }
        // JMH truncates the file when it starts and writes its own table at the end; ours replaces it.
        Collection<RunResult> results = runner.run();
        if (options.getResult().hasValue()) {
            Path file = Path.of(options.getResult().get());
            try (PrintStream out = new PrintStream(Files.newOutputStream(file), false, StandardCharsets.UTF_8)) {
                write(out, args, results);
            }
        }
    }

    private static void table(String[] args) throws IOException {
        requireArguments(args, 2, 3, "table CSV [MARKDOWN]");
        ResultsTable table = ResultsTable.read(Path.of(args[1]));
        if (args.length == 2) {
            System.out.print(table.markdown());
        } else {
            table.replaceIn(Path.of(args[2]));
        }
    }

    private static void requireArguments(String[] args, int fewest, int most, String wanted) {
        if (args.length < fewest || args.length > most) {
            System.err.println("wanted: " + wanted);
            System.exit(2);
        }
    }

    private static void write(PrintStream out, String[] args, Collection<RunResult> results) throws IOException {
        out.println("# device: " + device() + ", " + Kernels.defaultThreads() + " threads, " + Kernels.cpuTier());
        out.println("# commit: " + output("git", "describe", "--always", "--dirty", "--abbrev=12"));
        out.println("# java: " + Runtime.version() + ", kernels " + Kernels.version());
        out.println("# command: java @benchmarks/target/benchmarks.args '" + String.join("' '", args) + "'");
        out.println("benchmark," + String.join(",", COLUMNS)
                + ",others,forks,iterations,median,mean,error_99.9,unit,gigabytes_per_second");
        for (RunResult result : results) {
            Result<?> score = result.getPrimaryResult();
            String benchmark = result.getParams().getBenchmark();
            String[] fields = {
                benchmark.substring(benchmark.lastIndexOf('.', benchmark.lastIndexOf('.') - 1) + 1),
                COLUMNS.stream().map(name -> param(result, name)).collect(Collectors.joining(",")),
                others(result),
                String.valueOf(result.getParams().getForks()),
                String.valueOf(result.getParams().getMeasurement().getCount()),
                String.format(Locale.ROOT, "%.6g", score.getStatistics().getPercentile(50)),
                String.format(Locale.ROOT, "%.6g", score.getScore()),
                String.format(Locale.ROOT, "%.3g", score.getScoreError()),
                score.getScoreUnit(),
                gigabytesPerSecond(result)
            };
            out.println(String.join(",", fields));
        }
    }

    /**
     * The bytes that have to move (logits in, and gradient out where there is one) over the time taken. What an
     * implementation moves beyond that counts against it. Empty where the time is not that of reading logits.
     */
    private static String gigabytesPerSecond(RunResult result) {
        if (COLUMNS.stream().anyMatch(name -> param(result, name).isEmpty())) {
            return "";
        }
        double bytes = DType.valueOf(param(result, "dtype")).bytes()
                * Double.parseDouble(param(result, "batch"))
                * Double.parseDouble(param(result, "tokens"))
                * Double.parseDouble(param(result, "vocabulary"));
        boolean gradient = result.getParams().getBenchmark().contains("PolicyLoss");
        double seconds = result.getPrimaryResult().getStatistics().getPercentile(50) / 1e3;
        return String.format(Locale.ROOT, "%.3g", bytes * (gradient ? 2 : 1) / seconds / 1e9);
    }

    private static String others(RunResult result) {
        return result.getParams().getParamsKeys().stream()
                .filter(name -> !COLUMNS.contains(name))
                .map(name -> name + "=" + param(result, name))
                .collect(Collectors.joining(" "));
    }

    private static String param(RunResult result, String name) {
        return result.getParams().getParamsKeys().contains(name)
                ? result.getParams().getParam(name)
                : "";
    }

    private static String device() throws IOException {
        Path cpuinfo = Path.of("/proc/cpuinfo");
        if (Files.isReadable(cpuinfo)) {
            try (Stream<String> lines = Files.lines(cpuinfo)) {
                return lines.filter(line -> line.startsWith("model name"))
                        .findFirst()
                        .map(line -> line.substring(line.indexOf(':') + 1).strip())
                        .orElse(System.getProperty("os.arch"));
            }
        }
        return System.getProperty("os.name") + " " + System.getProperty("os.arch");
    }

    private static String output(String... command) throws IOException {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        try (BufferedReader reader = process.inputReader(StandardCharsets.UTF_8)) {
            return String.join(" ", reader.lines().toList());
        }
    }
}
