package org.reasonrft.run;

import java.io.PrintStream;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.StringJoiner;
import java.util.function.LongSupplier;
import me.tongfei.progressbar.ConsoleProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarConsumer;
import me.tongfei.progressbar.ProgressBarStyle;

/**
 * Says how far a run is, how fast it goes, how long it will take and what its numbers are now: a bar that redraws itself on a terminal, a
 * plain line about every ten seconds anywhere else. Not for use by several threads.
 */
public final class Progress implements AutoCloseable {
    private static final Duration LINE_EVERY = Duration.ofSeconds(10);

    private final String name;
    private final long first;
    private final long total;
    /** Null where plain lines are printed. */
    private final ProgressBar bar;

    private final PrintStream out;
    private final LongSupplier nanoTime;
    private final long started;
    private long done;
    private long lastLine;
    private boolean currentPrinted = true;
    private String shown = "";

    private Progress(
            String name, long first, long total, ProgressBarConsumer terminal, PrintStream out, LongSupplier nanoTime) {
        if (total < 1 || first < 0 || first > total) {
            throw new IllegalArgumentException(
                    "progress starts at " + first + " of " + total + "; wanted 0 <= start <= total and total >= 1");
        }
        this.name = name;
        this.first = first;
        this.done = first;
        this.total = total;
        this.out = out;
        this.nanoTime = nanoTime;
        this.started = nanoTime.getAsLong();
        this.lastLine = started - LINE_EVERY.toNanos();
        this.bar = terminal == null
                ? null
                : new ProgressBarBuilder()
                        .setTaskName(name)
                        .setInitialMax(total)
                        .startsFrom(first, Duration.ZERO)
                        .setStyle(ProgressBarStyle.UNICODE_BLOCK)
                        .setUpdateIntervalMillis(250)
                        .showSpeed()
                        .setConsumer(terminal)
                        .build();
    }

    /**
     * Starts on standard output.
     *
     * @param name  what is being done, one word or two
     * @param done  steps that are done already, in a resumed run
     * @param total steps in all, 1 or more
     */
    public static Progress start(String name, long done, long total) {
        ProgressBarConsumer terminal = isTerminal() ? new ConsoleProgressBarConsumer(System.out) : null;
        return new Progress(name, done, total, terminal, System.out, System::nanoTime);
    }

    static Progress onTerminal(String name, long done, long total, PrintStream out, int width) {
        return new Progress(name, done, total, new ConsoleProgressBarConsumer(out, width), out, System::nanoTime);
    }

    static Progress inLines(String name, long done, long total, PrintStream out, LongSupplier nanoTime) {
        return new Progress(name, done, total, null, out, nanoTime);
    }

    /**
     * Until Java 21 a console exists only on a terminal; from 22 on it always exists and is asked itself, through reflection because the
     * baseline is Java 17.
     */
    private static boolean isTerminal() {
        Object console = System.console();
        if (console == null) {
            return false;
        }
        try {
            return (boolean) java.io.Console.class.getMethod("isTerminal").invoke(console);
        } catch (NoSuchMethodException e) {
            return true;
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("java.io.Console.isTerminal cannot be called", e);
        }
    }

    /**
     * Reports that {@code done} steps are done.
     *
     * @param values a few numbers to show beside it, in this order
     */
    public void update(long done, Map<String, ? extends Number> values) {
        this.done = done;
        this.shown = format(values);
        this.currentPrinted = false;
        if (bar != null) {
            bar.setExtraMessage(shown);
            bar.stepTo(done);
        } else if (nanoTime.getAsLong() - lastLine >= LINE_EVERY.toNanos()) {
            printLine();
        }
    }

    private void printLine() {
        lastLine = nanoTime.getAsLong();
        currentPrinted = true;
        double seconds = (lastLine - started) * 1e-9;
        double rate = seconds > 0 ? (done - first) / seconds : 0;
        StringBuilder line = new StringBuilder(
                String.format(Locale.ROOT, "%s %d/%d (%d %%)", name, done, total, 100 * done / total));
        if (rate > 0) {
            line.append(String.format(Locale.ROOT, ", %.2f/s", rate));
            if (done < total) {
                line.append(", ").append(duration((total - done) / rate)).append(" left");
            }
        }
        if (!shown.isEmpty()) {
            line.append(", ").append(shown);
        }
        out.println(line);
    }

    private static String format(Map<String, ? extends Number> values) {
        StringJoiner text = new StringJoiner(", ");
        for (Map.Entry<String, ? extends Number> value : values.entrySet()) {
            Number number = value.getValue();
            boolean whole = number instanceof Long || number instanceof Integer;
            text.add(value.getKey() + " "
                    + (whole ? number.toString() : String.format(Locale.ROOT, "%.4g", number.doubleValue())));
        }
        return text.toString();
    }

    private static String duration(double seconds) {
        long s = Math.round(seconds);
        if (s < 60) {
            return s + " s";
        }
        if (s < 3600) {
            return String.format(Locale.ROOT, "%d min %02d s", s / 60, s % 60);
        }
        return String.format(Locale.ROOT, "%d h %02d min", s / 3600, s % 3600 / 60);
    }

    /** Leaves the last state standing. */
    @Override
    public void close() {
        if (bar != null) {
            bar.close();
        } else if (!currentPrinted) {
            printLine();
        }
    }
}
