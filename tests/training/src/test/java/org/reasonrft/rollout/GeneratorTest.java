package org.reasonrft.rollout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CancellationException;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Device;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.reasonrft.Goldens;
import org.reasonrft.model.ModelDirectory;
import org.reasonrft.model.QwenModel;
import org.reasonrft.text.Tokenizer;
import org.reasonrft.torch.LiveObjects;
import org.reasonrft.torch.Torch;

class GeneratorTest {
    private static final long PADDING = 485;
    private static final GenerationOptions SAMPLING = GenerationOptions.sampling(24, 0.8f, 11);

    private static ModelDirectory directory;
    private static QwenModel model;
    private static List<Prompt> prompts;

    @BeforeAll
    static void load() throws IOException {
        directory = ModelDirectory.load(Goldens.DIRECTORY);
        model = directory.model();
        prompts = encode(directory, Goldens.QWEN2_VL.ownCases());
    }

    private static List<Prompt> encode(ModelDirectory checkpoint, List<Goldens.Case> cases) throws IOException {
        PromptEncoder encoder = new PromptEncoder(
                checkpoint.tokenizer(),
                checkpoint.template(),
                checkpoint.processor(),
                checkpoint.model().config(),
                0);
        List<Prompt> prompts = new ArrayList<>();
        for (Goldens.Case recorded : cases) {
            prompts.add(encoder.encode(recorded.question(), recorded.images()));
        }
        return prompts;
    }

    @AfterAll
    static void close() {
        directory.close();
    }

    /** All five prompts side by side, padded, pictures of five sizes: the tokens that transformers generates alone. */
    @ParameterizedTest
    @EnumSource
    void greedyTokensAreTheRecordedOnes(Goldens checkpoint) throws IOException {
        List<Goldens.Case> cases = checkpoint.ownCases();
        try (PointerScope scope = new PointerScope();
                ModelDirectory own = ModelDirectory.load(checkpoint.directory())) {
            Generator generator = new Generator(own.model(), PADDING, Set.of(), Set.of());
            List<Completion> completions =
                    generator.generate(encode(own, cases), 2, GenerationOptions.greedy(16), new long[5]);
            assertThat(completions).hasSize(10);
            for (int i = 0; i < 10; i++) {
                Completion completion = completions.get(i);
                assertThat(completion.ids())
                        .containsExactly(Torch.longs(cases.get(i / 2).tensor("generated")));
                assertThat(completion.stopped()).isFalse();
                assertThat(completion.contentIds()).isEqualTo(completion.ids());
            }
        }
    }

    @Test
    void aRowIsTheSameAloneAsInABatch() {
        Generator generator = Generator.forChat(directory);
        long[] keys = {50, 51, 52, 53, 54};
        List<Completion> together = generator.generate(prompts, 3, SAMPLING, keys);
        for (int prompt = 0; prompt < 5; prompt++) {
            List<Completion> alone =
                    generator.generate(List.of(prompts.get(prompt)), 3, SAMPLING, new long[] {keys[prompt]});
            for (int g = 0; g < 3; g++) {
                Completion batched = together.get(prompt * 3 + g);
                assertThat(alone.get(g).ids()).containsExactly(batched.ids());
                assertThat(alone.get(g).logProbs()).containsExactly(batched.logProbs());
            }
        }
        assertThat(together.get(0).ids()).isNotEqualTo(together.get(1).ids());
    }

    @Test
    void keysAndSeedsNameTheSamples() {
        Generator generator = Generator.forChat(directory);
        List<Prompt> twice = List.of(prompts.get(4), prompts.get(4));
        List<Completion> same = generator.generate(twice, 1, SAMPLING, new long[] {3, 3});
        assertThat(same.get(0).ids()).containsExactly(same.get(1).ids());
        List<Completion> other = generator.generate(twice, 1, SAMPLING, new long[] {3, 4});
        assertThat(other.get(0).ids()).containsExactly(same.get(0).ids());
        assertThat(other.get(1).ids()).isNotEqualTo(same.get(0).ids());
        List<Completion> reseeded =
                generator.generate(twice, 1, GenerationOptions.sampling(24, 0.8f, 12), new long[] {3, 3});
        assertThat(reseeded.get(0).ids()).isNotEqualTo(same.get(0).ids());
    }

    /** Asked before the prompts are decoded and before each further token, and by nobody else. */
    @Test
    void leavesBetweenTwoTokensWhenAskedTo() {
        Generator generator = new Generator(model, PADDING, Set.of(), Set.of());
        GenerationOptions options = GenerationOptions.greedy(12);
        int[] asked = {0};
        assertThatThrownBy(
                        () -> generator.generate(prompts.subList(0, 2), 2, options, new long[2], () -> ++asked[0] == 5))
                .isInstanceOf(CancellationException.class);
        assertThat(asked[0]).isEqualTo(5);
        asked[0] = 0;
        List<Completion> whole = generator.generate(prompts.subList(0, 2), 2, options, new long[2], () -> {
            asked[0]++;
            return false;
        });
        assertThat(asked[0]).isEqualTo(12);
        assertThat(whole.get(3).ids())
                .as("what was broken off leaves no trace")
                .containsExactly(generator
                        .generate(prompts.subList(0, 2), 2, options, new long[2])
                        .get(3)
                        .ids());
    }

    /** Against one pass over prompt and completion, by way of log_softmax. */
    @Test
    void logProbsAreThoseOfTheModel() {
        Generator generator = Generator.forChat(directory);
        for (float temperature : new float[] {0, 0.8f}) {
            GenerationOptions options = new GenerationOptions(12, temperature, 20, 0.9f, 0.01f, 5);
            Completion completion = generator
                    .generate(prompts.subList(1, 2), 1, options, new long[] {1})
                    .get(0);
            try (PointerScope scope = new PointerScope();
                    NoGradGuard noGrad = new NoGradGuard()) {
                PromptBatch batch = PromptBatch.of(prompts.subList(1, 2), PADDING);
                QwenModel.Decoded prompt = batch.prefill(model);
                int inputs = completion.ids().length - 1;
                Tensor ids = Torch.tensor(Arrays.copyOf(completion.ids(), inputs), 1, inputs);
                Tensor rest = model.decode(
                                model.embed(ids), batch.completionPositions(1, inputs), null, prompt.keyValues())
                        .hidden();
                Tensor first = prompt.hidden().narrow(1, batch.length() - 1L, 1);
                double divisor = temperature == 0 ? 1 : temperature;
                float[] logProbs = Torch.floats(model.logits(torch.cat(new TensorVector(first, rest), 1))
                        .div(new Scalar(divisor))
                        .log_softmax(2));
                for (int t = 0; t < completion.ids().length; t++) {
                    assertThat(completion.logProbs()[t])
                            .isCloseTo(logProbs[t * 1024 + (int) completion.ids()[t]], within(1e-4f));
                }
            }
        }
    }

    /** A stop set so large that rows end at many different steps: rows are dropped on the way. */
    @Test
    void rowsEndAtStopTokensAndTheOthersGoOn() {
        Set<Long> stops = new HashSet<>();
        for (long id = 0; id < 60; id++) {
            stops.add(id);
        }
        Generator stopping = new Generator(model, PADDING, stops, Set.of());
        Generator endless = new Generator(model, PADDING, Set.of(), Set.of());
        long[] keys = {1, 2, 3, 4, 5};
        List<Completion> stopped = stopping.generate(prompts, 8, SAMPLING, keys);
        List<Completion> whole = endless.generate(prompts, 8, SAMPLING, keys);
        Set<Integer> lengths = new HashSet<>();
        for (int i = 0; i < stopped.size(); i++) {
            Completion completion = stopped.get(i);
            int length = completion.ids().length;
            lengths.add(length);
            assertThat(completion.ids())
                    .containsExactly(Arrays.copyOf(whole.get(i).ids(), length));
            for (int t = 0; t < length; t++) {
                boolean last = t == length - 1;
                assertThat(stops.contains(completion.ids()[t])).isEqualTo(last && completion.stopped());
            }
            assertThat(completion.stopped() || length == 24).isTrue();
            assertThat(completion.contentIds()).hasSize(completion.stopped() ? length - 1 : length);
        }
        assertThat(lengths.size()).as("the test needs rows of many lengths").isGreaterThan(8);
    }

    @Test
    void forbiddenTokensNeverComeUp() {
        Generator generator = Generator.forChat(directory);
        // So hot that every token is about as probable as any other.
        List<Completion> completions =
                generator.generate(prompts, 8, GenerationOptions.sampling(32, 1000, 1), new long[] {1, 2, 3, 4, 5});
        long count = completions.stream()
                .flatMapToLong(completion -> Arrays.stream(completion.ids()))
                .peek(id -> assertThat(id)
                        .satisfiesAnyOf(
                                ordinary -> assertThat(ordinary).isLessThan(485),
                                // <|im_end|>, and <|endoftext|>, which generation_config.json stops at, too.
                                stop -> assertThat(stop).isIn(485L, 487L)))
                .count();
        assertThat(count).isGreaterThan(1000);
    }

    /** Every string of two characters that came up in a run without stop strings ends its row there, and no other. */
    @Test
    void rowsEndWithTheTokenThatCompletesAStopString() {
        Generator generator = Generator.forChat(directory);
        long[] keys = {1, 2, 3, 4, 5};
        List<Completion> whole = generator.generate(prompts, 4, SAMPLING, keys);
        List<String> texts = whole.stream().map(GeneratorTest::text).toList();
        String stop = texts.get(7).substring(9, 11);
        List<Completion> stopped =
                generator.generate(prompts, 4, SAMPLING.withStopStrings(List.of("never written", stop)), keys);
        for (int i = 0; i < whole.size(); i++) {
            Completion completion = stopped.get(i);
            assertThat(completion.ids())
                    .containsExactly(Arrays.copyOf(whole.get(i).ids(), completion.ids().length));
            if (texts.get(i).contains(stop)) {
                assertThat(completion.end()).isEqualTo(Completion.End.STOP_STRING);
                assertThat(completion.stopped()).isTrue();
                assertThat(completion.contentIds()).isEqualTo(completion.ids());
                long[] before = Arrays.copyOf(completion.ids(), completion.ids().length - 1);
                assertThat(text(completion)).contains(stop);
                assertThat(directory.tokenizer().decode(before, Tokenizer.SpecialTokens.KEEP))
                        .doesNotContain(stop);
            } else {
                assertThat(completion.end()).isEqualTo(whole.get(i).end());
            }
        }
        assertThat(stopped.get(7).end()).isEqualTo(Completion.End.STOP_STRING);
    }

    private static String text(Completion completion) {
        return directory.tokenizer().decode(completion.ids(), Tokenizer.SpecialTokens.KEEP);
    }

    /** Worked out from the logits of single passes; the log-probs returned are those without the penalty. */
    @Test
    void theRepetitionPenaltyWeighsTokensSeen() {
        Generator generator = new Generator(model, PADDING, Set.of(), Set.of());
        float penalty = 1.7f;
        Completion completion = generator
                .generate(
                        prompts.subList(4, 5),
                        1,
                        GenerationOptions.greedy(10).withRepetitionPenalty(penalty),
                        new long[1])
                .get(0);
        Set<Long> seen = new HashSet<>();
        Arrays.stream(prompts.get(4).ids()).forEach(seen::add);
        boolean changed = false;
        for (int t = 0; t < 10; t++) {
            float[] logits = logits(prompts.get(4), Arrays.copyOf(completion.ids(), t));
            long plain = 0;
            long best = 0;
            double bestScore = Double.NEGATIVE_INFINITY;
            double sum = 0;
            for (int id = 0; id < logits.length; id++) {
                float score = !seen.contains((long) id)
                        ? logits[id]
                        : logits[id] < 0 ? logits[id] * penalty : logits[id] / penalty;
                best = score > bestScore ? id : best;
                bestScore = Math.max(bestScore, score);
                plain = logits[id] > logits[(int) plain] ? id : plain;
                sum += Math.exp(logits[id]);
            }
            changed |= plain != best;
            assertThat(completion.ids()[t]).isEqualTo(best);
            assertThat(completion.logProbs()[t]).isCloseTo((float) (logits[(int) best] - Math.log(sum)), within(1e-4f));
            seen.add(best);
        }
        assertThat(changed).as("the penalty must matter").isTrue();
    }

    private static float[] logits(Prompt prompt, long[] completion) {
        try (PointerScope scope = new PointerScope();
                NoGradGuard noGrad = new NoGradGuard()) {
            PromptBatch batch = PromptBatch.of(List.of(prompt), PADDING);
            QwenModel.Decoded decoded = batch.prefill(model);
            Tensor hidden = decoded.hidden();
            if (completion.length > 0) {
                Tensor ids = Torch.tensor(completion, 1, completion.length);
                hidden = model.decode(
                                model.embed(ids),
                                batch.completionPositions(1, completion.length),
                                null,
                                decoded.keyValues())
                        .hidden();
            }
            return Torch.floats(model.logits(hidden.select(1, hidden.size(1) - 1)));
        }
    }

    /** Rows without padding, by our kernels, against padded rows by libtorch; rows are dropped on the way. */
    @ParameterizedTest
    @EnumSource
    void bothWaysOfDecodingGiveTheSameLogits(Goldens checkpoint) throws IOException {
        try (PointerScope scope = new PointerScope();
                NoGradGuard noGrad = new NoGradGuard();
                ModelDirectory own = ModelDirectory.load(checkpoint.directory())) {
            List<Prompt> five = encode(own, checkpoint.ownCases());
            GenerationOptions options = GenerationOptions.greedy(8);
            CompletionRow[] rows = new CompletionRow[10];
            for (int i = 0; i < 10; i++) {
                rows[i] = new CompletionRow(i, i, five.get(i / 2), options);
            }
            try (Decoding unpadded = new SequenceDecoding(own.model(), five, 2, 8);
                    Decoding padded = new PaddedDecoding(own.model(), five, PADDING, 2, 8)) {
                assertClose(unpadded.first(), padded.first(), 1e-4);
                for (int step = 0; step < 6; step++) {
                    for (int i = 0; i < rows.length; i++) {
                        rows[i].append(17 * step + i, 0, false, new StopText(null, List.of()));
                    }
                    if (step == 2) {
                        long[] kept = {9, 1, 8, 3, 4, 7};
                        unpadded.keep(kept);
                        padded.keep(kept);
                        CompletionRow[] before = rows;
                        rows = Arrays.stream(kept)
                                .mapToObj(i -> before[(int) i])
                                .toArray(CompletionRow[]::new);
                    }
                    assertClose(unpadded.next(rows), padded.next(rows), 1e-4);
                }
            }
        }
    }

    private static void assertClose(Tensor actual, Tensor wanted, double bound) {
        assertThat(actual.shape()).isEqualTo(wanted.shape());
        assertThat(actual.sub(wanted).abs().max().item_float()).isLessThanOrEqualTo((float) bound);
    }

    /** Models in another type than float32 are decoded padded; their log-probs are those of one pass, roughly. */
    @Test
    void bfloat16Generates() throws IOException {
        try (PointerScope scope = new PointerScope();
                Device device = new Device("cpu");
                QwenModel half = QwenModel.load(Goldens.DIRECTORY, ScalarType.BFloat16, device)) {
            assertThat(half.decodesSequences()).isFalse();
            Generator generator = new Generator(half, PADDING, Set.of(3L), Set.of());
            List<Completion> completions = generator.generate(prompts, 3, SAMPLING, new long[] {1, 2, 3, 4, 5});
            assertThat(completions).hasSize(15).allMatch(c -> c.stopped() || c.ids().length == 24);
            assertThatThrownBy(() -> half.sequenceCache(1, 1)).isInstanceOf(IllegalStateException.class);
        }
    }

    /** A huge penalty and a hot distribution: what has been drawn is all but impossible to draw again. */
    @Test
    void thePenaltyWorksWhenSampling() {
        Generator generator = new Generator(model, PADDING, Set.of(), Set.of());
        GenerationOptions options = GenerationOptions.sampling(40, 0.5f, 2);
        int plain = repetitions(generator.generate(prompts, 2, options, new long[5]));
        int penalised = repetitions(generator.generate(prompts, 2, options.withRepetitionPenalty(1e4f), new long[5]));
        assertThat(plain).isGreaterThan(20);
        assertThat(penalised).isLessThan(plain / 4);
    }

    private static int repetitions(List<Completion> completions) {
        return completions.stream()
                .mapToInt(c ->
                        c.ids().length - (int) Arrays.stream(c.ids()).distinct().count())
                .sum();
    }

    @Test
    void leavesNothingBehind() {
        Generator generator = Generator.forChat(directory);
        long before = LiveObjects.settled();
        generator.generate(prompts, 2, SAMPLING, new long[5]);
        assertThat(Torch.liveObjects()).isEqualTo(before);
    }

    @Test
    void refusesNonsense() {
        Generator generator = new Generator(model, PADDING, Set.of(), Set.of());
        assertThat(generator.generate(List.of(), 4, SAMPLING, new long[0])).isEmpty();
        assertThatThrownBy(() -> generator.generate(prompts, 0, SAMPLING, new long[5]))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("groupSize");
        assertThatThrownBy(() -> generator.generate(prompts, 1, SAMPLING, new long[4]))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("promptKeys has 4 keys for 5 prompts");
        assertThatThrownBy(() -> generator.generate(prompts, 1, SAMPLING.withStopStrings(List.of("x")), new long[5]))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("stopStrings");
        assertThatThrownBy(() -> new Generator(model, 1024, Set.of(), Set.of()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("paddingId: token 1024 lies outside the vocabulary of 1024");
        assertThatThrownBy(() -> new Generator(model, PADDING, Set.of(7L), Set.of(7L)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("both a stop token and forbidden");
    }
}
