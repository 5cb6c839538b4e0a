package org.reasonrft.kernels;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import java.util.Random;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

/** {@link DecoderLayer} and {@link Linear}: both backends against each other, and every argument refused by its name. */
class DecoderLayerTest {
    private static final int HIDDEN = 24;
    private static final int INNER = 40;
    private static final int HEADS = 6;
    private static final int KEY_HEADS = 2;
    private static final int SIZE = 4;
    private static final int PLACES = 32;

    private final Random random = new Random(7);
    private final View norm = random(HIDDEN);
    private final View qkv = random((HEADS + 2 * KEY_HEADS) * SIZE, HIDDEN);
    private final View qkvBias = random((HEADS + 2 * KEY_HEADS) * SIZE);
    private final View out = random(HIDDEN, HEADS * SIZE);
    private final View gateUp = random(2 * INNER, HIDDEN);
    private final View down = random(HIDDEN, INNER);

    private View random(long... shape) {
        long count = 1;
        for (long size : shape) {
            count *= size;
        }
        float[] values = new float[(int) count];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) (0.3 * random.nextGaussian());
        }
        return View.copyOf(values, shape);
    }

    private DecoderLayer.Weights weights() {
        return new DecoderLayer.Weights(norm, qkv, qkvBias, out, norm, gateUp, down);
    }

    private DecoderLayer layer() {
        return DecoderLayer.of(weights(), HEADS, KEY_HEADS, 1e-6);
    }

    /** Two sequences of 20 and 9 tokens. */
    private DecoderLayer.Tokens tokens() {
        long[] sequence = new long[29];
        long[] place = new long[29];
        for (int i = 0; i < 29; i++) {
            sequence[i] = i < 20 ? 0 : 1;
            place[i] = i < 20 ? i : i - 20;
        }
        return new DecoderLayer.Tokens(
                View.copyOf(sequence, 29), View.copyOf(place, 29), random(29, SIZE / 2), random(29, SIZE / 2));
    }

    private static View keys() {
        return View.allocate(DType.F32, 2, KEY_HEADS, SIZE, PLACES);
    }

    private static View values() {
        return View.allocate(DType.F32, 2, KEY_HEADS, PLACES, SIZE);
    }

    private static void assertNear(View actual, View wanted) {
        for (int i = 0; i < wanted.elements(); i++) {
            assertThat(actual.floats().get(i)).isCloseTo(wanted.floats().get(i), within(2e-5f));
        }
    }

    @Test
    void backendsAgree() {
        DecoderLayer.Tokens tokens = tokens();
        View x = random(29, HIDDEN);
        float[] values = new float[29 * HIDDEN];
        x.floats().get(values);
        View copy = View.copyOf(values, 29, HIDDEN);
        View keys = keys();
        View otherKeys = keys();
        layer().forward(x, tokens, keys, values());
        layer().backend(Backend.REFERENCE).forward(copy, tokens, otherKeys, values());
        assertThat(x.floats().get(0)).isNotEqualTo(values[0]);
        assertNear(x, copy);
        assertNear(keys, otherKeys);
    }

    @Test
    void cachingAloneLeavesTheTokens() {
        DecoderLayer.Tokens tokens = tokens();
        View x = random(29, HIDDEN);
        float first = x.floats().get(0);
        View keys = keys();
        View values = values();
        layer().cache(x, tokens, keys, values);
        assertThat(x.floats().get(0)).isEqualTo(first);
        View wholeKeys = keys();
        View wholeValues = values();
        layer().forward(x, tokens, wholeKeys, wholeValues);
        assertThat(keys.floats()).isEqualTo(wholeKeys.floats());
        assertThat(values.floats()).isEqualTo(wholeValues.floats());
        refused("x: null", () -> layer().cache(null, tokens, keys, values));
    }

    @Test
    void linearBackendsAgree() {
        View x = random(5, HIDDEN);
        View bias = random(2 * INNER);
        for (View normWeight : new View[] {null, norm}) {
            View y = View.allocate(DType.F32, 5, 2 * INNER);
            View wanted = View.allocate(DType.F32, 5, 2 * INNER);
            Linear.of(gateUp, bias).norm(normWeight, 1e-6).forward(x, y);
            Linear.of(gateUp, bias)
                    .norm(normWeight, 1e-6)
                    .backend(Backend.REFERENCE)
                    .forward(x, wanted);
            assertNear(y, wanted);
        }
    }

    private static void refused(String message, ThrowingCallable call) {
        assertThatIllegalArgumentException().isThrownBy(call).withMessageContaining(message);
    }

    private DecoderLayer with(
            View inputNorm, View projections, View bias, View outWeight, View gates, View downWeight) {
        return DecoderLayer.of(
                new DecoderLayer.Weights(inputNorm, projections, bias, outWeight, norm, gates, downWeight),
                HEADS,
                KEY_HEADS,
                1e-6);
    }

    @Test
    void weightsAreChecked() {
        refused("inputNorm: null", () -> with(null, qkv, qkvBias, out, gateUp, down));
        refused("qkvWeight: F32 (24, 24)", () -> with(norm, out, qkvBias, out, gateUp, down));
        refused("qkvWeight: F32 (40, 23)", () -> with(norm, random(40, 23), qkvBias, out, gateUp, down));
        refused("qkvBias: F32 (24)", () -> with(norm, qkv, norm, out, gateUp, down));
        refused("outWeight: F32 (24, 40)", () -> with(norm, qkv, null, down, gateUp, down));
        refused("gateUpWeight: F32 (40, 24)", () -> with(norm, qkv, null, out, qkv, down));
        refused("downWeight: F32 (80, 24)", () -> with(norm, qkv, null, out, gateUp, gateUp));
        refused("heads: 5; wanted a multiple of keyValueHeads, 2", () -> DecoderLayer.of(weights(), 5, 2, 1e-6));
        refused("keyValueHeads: 0", () -> DecoderLayer.of(weights(), 4, 0, 1e-6));
        refused("normEpsilon: 0.0", () -> DecoderLayer.of(weights(), HEADS, KEY_HEADS, 0));
        refused("threads: -1", () -> layer().threads(-1));
    }

    @Test
    void argumentsAreChecked() {
        DecoderLayer.Tokens tokens = tokens();
        View x = random(29, HIDDEN);
        DecoderLayer layer = layer();
        refused("x: null", () -> layer.forward(null, tokens, keys(), values()));
        refused("x: F32 (29, 40)", () -> layer.forward(random(29, 40), tokens, keys(), values()));
        refused("sequence: I64 (29)", () -> layer.forward(random(28, HIDDEN), tokens, keys(), values()));
        refused("keys: F32 (2, 2, 32, 4)", () -> layer.forward(x, tokens, values(), values()));
        refused("values: F32 (2, 2, 4, 32)", () -> layer.forward(x, tokens, keys(), keys()));
        refused(
                "places is 20",
                () -> layer.forward(
                        x,
                        tokens,
                        View.allocate(DType.F32, 2, KEY_HEADS, SIZE, 20),
                        View.allocate(DType.F32, 2, KEY_HEADS, 20, SIZE)));
        View zeros = View.copyOf(new long[29], 29);
        refused(
                "place[1] is 0, wanted 1",
                () -> layer.forward(
                        x, new DecoderLayer.Tokens(zeros, zeros, tokens.cos(), tokens.sin()), keys(), values()));
        long[] beyond = new long[29];
        beyond[3] = 2;
        View wrong = View.copyOf(beyond, 29);
        refused(
                "sequence[3] is 2, wanted 0 to 1",
                () -> layer.forward(
                        x,
                        new DecoderLayer.Tokens(wrong, tokens.place(), tokens.cos(), tokens.sin()),
                        keys(),
                        values()));
        assertThatExceptionOfType(UnsupportedOperationException.class)
                .isThrownBy(() -> layer().backend(Backend.CUDA).forward(x, tokens, keys(), values()));
    }

    @Test
    void linearArgumentsAreChecked() {
        View x = random(5, HIDDEN);
        View y = View.allocate(DType.F32, 5, HIDDEN);
        refused("weight: null", () -> Linear.of(null, null));
        refused("bias: F32 (40)", () -> Linear.of(out, qkvBias));
        refused("normWeight: F32 (40)", () -> Linear.of(out, null).norm(qkvBias, 1e-6));
        refused("epsilon: 0.0", () -> Linear.of(out, null).norm(norm, 0));
        refused("x: F32 (24, 40)", () -> Linear.of(out, null).forward(down, y));
        refused("y: F32 (24, 24)", () -> Linear.of(out, null).forward(x, out));
        refused("overlap", () -> Linear.of(out, null).forward(y, y));
    }
}
