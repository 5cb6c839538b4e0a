package org.reasonrft.reward;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RewardFunctionsTest {
    /** A plug-in that no service file names. */
    public static final class ByClass implements RewardFunction {
        @Override
        public String name() {
            return "by_class";
        }

        @Override
        public float[] score(List<RewardInput> batch) {
            return new float[batch.size()];
        }
    }

    /** Fails when it is made. */
    public static final class Broken implements RewardFunction {
        public Broken() {
            throw new IllegalStateException("no licence");
        }

        @Override
        public String name() {
            return "broken";
        }

        @Override
        public float[] score(List<RewardInput> batch) {
            return new float[batch.size()];
        }
    }

    static final class Hidden implements RewardFunction {
        @Override
        public String name() {
            return "hidden";
        }

        @Override
        public float[] score(List<RewardInput> batch) {
            return new float[batch.size()];
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "format",
                "caption_format",
                "accuracy",
                "equivalence",
                "tolerance",
                "tolerance_plain",
                "trance",
                "trance_exact",
                "trance_penalty",
                "reasoning_steps",
                "length"
            })
    void shipped(String name) {
        assertThat(RewardFunctions.named(name).name()).isEqualTo(name);
    }

    @Test
    void shippedNamesAreUnique() {
        assertThat(RewardFunctions.shipped())
                .extracting(RewardFunction::name)
                .doesNotHaveDuplicates()
                .hasSize(11);
    }

    @Test
    void aServiceIsFoundByItsName() {
        assertThat(RewardFunctions.named("text_length").getClass().getSimpleName())
                .isEqualTo("TextLengthReward");
    }

    @Test
    void aClassIsFoundByItsName() {
        assertThat(RewardFunctions.named(ByClass.class.getName())).isInstanceOf(ByClass.class);
        assertThat(RewardFunctions.named("org.reasonrft.reward.FormatReward")).isInstanceOf(FormatReward.class);
    }

    @Test
    void refusesWhatIsNoReward() {
        refused("acuracy", "rewards: got 'acuracy', wanted the name of a class or one of [accuracy, caption_format, ");
        refused("", "rewards: got ''");
        refused("org.example.Nothing", "rewards: no class org.example.Nothing on the class path");
        refused("java.lang.String", "rewards: class java.lang.String is no org.reasonrft.reward.RewardFunction");
        refused(
                RewardFunction.class.getName(),
                "rewards: class org.reasonrft.reward.RewardFunction has to be public with a public constructor");
        refused(TransformationReward.class.getName(), "has to be public with a public constructor without parameters");
        refused(Hidden.class.getName(), "has to be public with a public constructor without parameters");
        refused(Broken.class.getName(), "cannot be made: java.lang.IllegalStateException: no licence");
    }

    private static void refused(String name, String message) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> RewardFunctions.named(name))
                .withMessageContaining(message);
    }
}
