package org.reasonrft.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.Arrays;
import java.util.stream.IntStream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.reasonrft.torch.Torch;

/** Decoding sequences without padding, when only some tokens' hidden states are wanted. */
class SequenceCacheTest {
    private static final int TOKENS = 9;

    private final QwenModel model = TinyModel.create(3);
    private final long[] sequences = {0, 0, 0, 0, 0, 1, 1, 1, 1};
    private final long[] places = {0, 1, 2, 3, 4, 0, 1, 2, 3};
    private PointerScope scope;

    @BeforeEach
    void open() {
        scope = new PointerScope();
    }

    @AfterEach
    void close() {
        scope.close();
        model.close();
    }

    private Tensor decode(SequenceCache cache, long... wanted) {
        Tensor embeddings =
                model.embed(Torch.tensor(TinyModel.ids(1, TOKENS), 1, TOKENS)).squeeze(0);
        Tensor positions = TinyModel.positions(0, 1, TOKENS).squeeze(1);
        return model.decode(embeddings, positions, sequences, places, wanted, cache);
    }

    /** The next token of both sequences. */
    private float[] next(SequenceCache cache) {
        Tensor embeddings = model.embed(Torch.tensor(TinyModel.ids(2, 2), 1, 2)).squeeze(0);
        return Torch.floats(model.decode(
                embeddings,
                TinyModel.positions(4, 1, 2).squeeze(1),
                new long[] {0, 1},
                new long[] {5, 4},
                null,
                cache));
    }

    @Test
    void wantedTokensHaveTheBitsOfAllTokens() {
        try (SequenceCache all = model.sequenceCache(2, TOKENS);
                SequenceCache some = model.sequenceCache(2, TOKENS)) {
            int hidden = model.config().text().hiddenSize();
            float[] whole = Torch.floats(decode(all, (long[]) null));
            float[] part = Torch.floats(decode(some, 8, 4));
            assertThat(part).hasSize(2 * hidden);
            assertThat(part)
                    .containsExactly(IntStream.of(8, 4)
                            .mapToObj(token -> Arrays.copyOfRange(whole, token * hidden, (token + 1) * hidden))
                            .reduce(new float[0], SequenceCacheTest::joined));
            assertThat(next(some)).containsExactly(next(all));
        }
    }

    private static float[] joined(float[] a, float[] b) {
        float[] result = Arrays.copyOf(a, a.length + b.length);
        System.arraycopy(b, 0, result, a.length, b.length);
        return result;
    }

    @Test
    void indicesAreChecked() {
        try (SequenceCache cache = model.sequenceCache(2, TOKENS)) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> decode(cache, 0, 9))
                    .withMessage("wanted: got index 9 among 9 tokens");
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> decode(cache, -1))
                    .withMessage("wanted: got index -1 among 9 tokens");
        }
    }
}
