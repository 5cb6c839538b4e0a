package org.reasonrft.reward;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class GuardedRewardTest {
    private static final Duration NO_LIMIT = Duration.ZERO;
    private static final Duration LIMIT = Duration.ofMillis(500);

    /** Scores a completion by its number; calls are recorded. */
    private static final class Plugin implements RewardFunction {
        final List<Integer> calls = Collections.synchronizedList(new ArrayList<>());
        private final boolean eachAlone;
        private final Function<String, Float> one;

        Plugin(boolean eachAlone, Function<String, Float> one) {
            this.eachAlone = eachAlone;
            this.one = one;
        }

        @Override
        public String name() {
            return "plugin";
        }

        @Override
        public boolean judgesEachAlone() {
            return eachAlone;
        }

        @Override
        public float[] score(List<RewardInput> batch) {
            calls.add(batch.size());
            float[] rewards = new float[batch.size()];
            for (int i = 0; i < rewards.length; i++) {
                rewards[i] = one.apply(batch.get(i).completion());
            }
            return rewards;
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 500})
    void aBatchIsOneCall(long limit) {
        Plugin plugin = new Plugin(true, Float::valueOf);
        GuardedReward.Scored scored = new GuardedReward(plugin, Duration.ofMillis(limit)).score(batch("1", "2", "NaN"));
        assertThat(scored.rewards()).containsExactly(1f, 2f, Float.NaN);
        assertThat(scored.failed()).containsExactly(false, false, false);
        assertThat(plugin.calls).containsExactly(3);
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 500})
    void anExceptionCostsOneCompletion(long limit) {
        Plugin plugin = new Plugin(true, Float::valueOf);
        GuardedReward.Scored scored = new GuardedReward(plugin, Duration.ofMillis(limit)).score(batch("1", "x", "3"));
        assertThat(scored.rewards()).containsExactly(1f, Float.NaN, 3f);
        assertThat(scored.failed()).containsExactly(false, true, false);
        assertThat(plugin.calls).containsExactly(3, 1, 1, 1);
    }

    @Test
    void anExceptionCostsTheQuestionWhereCompletionsAreCompared() {
        Plugin plugin = new Plugin(false, Float::valueOf);
        List<RewardInput> batch = new ArrayList<>();
        for (String text : List.of("1", "x", "3", "4")) {
            batch.add(new RewardInput(text, RewardCases.sample(batch.size() < 2 ? "first" : "second", "1")));
        }
        GuardedReward.Scored scored = new GuardedReward(plugin, NO_LIMIT).score(batch);
        assertThat(scored.rewards()).containsExactly(Float.NaN, Float.NaN, 3f, 4f);
        assertThat(scored.failed()).containsExactly(true, true, false, false);
        assertThat(plugin.calls).containsExactly(4, 2, 2);
    }

    @Test
    void aHangingCallCostsOneCompletion() {
        AtomicBoolean interrupted = new AtomicBoolean();
        Plugin plugin = new Plugin(true, text -> {
            if (text.equals("sleep")) {
                try {
                    Thread.sleep(60_000);
                } catch (InterruptedException e) {
                    interrupted.set(true);
                    throw new IllegalStateException(e);
                }
            }
            return Float.valueOf(text);
        });
        Assertions.assertTimeout(Duration.ofSeconds(10), () -> {
            GuardedReward.Scored scored = new GuardedReward(plugin, LIMIT).score(batch("1", "sleep", "3"));
            assertThat(scored.rewards()).containsExactly(1f, Float.NaN, 3f);
            assertThat(scored.failed()).containsExactly(false, true, false);
        });
        assertThat(interrupted).isTrue();
    }

    /** Nothing in Java stops a loop; it is left behind, and the run goes on. */
    @Test
    void aLoopThatCannotBeInterruptedIsLeftBehind() {
        AtomicBoolean over = new AtomicBoolean();
        Plugin plugin = new Plugin(true, text -> {
            while (text.equals("loop") && !over.get()) {
                Thread.onSpinWait();
            }
            return Float.valueOf(text);
        });
        try {
            GuardedReward guarded = new GuardedReward(plugin, LIMIT);
            assertThat(guarded.score(batch("loop", "2")).rewards()).containsExactly(Float.NaN, 2f);
            assertThat(guarded.score(batch("5", "6")).rewards()).containsExactly(5f, 6f);
        } finally {
            over.set(true);
        }
    }

    /** A service that is down must not take the limit once for each completion. */
    @Test
    void whereAllHangTheBatchTakesTwiceTheLimit() {
        Plugin plugin = new Plugin(true, text -> {
            try {
                Thread.sleep(60_000);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            return 0f;
        });
        long start = System.nanoTime();
        GuardedReward.Scored scored =
                new GuardedReward(plugin, LIMIT).score(batch("1".repeat(100).split("")));
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(LIMIT.multipliedBy(6));
        assertThat(scored.failed()).hasSize(100).doesNotContain(false);
        assertThat(plugin.calls).hasSizeLessThan(20);
    }

    @Test
    void nestedBracketsMayOverflowTheStack() {
        Plugin plugin = new Plugin(true, text -> text.equals("deep") ? recurse(text) : Float.valueOf(text));
        assertThat(new GuardedReward(plugin, NO_LIMIT).score(batch("deep", "1")).rewards())
                .containsExactly(Float.NaN, 1f);
        assertThat(new GuardedReward(plugin, LIMIT).score(batch("1", "deep")).rewards())
                .containsExactly(1f, Float.NaN);
    }

    @Test
    void whatTheMachineLacksIsNoFailureOfACompletion() {
        Plugin plugin = new Plugin(true, text -> {
            throw new OutOfMemoryError("test");
        });
        assertThatThrownBy(() -> new GuardedReward(plugin, LIMIT).score(batch("1")))
                .isInstanceOf(OutOfMemoryError.class);
        assertThatThrownBy(() -> new GuardedReward(plugin, NO_LIMIT).score(batch("1")))
                .isInstanceOf(OutOfMemoryError.class);
    }

    @Test
    void aWrongNumberOfRewardsIsAFailure() {
        RewardFunction wrong = new RewardFunction() {
            @Override
            public String name() {
                return "wrong";
            }

            @Override
            public float[] score(List<RewardInput> batch) {
                return batch.size() > 1 ? null : new float[2];
            }
        };
        GuardedReward.Scored scored = new GuardedReward(wrong, NO_LIMIT).score(batch("1", "2"));
        assertThat(scored.rewards()).containsExactly(Float.NaN, Float.NaN);
        assertThat(scored.failed()).containsExactly(true, true);
    }

    @Test
    void anInfiniteRewardIsAFailure() {
        Plugin plugin = new Plugin(true, Float::valueOf);
        GuardedReward.Scored scored = new GuardedReward(plugin, NO_LIMIT).score(batch("1", "-Infinity"));
        assertThat(scored.rewards()).containsExactly(1f, Float.NaN);
        assertThat(scored.failed()).containsExactly(false, true);
    }

    @Test
    void refusesANegativeLimit() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new GuardedReward(new FormatReward(), Duration.ofSeconds(-1)))
                .withMessageContaining("timeout: got PT-1S");
    }

    private static float recurse(String text) {
        return 1 + recurse(text + "(");
    }

    private static List<RewardInput> batch(String... completions) {
        List<RewardInput> batch = new ArrayList<>();
        for (String completion : completions) {
            batch.add(new RewardInput(completion, RewardCases.sample(String.valueOf(batch.size()), "1")));
        }
        return batch;
    }
}
