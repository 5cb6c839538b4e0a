package org.reasonrft.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

final class ProgressTest {
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private final PrintStream out = new PrintStream(bytes, true, StandardCharsets.UTF_8);

    private String printed() {
        return bytes.toString(StandardCharsets.UTF_8);
    }

    @Test
    void plainLinesComeEveryTenSecondsWithRateAndTimeLeft() {
        AtomicLong now = new AtomicLong();
        try (Progress progress = Progress.inLines("grpo", 100, 400, out, now::get)) {
            Map<String, Number> values = new LinkedHashMap<>();
            values.put("loss", 0.123456);
            values.put("tokens", 12);
            for (int step = 101; step <= 160; step++) {
                now.addAndGet(500_000_000L);
                progress.update(step, values);
            }
        }
        assertThat(printed().lines())
                .containsExactly(
                        "grpo 101/400 (25 %), 2.00/s, 2 min 30 s left, loss 0.1235, tokens 12",
                        "grpo 121/400 (30 %), 2.00/s, 2 min 20 s left, loss 0.1235, tokens 12",
                        "grpo 141/400 (35 %), 2.00/s, 2 min 10 s left, loss 0.1235, tokens 12",
                        "grpo 160/400 (40 %), 2.00/s, 2 min 00 s left, loss 0.1235, tokens 12");
        assertThat(printed()).doesNotContain("\r").doesNotContain("\u001b");
    }

    @Test
    void terminalGetsABarWithNameRateAndMetrics() throws InterruptedException {
        try (Progress progress = Progress.onTerminal("grpo", 0, 10, out, 120)) {
            for (int step = 1; step <= 10; step++) {
                progress.update(step, Map.of("reward", 1.5));
                Thread.sleep(5);
            }
        }
        assertThat(printed())
                .contains("\r")
                .contains("grpo")
                .contains("10/10")
                .contains("reward 1.500")
                .contains("/s");
    }

    @Test
    void impossibleRangesAreRefused() {
        assertThatThrownBy(() -> Progress.inLines("x", 3, 2, out, System::nanoTime))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("3 of 2");
    }
}
