package org.reasonrft.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.reasonrft.kernels.KlEstimator;
import org.reasonrft.kernels.PolicyLossOptions;
import org.reasonrft.kernels.PolicyObjective;
import org.reasonrft.kernels.RatioLevel;

/** Members of the GRPO family as a run's configuration spells them. */
class LossFamilyTest {
    /** Bounds so narrow that the second pass over a rollout meets them: without a clip some members are the same. */
    private static final String[] TWO_UPDATES = {
        "max_steps=2", "num_iterations=2", "evaluation.steps=0", "epsilon_low=1e-4", "epsilon_high=1e-4"
    };

    @TempDir
    Path folder;

    @Test
    void configurationBecomesOptions() throws IOException {
        Fixture fixture = Fixture.in(folder);
        GrpoConfig gspo = fixture.grpo(folder.resolve("run"), "loss.ratio_level=sequence", "loss.kl_estimator=k1");
        PolicyLossOptions options = gspo.loss().options(3e-4, 4e-4, 0.01);
        assertThat(options.ratioLevel()).isEqualTo(RatioLevel.SEQUENCE);
        assertThat(options.kl().estimator()).isEqualTo(KlEstimator.K1);
        assertThat(options.kl().coefficient()).isEqualTo(0.01);
        assertThat(options.objective()).isEqualTo(new PolicyObjective.Clip(3e-4, 4e-4));
        GrpoConfig cispo = fixture.grpo(folder.resolve("run"), "loss.objective=cispo", "loss.top_entropy_fraction=0.2");
        assertThat(cispo.loss().options(1, 4, 0).objective()).isEqualTo(new PolicyObjective.Cispo(0, 5));
        assertThat(cispo.loss().options(1, 4, 0).tokenFilter().topEntropyFraction())
                .isEqualTo(0.2);
        assertThat(fixture.grpo(folder.resolve("run")).loss().options(0.2, 0.2, 0.04))
                .isEqualTo(PolicyLossOptions.defaults()
                        .withObjective(new PolicyObjective.Clip(0.2, 0.2))
                        .withKlCoefficient(0.04));
    }

    /** Each trains: finite losses, a gradient, and another model than every other member leaves. */
    @Test
    void everyMemberTrains() throws IOException {
        Fixture fixture = Fixture.in(folder);
        List<List<String>> members = List.of(
                List.of("loss.objective=clip"),
                List.of("loss.objective=cispo"),
                List.of("loss.objective=sapo"),
                List.of("loss.objective=vespo"),
                List.of("loss.objective=gmpo"),
                List.of("loss.objective=reinforce"),
                List.of("loss.ratio_level=sequence", "epsilon_low=3e-4", "epsilon_high=4e-4"),
                List.of("loss.top_entropy_fraction=0.3"),
                List.of("loss.entropy_coefficient=0.1"),
                List.of("loss.objective=reinforce", "advantage_baseline=leave_one_out", "scale_rewards=none"),
                List.of("advantage_baseline=length_weighted", "scale_rewards=none"),
                List.of("scale_rewards=token_whitening", "advantage_epsilon=1e-8"),
                List.of(
                        "advantage_baseline=each_reward",
                        "scale_rewards=batch_whitening",
                        "rewards=[text_length,format]"));
        Set<ByteBuffer> models = new HashSet<>();
        for (int i = 0; i < members.size(); i++) {
            Path output = folder.resolve("run" + i);
            String[] assignments = Stream.concat(Arrays.stream(TWO_UPDATES), members.get(i).stream())
                    .toArray(String[]::new);
            TrainingResult result = new GrpoTrainer(fixture.grpo(output, assignments)).run(false, () -> false);
            assertThat(result.complete()).isTrue();
            for (String line : Files.readAllLines(output.resolve("metrics.jsonl"))) {
                JsonNode metrics = new ObjectMapper().readTree(line);
                if (metrics.has("loss")) {
                    assertThat(metrics.get("loss").isNumber())
                            .as(members.get(i) + ": " + line)
                            .isTrue();
                    assertThat(metrics.get("grad_norm").doubleValue()).as(line).isPositive();
                }
            }
            ByteBuffer weights =
                    ByteBuffer.wrap(Files.readAllBytes(output.resolve("checkpoints/step-000002/model.safetensors")));
            assertThat(models.add(weights))
                    .as("%s leaves a model of its own", members.get(i))
                    .isTrue();
        }
    }

    @Test
    void combinationsWithoutMeaningAreRefused() throws IOException {
        Fixture fixture = Fixture.in(folder);
        assertThatThrownBy(() -> fixture.grpo(folder.resolve("run"), "loss.objective=sapo", "loss.dual_clip=3"))
                .hasMessageContaining("dual_clip")
                .hasMessageContaining("CLIP");
        assertThatThrownBy(() -> fixture.grpo(folder.resolve("run"), "loss.objective=ppo"))
                .hasMessageContaining("loss.objective");
        assertThatThrownBy(
                        () -> fixture.grpo(folder.resolve("run"), "loss.objective=vespo", "loss.ratio_level=sequence"))
                .hasMessageContaining("ratioLevel: SEQUENCE with Vespo");
        assertThatThrownBy(() -> fixture.grpo(folder.resolve("run"), "loss.ratio_cap=1.1"))
                .hasMessageContaining("ratioCap");
        assertThatThrownBy(() -> fixture.grpo(folder.resolve("run"), "advantage_baseline=each_reward"))
                .hasMessageContaining("EACH_REWARD");
    }
}
