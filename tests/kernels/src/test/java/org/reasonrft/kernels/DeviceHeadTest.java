package org.reasonrft.kernels;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** {@link LinearLogProbs} and {@link LogitTiles} on device memory ({@link DeviceTest}), against the processor's. */
@Tag("device")
class DeviceHeadTest {

    private static final int ROWS = 5;
    private static final int WIDTH = 6;

    /** Plain loops over copies: the products themselves are not under test. */
    private static final MatrixProduct THROUGH_THE_PROCESSOR = (a, b, c, accumulate) -> {
        View result = DeviceArrays.fetch(c);
        LinearLogProbsTest.LOOPS.multiply(DeviceArrays.fetch(a), DeviceArrays.fetch(b), result, accumulate);
        DeviceArrays.write(c, result);
    };

    private final DeviceArrays device = new DeviceArrays();
    private final Random random = new Random(21);

    @AfterEach
    void release() {
        device.release();
    }

    private View gaussians(int... shape) {
        float[] values = new float[shape[0] * (shape.length > 1 ? shape[1] : 1)];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return shape.length > 1 ? View.copyOf(values, shape[0], shape[1]) : View.copyOf(values, shape[0]);
    }

    private View ids(int vocabulary) {
        return View.copyOf(random.longs(ROWS, 0, vocabulary).toArray(), ROWS);
    }

    private static void close(View actual, View expected) {
        assertThat(actual.toFloatArray()).containsExactly(expected.toFloatArray(), within(3e-6f));
    }

    /** One tile; tiles of some rows at a time; a ragged last tile. */
    @ParameterizedTest
    @CsvSource({"4096, 16777216", "9001, 16384", "9001, 81920"})
    void theHead(int vocabulary, long bufferBytes) {
        View hidden = gaussians(ROWS, WIDTH);
        View weight = gaussians(vocabulary, WIDTH);
        View ids = ids(vocabulary);
        View mask = View.copyOf(new byte[] {1, 1, 0, 1, 1}, ROWS);
        View gradLogProbs = gaussians(ROWS);
        View gradEntropy = gaussians(ROWS);
        View[] expected = {
            View.allocate(DType.F32, ROWS),
            View.allocate(DType.F32, ROWS),
            View.allocate(DType.F32, ROWS),
            View.allocate(DType.F32, ROWS, WIDTH),
            View.allocate(DType.F32, vocabulary, WIDTH)
        };
        LinearLogProbs there = LinearLogProbs.of(hidden, weight, ids, LinearLogProbsTest.LOOPS)
                .mask(mask)
                .temperature(0.8)
                .logSumExp(expected[1])
                .entropy(expected[2])
                .gradEntropy(gradEntropy);
        there.forward(expected[0]);
        there.backward(gradLogProbs, expected[3], expected[4]);

        View[] actual = new View[expected.length];
        for (int i = 0; i < actual.length; i++) {
            actual[i] = device.copyOf(i < 4 ? expected[i] : gaussians(vocabulary, WIDTH)); // to be replaced
        }
        LinearLogProbs head = LinearLogProbs.of(
                        device.copyOf(hidden), device.copyOf(weight), device.copyOf(ids), THROUGH_THE_PROCESSOR)
                .mask(device.copyOf(mask))
                .temperature(0.8)
                .bufferBytes(bufferBytes)
                .logSumExp(actual[1])
                .entropy(actual[2])
                .gradEntropy(device.copyOf(gradEntropy));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> head.forward(actual[0]))
                .withMessage("workspace: not set; wanted " + head.workspaceBytes() + " bytes of memory of cuda:0");
        head.workspace(device.allocate(DType.U8, head.workspaceBytes()));
        head.forward(actual[0]);
        head.backward(device.copyOf(gradLogProbs), actual[3], actual[4]);
        for (int i = 0; i < actual.length; i++) {
            close(actual[i], expected[i]);
        }
    }

    @Test
    void tilesOfAnySize() {
        int vocabulary = 300;
        View logits = gaussians(ROWS, vocabulary);
        View ids = ids(vocabulary);
        View gradLogProbs = gaussians(ROWS);
        View expected = View.allocate(DType.F32, ROWS);
        View expectedGradient = View.allocate(DType.F32, ROWS, vocabulary);
        LogProbs.of(logits, ids).backend(Backend.REFERENCE).forward(expected);
        LogProbs.of(logits, ids).backend(Backend.REFERENCE).backward(gradLogProbs, expectedGradient);

        View there = device.copyOf(logits);
        View logProbs = device.allocate(DType.F32, ROWS);
        LogitTiles tiles = LogitTiles.of(
                device.copyOf(ids), vocabulary, device.allocate(DType.I64, ROWS, LogitTiles.STATE_BYTES / Long.BYTES));
        int[] ends = {1, 100, 101, 290, vocabulary};
        int begin = 0;
        for (int end : ends) {
            tiles.merge(begin, there.narrow(1, begin, end - begin));
            begin = end;
        }
        tiles.finish(logProbs);
        close(logProbs, expected);
        begin = 0;
        for (int end : ends) {
            View tile = there.narrow(1, begin, end - begin);
            tiles.backward(begin, tile, device.copyOf(gradLogProbs), tile);
            begin = end;
        }
        close(there, expectedGradient);
    }
}
