package org.reasonrft.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.reasonrft.reward.RewardFunction;
import org.reasonrft.reward.RewardInput;

/** Rewards as a run's configuration names them. */
class RewardsOfARunTest {
    @TempDir
    Path folder;

    /** Throws at texts of an even length, hangs at multiples of three. */
    public static final class Unreliable implements RewardFunction {
        @Override
        public String name() {
            return "unreliable";
        }

        @Override
        public float[] score(List<RewardInput> batch) {
            float[] rewards = new float[batch.size()];
            for (int i = 0; i < rewards.length; i++) {
                int length = batch.get(i).completion().length();
                if (length % 2 == 0) {
                    throw new IllegalStateException("even");
                }
                if (length % 3 == 0) {
                    hang();
                }
                rewards[i] = length;
            }
            return rewards;
        }

        private static void hang() {
            try {
                Thread.sleep(60_000);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /** Remembers the steps it was asked at. */
    public static final class Steps implements RewardFunction {
        static final List<Long> SEEN = new ArrayList<>();

        @Override
        public String name() {
            return "steps";
        }

        @Override
        public float[] score(List<RewardInput> batch) {
            batch.forEach(input -> SEEN.add(input.step()));
            return new float[batch.size()];
        }
    }

    @Test
    void aRewardThatFailsDoesNotEndTheRun() throws IOException {
        Fixture fixture = Fixture.in(folder);
        Path output = folder.resolve("run");
        TrainingResult result = new GrpoTrainer(fixture.grpo(
                        output,
                        "rewards=[text_length," + Unreliable.class.getName() + "]",
                        "reward_weights=[0.5,1]",
                        "reward_timeout=1",
                        "max_steps=2",
                        "evaluation.steps=0"))
                .run(false, () -> false);
        assertThat(result.complete()).isTrue();
        int steps = 0;
        int unscored = 0;
        for (String line : Files.readAllLines(output.resolve("metrics.jsonl"))) {
            JsonNode metrics = new ObjectMapper().readTree(line);
            if (metrics.has("loss")) {
                steps++;
                unscored += metrics.get("rewards/unscored").intValue();
                assertThat(metrics.get("loss").isNumber()).as(line).isTrue();
                assertThat(metrics.has("rewards/unreliable/mean")).isTrue();
            }
        }
        assertThat(steps).isEqualTo(2);
        assertThat(unscored).isBetween(1, 24);
    }

    @Test
    void rewardsAreToldTheStep() throws IOException {
        Fixture fixture = Fixture.in(folder);
        Steps.SEEN.clear();
        new GrpoTrainer(fixture.grpo(
                        folder.resolve("run"),
                        "rewards=[" + Steps.class.getName() + "]",
                        "reward_timeout=0",
                        "max_steps=2",
                        "evaluation.steps=0"))
                .run(false, () -> false);
        assertThat(Steps.SEEN).hasSize(24).startsWith(0L).endsWith(1L);
    }

    @Test
    void mistakesAreRefusedByName() throws IOException {
        Fixture fixture = Fixture.in(folder);
        Path output = folder.resolve("run");
        assertThatThrownBy(() -> new GrpoTrainer(fixture.grpo(output, "rewards=[acuracy]")))
                .hasMessageContaining("rewards: got 'acuracy'")
                .hasMessageContaining("accuracy, caption_format");
        assertThatThrownBy(() -> fixture.grpo(output, "rewards=[format,format]"))
                .hasMessageContaining("rewards");
        assertThatThrownBy(() -> fixture.grpo(output, "reward_weights=[1,2]"))
                .hasMessageContaining("reward_weights: got 2 weights for 1 rewards");
        assertThatThrownBy(() -> fixture.grpo(output, "reward_timeout=-1"))
                .hasMessageContaining("reward_timeout: got -1.0");
    }
}
