package org.reasonrft.kernels;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.within;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Random;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.bytedeco.javacpp.BytePointer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** The head fused in, against {@link LogProbs} on logits that were made whole, with a matrix product of plain loops. */
class LinearLogProbsTest {

    private static final int WIDTH = 6;

    private final Random random = new Random(7);

    /** Float32 with any strides, from the views' own memory: what an embedder's library would get to see. */
    static final MatrixProduct LOOPS = (a, b, c, accumulate) -> {
        ByteBuffer left = bytes(a);
        ByteBuffer right = bytes(b);
        ByteBuffer result = bytes(c);
        for (long m = 0; m < c.size(0); m++) {
            for (long n = 0; n < c.size(1); n++) {
                int to = position(c, m, n);
                double sum = accumulate ? result.getFloat(to) : 0;
                for (long k = 0; k < a.size(1); k++) {
                    sum += (double) left.getFloat(position(a, m, k)) * right.getFloat(position(b, k, n));
                }
                result.putFloat(to, (float) sum);
            }
        }
    };

    private static ByteBuffer bytes(View view) {
        return new BytePointer(view.pointer()).asByteBuffer().order(ByteOrder.nativeOrder());
    }

    private static int position(View view, long row, long column) {
        return (int) ((row * view.stride(0) + column * view.stride(1)) * Float.BYTES);
    }

    private View gaussians(double scale, long... shape) {
        int count = 1;
        for (long size : shape) {
            count *= (int) size;
        }
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = (float) (scale * random.nextGaussian());
        }
        return View.copyOf(values, shape);
    }

    private View ids(int rows, int vocabulary) {
        return View.copyOf(random.longs(rows, 0, vocabulary).toArray(), rows);
    }

    /** Buffers of one row and tile, of several rows, and of everything; V with and without a ragged last tile. */
    @ParameterizedTest
    @CsvSource({"5, 9000, 16384", "5, 8192, 40000", "7, 9001, 1048576", "1, 3, 16384", "4, 4096, 16777216"})
    void givesWhatWholeLogitsGive(int rows, int vocabulary, long bufferBytes) {
        View hidden = gaussians(1, rows, WIDTH);
        View weight = gaussians(1, vocabulary, WIDTH);
        View ids = ids(rows, vocabulary);
        byte[] mask = new byte[rows];
        for (int i = 0; i < rows; i++) {
            mask[i] = (byte) (i == 2 ? 0 : 1);
        }
        View maskView = View.copyOf(mask, rows);
        View temperatures =
                View.copyOf(new float[] {1, 0.6f, 2, 0.9f, 1.1f, 1, 0.5f}, 7).narrow(0, 0, rows);
        View gradLogProbs = gaussians(1, rows);
        View gradEntropy = gaussians(0.1, rows);

        View logits = View.allocate(DType.F32, rows, vocabulary);
        LOOPS.multiply(hidden, weight.transpose(0, 1), logits, false);
        View[] expected = outputs(rows);
        LogProbs whole = LogProbs.of(logits, ids).mask(maskView).temperatures(temperatures);
        whole.logSumExp(expected[1]).entropy(expected[2]).forward(expected[0]);
        whole.gradEntropy(gradEntropy).backward(gradLogProbs, logits);
        View gradHidden = View.allocate(DType.F32, rows, WIDTH);
        View gradWeight = View.allocate(DType.F32, vocabulary, WIDTH);
        LOOPS.multiply(logits, weight, gradHidden, false);
        LOOPS.multiply(logits.transpose(0, 1), hidden, gradWeight, false);

        View[] actual = outputs(rows);
        LinearLogProbs head = LinearLogProbs.of(hidden, weight, ids, LOOPS)
                .mask(maskView)
                .temperatures(temperatures)
                .bufferBytes(bufferBytes)
                .logSumExp(actual[1])
                .entropy(actual[2])
                .gradEntropy(gradEntropy);
        head.forward(actual[0]);
        View actualGradHidden = gaussians(1, rows, WIDTH); // to be replaced
        View actualGradWeight = gaussians(1, vocabulary, WIDTH);
        head.backward(gradLogProbs, actualGradHidden, actualGradWeight);

        for (int i = 0; i < 3; i++) {
            assertThat(actual[i].toFloatArray()).isEqualTo(expected[i].toFloatArray());
        }
        assertThat(actualGradHidden.toFloatArray()).containsExactly(gradHidden.toFloatArray(), within(2e-6f));
        assertThat(actualGradWeight.toFloatArray()).containsExactly(gradWeight.toFloatArray(), within(2e-6f));

        head.accumulateGradWeight(true).backward(gradLogProbs, null, actualGradWeight);
        float[] twice = gradWeight.toFloatArray();
        for (int i = 0; i < twice.length; i++) {
            twice[i] *= 2;
        }
        assertThat(actualGradWeight.toFloatArray()).containsExactly(twice, within(4e-6f));
    }

    private static View[] outputs(int rows) {
        return new View[] {
            View.allocate(DType.F32, rows), View.allocate(DType.F32, rows), View.allocate(DType.F32, rows)
        };
    }

    /** No call sees more logits than the buffer holds. */
    @Test
    void makesNoMoreLogitsThanTheBufferHolds() {
        int rows = 20;
        int vocabulary = 20000;
        long[] most = {0};
        MatrixProduct counting = (a, b, c, accumulate) -> {
            if (c.size(1) != WIDTH) {
                most[0] = Math.max(most[0], c.elements() * Float.BYTES);
                assertThat(c.size(1) % LogitTiles.ALIGNMENT == 0 || c.size(1) == vocabulary % LogitTiles.ALIGNMENT)
                        .isTrue();
            }
            LOOPS.multiply(a, b, c, accumulate);
        };
        LinearLogProbs head = LinearLogProbs.of(
                        gaussians(1, rows, WIDTH), gaussians(1, vocabulary, WIDTH), ids(rows, vocabulary), counting)
                .bufferBytes(200_000);
        View logProbs = View.allocate(DType.F32, rows);
        head.forward(logProbs);
        head.backward(logProbs, View.allocate(DType.F32, rows, WIDTH), null);
        assertThat(most[0]).isBetween(100_000L, 200_000L);
    }

    @ParameterizedTest
    @EnumSource(names = {"REFERENCE", "CPU"})
    void tilesOfAnySize(Backend backend) {
        int rows = 3;
        int vocabulary = 50;
        View logits = gaussians(3, rows, vocabulary);
        View ids = ids(rows, vocabulary);
        View expected = View.allocate(DType.F32, rows);
        LogProbs whole = LogProbs.of(logits, ids).backend(Backend.REFERENCE).temperature(0.8);
        whole.forward(expected);
        View gradLogProbs = gaussians(1, rows);
        View expectedGradient = View.allocate(DType.F32, rows, vocabulary);
        whole.backward(gradLogProbs, expectedGradient);

        View actual = View.allocate(DType.F32, rows);
        View gradient = View.allocate(DType.F32, rows, vocabulary);
        LogitTiles tiles = LogitTiles.of(ids, vocabulary).temperature(0.8).backend(backend);
        for (int begin = 0; begin < vocabulary; begin += 17) {
            tiles.merge(begin, logits.narrow(1, begin, Math.min(17, vocabulary - begin)));
        }
        tiles.finish(actual);
        for (int begin : new int[] {20, 0, 43}) {
            int size = begin == 43 ? 7 : begin == 20 ? 23 : 20;
            tiles.backward(begin, logits.narrow(1, begin, size), gradLogProbs, gradient.narrow(1, begin, size));
        }
        assertThat(actual.toFloatArray()).containsExactly(expected.toFloatArray(), within(1e-6f));
        assertThat(gradient.toFloatArray()).containsExactly(expectedGradient.toFloatArray(), within(1e-6f));
    }

    @Test
    void noRows() {
        View none = View.allocate(DType.F32, 0);
        LinearLogProbs head = LinearLogProbs.of(
                View.allocate(DType.F32, 0, WIDTH), gaussians(1, 5, WIDTH), View.allocate(DType.I64, 0), LOOPS);
        View gradWeight = gaussians(1, 5, WIDTH);
        head.forward(none);
        head.backward(none, View.allocate(DType.F32, 0, WIDTH), gradWeight);
        assertThat(gradWeight.toFloatArray()).containsOnly(0);
    }

    private static void refused(String message, ThrowingCallable call) {
        assertThatIllegalArgumentException().isThrownBy(call).withMessageContaining(message);
    }

    @Test
    void badArgumentsAreNamed() {
        View hidden = gaussians(1, 3, WIDTH);
        View weight = gaussians(1, 9, WIDTH);
        View ids = ids(3, 9);
        refused("hidden: null", () -> LinearLogProbs.of(null, weight, ids, LOOPS));
        refused("hidden: F32 (3)", () -> LinearLogProbs.of(View.allocate(DType.F32, 3), weight, ids, LOOPS));
        refused("weight: F32 (9, 5)", () -> LinearLogProbs.of(hidden, weight.narrow(1, 0, 5), ids, LOOPS));
        refused("weight: BF16", () -> LinearLogProbs.of(hidden, View.allocate(DType.BF16, 9, WIDTH), ids, LOOPS));
        refused("contiguous", () -> LinearLogProbs.of(gaussians(1, WIDTH, 3).transpose(0, 1), weight, ids, LOOPS));
        refused(
                "hidden: width: 0",
                () -> LinearLogProbs.of(hidden.narrow(1, 0, 0), weight.narrow(1, 0, 0), ids, LOOPS));
        refused("weight: vocabulary: 0", () -> LinearLogProbs.of(hidden, weight.narrow(0, 0, 0), ids, LOOPS));
        refused("tokenIds: I64 (2)", () -> LinearLogProbs.of(hidden, weight, ids.narrow(0, 0, 2), LOOPS));
        refused("product: null", () -> LinearLogProbs.of(hidden, weight, ids, null));
        LinearLogProbs head = LinearLogProbs.of(hidden, weight, ids, LOOPS);
        refused("temperature: -1.0", () -> head.temperature(-1));
        refused("threads: -1", () -> head.threads(-1));
        refused("workspace: F32 (5)", () -> head.workspace(View.allocate(DType.F32, 5)));
        refused("workspace: bytes: 5; wanted at least 1068", () -> head.workspace(View.allocate(DType.U8, 5)));
        refused("bufferBytes: 16383; wanted at least 16384", () -> head.bufferBytes(16383));
        refused("bufferBytes: 4294967296", () -> head.bufferBytes(1L << 32));
        refused("mask: F32 (3)", () -> head.mask(View.allocate(DType.F32, 3)));
        refused("entropy: F32 (4)", () -> head.entropy(View.allocate(DType.F32, 4)));

        View logProbs = View.allocate(DType.F32, 3);
        refused("logProbs: null", () -> head.forward(null));
        refused(
                "logProbs: F32 (3) overlaps hidden",
                () -> head.forward(hidden.reshape(18).narrow(0, 4, 3)));
        View gradHidden = View.allocate(DType.F32, 3, WIDTH);
        View gradWeight = View.allocate(DType.F32, 9, WIDTH);
        assertThatIllegalStateException().isThrownBy(() -> head.backward(logProbs, gradHidden, gradWeight));
        head.forward(logProbs);
        refused("gradHidden: F32 (3, 6) overlaps hidden", () -> head.backward(logProbs, hidden, gradWeight));
        refused("gradWeight: F32 (9, 6) overlaps weight", () -> head.backward(logProbs, gradHidden, weight));
        refused("gradHidden: F32 (3, 5)", () -> head.backward(logProbs, gradHidden.narrow(1, 0, 5), gradWeight));
        refused("gradLogProbs: F32 (2)", () -> head.backward(logProbs.narrow(0, 0, 2), gradHidden, gradWeight));
        head.temperature(0.5);
        assertThatIllegalStateException()
                .isThrownBy(() -> head.backward(logProbs, gradHidden, gradWeight))
                .withMessageContaining("after a change");
        LinearLogProbs badIds = LinearLogProbs.of(hidden, weight, View.copyOf(new long[] {0, 9, 1}, 3), LOOPS);
        refused("token_ids[1] is 9, wanted 0 to 8", () -> badIds.forward(logProbs));
    }

    @Test
    void tilesOutOfOrderAreNamed() {
        View tile = gaussians(1, 2, 5);
        View logProbs = View.allocate(DType.F32, 2);
        LogitTiles tiles = LogitTiles.of(ids(2, 10), 10);
        refused("begin: -1", () -> tiles.merge(-1, tile));
        refused("logits: null", () -> tiles.merge(0, null));
        refused("logits: vocabulary of the tile: 0", () -> tiles.merge(0, tile.narrow(1, 0, 0)));
        refused("logits: F32 (1, 5)", () -> tiles.merge(0, tile.narrow(0, 0, 1)));
        refused("tile_begin + tile_size is 6 + 5", () -> tiles.merge(6, tile));
        tiles.merge(0, tile);
        refused("state has 5 of 10", () -> tiles.finish(logProbs));
        tiles.merge(5, tile);
        refused("tile_begin is 5, wanted 10 where the tile before ended", () -> tiles.merge(5, tile));
    }
}
