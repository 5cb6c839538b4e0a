package org.reasonrft.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A run with the head fused into the loss is, step by step, the run that holds its logits. */
class FusedHeadTest {
    @TempDir
    Path folder;

    private Fixture fixture;

    @BeforeEach
    void makeFixture() throws IOException {
        fixture = Fixture.in(folder);
    }

    @Test
    void grpo() throws IOException {
        String[] options = {"num_iterations=2", "loss.entropy_coefficient=0.01", "beta=0.1", "max_steps=3"};
        new GrpoTrainer(fixture.grpo(folder.resolve("logits"), options)).run(false, () -> false);
        new GrpoTrainer(fixture.grpo(folder.resolve("fused"), with(options, "fuse_head=true"))).run(false, () -> false);
        assertSameCourse(List.of("loss", "policy_loss", "grad_norm", "kl", "entropy", "reward"));
    }

    @Test
    void sft() throws IOException {
        new SftTrainer(fixture.sft(folder.resolve("logits"))).run(false, () -> false);
        new SftTrainer(fixture.sft(folder.resolve("fused"), "fuse_head=true")).run(false, () -> false);
        assertSameCourse(List.of("loss", "grad_norm"));
    }

    private static String[] with(String[] options, String more) {
        String[] all = Arrays.copyOf(options, options.length + 1);
        all[options.length] = more;
        return all;
    }

    private void assertSameCourse(List<String> names) throws IOException {
        List<String> expected = Files.readAllLines(folder.resolve("logits/metrics.jsonl"));
        List<String> actual = Files.readAllLines(folder.resolve("fused/metrics.jsonl"));
        assertThat(actual).hasSameSizeAs(expected);
        int compared = 0;
        for (int line = 0; line < expected.size(); line++) {
            JsonNode want = new ObjectMapper().readTree(expected.get(line));
            JsonNode got = new ObjectMapper().readTree(actual.get(line));
            for (String name : names) {
                if (want.has(name)) {
                    double value = want.get(name).doubleValue();
                    assertThat(got.get(name).doubleValue())
                            .as(name + " in " + expected.get(line))
                            .isCloseTo(value, within(1e-4 * Math.max(1, Math.abs(value))));
                    compared++;
                }
            }
        }
        assertThat(compared).isGreaterThan(names.size());
    }
}
