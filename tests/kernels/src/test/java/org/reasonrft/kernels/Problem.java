package org.reasonrft.kernels;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.ShortBuffer;
import java.util.Arrays;
import java.util.Random;

/** A random batch with every input of the policy loss: ragged masks, ids and logits with gaps between sequences. */
final class Problem {

    final int batch;
    final int tokens;
    final int vocabulary;
    final View logits;
    final View ids;
    final View mask;
    final View advantages;
    final View oldLogProbs;
    final View refLogProbs;
    final byte[] maskValues;
    final int[] idValues;

    private Problem(int batch, int tokens, int vocabulary, byte[] maskValues, int[] idValues, View[] views) {
        this.batch = batch;
        this.tokens = tokens;
        this.vocabulary = vocabulary;
        this.maskValues = maskValues;
        this.idValues = idValues;
        this.logits = views[0];
        this.ids = views[1];
        this.mask = views[2];
        this.advantages = views[3];
        this.oldLogProbs = views[4];
        this.refLogProbs = views[5];
    }

    static Problem random(long seed, int batch, int tokens, int vocabulary, DType dtype) {
        Random random = new Random(seed);
        // One token more than used, as when a model's logits are shifted against its ids: rows are not contiguous.
        float[] logits = gaussians(random, batch * (tokens + 1) * vocabulary, 3);
        View all = of(dtype, logits, batch, tokens + 1, vocabulary);
        int[] ids = random.ints((long) batch * tokens, 0, vocabulary).toArray();
        int[] padded = new int[batch * (tokens + 1)];
        for (int i = 0; i < batch; i++) {
            System.arraycopy(ids, i * tokens, padded, i * (tokens + 1) + 1, tokens);
        }
        View allIds = seed % 2 == 0
                ? View.copyOf(padded, batch, tokens + 1)
                : View.copyOf(Arrays.stream(padded).asLongStream().toArray(), batch, tokens + 1);
        View shifted = allIds.narrow(1, 1, tokens);
        View rows = all.narrow(1, 0, tokens);
        byte[] mask = new byte[batch * tokens];
        for (int i = 0; i < batch; i++) {
            int length = i == 0 ? tokens : random.nextInt(tokens + 1);
            Arrays.fill(mask, i * tokens, i * tokens + length, (byte) 1);
        }
        View logProbs = View.allocate(DType.F32, batch, tokens);
        LogProbs.of(rows, shifted).backend(Backend.REFERENCE).forward(logProbs);
        float[] current = logProbs.toFloatArray();
        View[] views = {
            rows,
            shifted,
            View.copyOf(mask, batch, tokens),
            View.copyOf(gaussians(random, batch, 1), batch),
            View.copyOf(near(random, current, 0.4), batch, tokens),
            View.copyOf(near(random, current, 0.3), batch, tokens)
        };
        return new Problem(batch, tokens, vocabulary, mask, ids, views);
    }

    FusedPolicyLoss fused() {
        return FusedPolicyLoss.of(logits, ids, advantages)
                .mask(mask)
                .oldLogProbs(oldLogProbs)
                .refLogProbs(refLogProbs);
    }

    LogProbs logProbs() {
        return LogProbs.of(logits, ids).mask(mask);
    }

    /** From 0.5 to 1.5, a row's own; 0, which is none, where the mask leaves the row out. */
    View temperatures() {
        float[] values = new float[batch * tokens];
        for (int n = 0; n < values.length; n++) {
            values[n] = maskValues[n] == 0 ? 0 : 0.5f + (n * 7 % 11) / 10f;
        }
        return View.copyOf(values, batch, tokens);
    }

    View perToken() {
        return View.allocate(DType.F32, batch, tokens);
    }

    View perLogit() {
        return View.allocate(logits.dtype(), batch, tokens, vocabulary);
    }

    static float[] gaussians(Random random, int count, double scale) {
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = (float) (scale * random.nextGaussian());
        }
        return values;
    }

    private static float[] near(Random random, float[] centre, double scale) {
        float[] values = gaussians(random, centre.length, scale);
        for (int i = 0; i < values.length; i++) {
            values[i] += centre[i];
        }
        return values;
    }

    /** A copy in one of the types that logits can have. */
    static View of(DType dtype, float[] values, long... shape) {
        return switch (dtype) {
            case F32 -> View.copyOf(values, shape);
            case BF16 -> bf16(values, shape);
            case F16 -> f16(values, shape);
            default -> throw new IllegalArgumentException(dtype + " is no type of logits");
        };
    }

    /** Cuts to binary16, towards zero; values beyond its normal range become 0. */
    static View f16(float[] values, long... shape) {
        short[] halves = new short[values.length];
        for (int i = 0; i < values.length; i++) {
            int bits = Float.floatToRawIntBits(values[i]);
            int exponent = (bits >>> 23 & 0xff) - 112; // biases 127 and 15
            int magnitude = exponent < 1 || exponent > 30 ? 0 : exponent << 10 | bits >>> 13 & 0x3ff;
            halves[i] = (short) (bits >>> 16 & 0x8000 | magnitude);
        }
        return View.copyOf(halves, DType.F16, shape);
    }

    /** Rounds to the nearest bfloat16, ties to even. */
    static View bf16(float[] values, long... shape) {
        ShortBuffer data = ByteBuffer.allocateDirect(values.length * Short.BYTES)
                .order(ByteOrder.nativeOrder())
                .asShortBuffer();
        for (float value : values) {
            int bits = Float.floatToRawIntBits(value);
            data.put((short) ((bits + 0x7fff + (bits >>> 16 & 1)) >>> 16));
        }
        return View.of(data.flip(), shape);
    }
}
