package org.reasonrft.kernels;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.EnumMap;
import java.util.Map;
import java.util.Random;
import java.util.function.LongSupplier;
import org.bytedeco.javacpp.BytePointer;
import org.junit.jupiter.api.Test;

/**
 * A million calls with random arguments, right and wrong ones mixed: overlapping, misaligned, strided, read-only, released,
 * of another type or shape, absurdly large, null. Each must end in a result or in an error with a message; none may write
 * outside the memory that its views cover, let alone end the process.
 */
class RandomCallsTest {
    private static final int CALLS = 1_000_000;
    private static final int GUARD = 1 << 16;
    private static final int ARENA = 1 << 16;
    private static final byte UNTOUCHED = 0x5A;
    private static final long[] ODD_SIZES = {-1, 0, 1, 2, 7, 65, 1 << 20, 1L << 31, 1L << 40, Long.MAX_VALUE};

    private enum Operation {
        LOG_PROBS,
        LOG_PROBS_BACKWARD,
        POLICY_LOSS,
        FUSED_POLICY_LOSS,
        LOGIT_TILES,
        GROUP_ADVANTAGES
    }

    private final Random random = new Random(20);
    private final ByteBuffer memory = ByteBuffer.allocateDirect(GUARD + ARENA + GUARD);
    private int batch;
    private int tokens;
    private int vocabulary;
    /** Rows without a batch dimension. */
    private boolean packed;
    /** How likely an argument is left alone; 1 makes calls that nothing is wrong with. */
    private double care;

    @Test
    void endInAResultOrANamedError() {
        for (int i = 0; i < memory.capacity(); i++) {
            memory.put(i, UNTOUCHED);
        }
        Map<Operation, Integer> done = new EnumMap<>(Operation.class);
        Map<Operation, Integer> refused = new EnumMap<>(Operation.class);
        Operation[] operations = Operation.values();
        for (int call = 0; call < CALLS; call++) {
            Operation operation = operations[random.nextInt(operations.length)];
            batch = random.nextInt(4);
            tokens = random.nextInt(5);
            vocabulary = 1 + random.nextInt(40);
            packed = random.nextInt(4) == 0;
            care = random.nextInt(3) == 0 ? 1 : 0.9;
            try {
                run(operation);
                done.merge(operation, 1, Integer::sum);
            } catch (IllegalArgumentException
                    | NullPointerException
                    | IllegalStateException
                    | UnsupportedOperationException e) {
                assertThat(e.getMessage()).as("%s, call %d", operation, call).isNotBlank();
                refused.merge(operation, 1, Integer::sum);
            }
        }
        for (Operation operation : operations) {
            assertThat(done.get(operation)).as("%s done", operation).isGreaterThan(CALLS / 50);
            assertThat(refused.get(operation)).as("%s refused", operation).isGreaterThan(CALLS / 50);
        }
        for (int i = 0; i < GUARD; i++) {
            assertThat(memory.get(i)).isEqualTo(UNTOUCHED);
            assertThat(memory.get(GUARD + ARENA + i)).isEqualTo(UNTOUCHED);
        }
    }

    private void run(Operation operation) {
        switch (operation) {
            case LOG_PROBS -> logProbs().forward(view(DType.F32, perToken()));
            case LOG_PROBS_BACKWARD -> {
                View gradient = logits();
                logProbs().backward(view(DType.F32, perToken()), gradient);
            }
            case POLICY_LOSS -> {
                PolicyLoss loss = PolicyLoss.of(view(DType.F32, perToken()), view(DType.F32, advantages()))
                        .mask(perhaps(view(DType.U8, perToken())))
                        .oldLogProbs(perhaps(view(DType.F32, perToken())))
                        .refLogProbs(view(DType.F32, perToken()))
                        .samplingLogProbs(perhaps(view(DType.F32, perToken())))
                        .entropy(perhaps(view(DType.F32, perToken())))
                        .gradEntropy(perhaps(view(DType.F32, perToken())))
                        .gradLogProbs(perhaps(view(DType.F32, perToken())))
                        .threads(threads())
                        .backend(backend());
                loss.compute(options());
            }
            case FUSED_POLICY_LOSS -> {
                FusedPolicyLoss loss = FusedPolicyLoss.of(logits(), ids(), view(DType.F32, advantages()))
                        .mask(perhaps(view(DType.U8, perToken())))
                        .oldLogProbs(perhaps(view(DType.F32, perToken())))
                        .refLogProbs(view(DType.F32, perToken()))
                        .samplingLogProbs(perhaps(view(DType.F32, perToken())))
                        .logProbs(perhaps(view(DType.F32, perToken())))
                        .entropy(perhaps(view(DType.F32, perToken())))
                        .gradLogits(perhaps(logits()))
                        .temperature(number(0.7))
                        .threads(threads())
                        .backend(backend());
                loss.compute(options());
            }
            case LOGIT_TILES -> logitTiles();
            case GROUP_ADVANTAGES -> {
                int size = (int) size(1 + random.nextInt(8));
                float[] rewards = new float[Math.max(0, batch * size % 64)];
                for (int i = 0; i < rewards.length; i++) {
                    rewards[i] = (float) number(random.nextInt(3));
                }
                GroupAdvantages.grpo().withEpsilon(number(1e-4)).compute(rewards, size, backend());
            }
        }
    }

    /** Two tiles forward and one of them backward, where nothing refuses before. */
    private void logitTiles() {
        DType dtype = new DType[] {DType.F32, DType.BF16, DType.F16}[random.nextInt(3)];
        long[] idValues = new long[tokens];
        for (int i = 0; i < tokens; i++) {
            idValues[i] = wrong() ? random.nextLong() : random.nextInt(vocabulary);
        }
        LogitTiles tiles = LogitTiles.of(
                        wrong() ? view(DType.I64, tokens) : View.copyOf(idValues, tokens), size(vocabulary))
                .mask(perhaps(view(DType.U8, tokens)))
                .temperature(number(0.8))
                .temperatures(random.nextInt(8) == 0 ? view(DType.F32, tokens) : null)
                .entropy(perhaps(view(DType.F32, tokens)))
                .gradEntropy(perhaps(view(DType.F32, tokens)))
                .threads(threads())
                .backend(backend());
        int cut = random.nextInt(vocabulary);
        if (cut > 0) {
            tiles.merge(0, view(dtype, tokens, cut));
        }
        tiles.merge(size(cut), view(dtype, tokens, vocabulary - cut));
        tiles.finish(view(DType.F32, tokens));
        View tile = view(dtype, tokens, vocabulary - cut);
        View gradient = random.nextBoolean() ? tile : view(dtype, tokens, vocabulary - cut);
        tiles.backward(size(cut), tile, view(DType.F32, tokens), gradient);
    }

    private LogProbs logProbs() {
        return LogProbs.of(logits(), ids())
                .mask(perhaps(view(DType.U8, perToken())))
                .temperature(number(1.3))
                .threads(threads())
                .backend(backend());
    }

    private PolicyLossOptions options() {
        if (wrong()) {
            return null;
        }
        PolicyLossOptions[] families = {
            PolicyLossOptions.dapo(),
            PolicyLossOptions.grpo(),
            PolicyLossOptions.drGrpo(2, 5),
            PolicyLossOptions.gspo(),
            PolicyLossOptions.cispo(),
            PolicyLossOptions.sapo(),
            PolicyLossOptions.gmpo(),
            PolicyLossOptions.vespo(),
            PolicyLossOptions.luspo(),
            PolicyLossOptions.reinforce(),
            PolicyLossOptions.defaults()
                    .withObjective(new PolicyObjective.Clip(number(0.2), number(0.2), number(0), number(3)))
        };
        KlEstimator[] estimators = KlEstimator.values();
        PolicyLossOptions options = families[random.nextInt(families.length)].withKl(new KlPenalty(
                number(0.04),
                estimators[random.nextInt(estimators.length)],
                random.nextBoolean(),
                number(0),
                number(10)));
        if (random.nextInt(4) == 0) {
            options = options.withTokenFilter(new TokenFilter(number(0), number(0.5), number(0)));
        }
        if (random.nextInt(4) == 0) {
            SamplerCorrection.Mode[] modes = SamplerCorrection.Mode.values();
            SamplerCorrection.Level[] levels = SamplerCorrection.Level.values();
            options = options.withSamplerCorrection(new SamplerCorrection(
                    modes[random.nextInt(modes.length)], levels[random.nextInt(levels.length)], number(0), number(3)));
        }
        return options;
    }

    private View logits() {
        DType dtype = new DType[] {DType.F32, DType.BF16, DType.F16}[random.nextInt(3)];
        return packed ? view(dtype, tokens, vocabulary) : view(dtype, batch, tokens, vocabulary);
    }

    /** The shape of arrays with one number a token. */
    private long[] perToken() {
        return packed ? new long[] {tokens} : new long[] {batch, tokens};
    }

    private long[] advantages() {
        return packed || random.nextBoolean() ? perToken() : new long[] {batch};
    }

    /** Ids within the vocabulary, most of the time; the bytes of the arena are anything. */
    private View ids() {
        if (wrong()) {
            return view(DType.I64, perToken());
        }
        long[] ids = new long[packed ? tokens : batch * tokens];
        for (int i = 0; i < ids.length; i++) {
            ids[i] = wrong() ? random.nextLong() : random.nextInt(vocabulary);
        }
        return View.copyOf(ids, perToken());
    }

    private View view(DType dtype, long... shape) {
        if (wrong()) {
            return strange(shape);
        }
        return placed(dtype, shape);
    }

    /** Somewhere in the arena, so that views overlap now and then; aligned. */
    private View placed(DType dtype, long... shape) {
        long bytes = dtype.bytes();
        for (long size : shape) {
            bytes *= size;
        }
        int offset = random.nextInt((int) (ARENA - bytes) / 8 + 1) * 8;
        return View.of(slice(offset, (int) bytes), dtype, shape);
    }

    private View strange(long... shape) {
        DType dtype = DType.values()[random.nextInt(DType.values().length)];
        LongSupplier any = () -> ODD_SIZES[random.nextInt(ODD_SIZES.length)];
        switch (random.nextInt(8)) {
            case 0:
                return null;
            case 1:
                return placed(dtype, shape);
            case 2: {
                long[] sizes = shape.clone();
                sizes[random.nextInt(sizes.length)] = any.getAsLong();
                return View.of(slice(0, ARENA), dtype, sizes);
            }
            case 3:
                return View.of(slice(random.nextInt(8), ARENA / 2), dtype, shape);
            case 4:
                return View.of(slice(0, ARENA).asReadOnlyBuffer(), dtype, shape);
            case 5: {
                long[] strides = new long[shape.length];
                for (int i = 0; i < strides.length; i++) {
                    strides[i] = random.nextInt(4) == 0 ? any.getAsLong() : random.nextInt(50);
                }
                return placed(dtype, shape).withStrides(strides);
            }
            case 6: {
                BytePointer released = new BytePointer(4096L);
                View view = View.of(released, DType.F32, shape);
                released.close();
                return view;
            }
            default:
                return placed(dtype, shape).narrow(random.nextInt(4) - 1, any.getAsLong(), any.getAsLong());
        }
    }

    private ByteBuffer slice(int offset, int bytes) {
        return memory.slice(GUARD + offset, bytes).order(ByteOrder.nativeOrder());
    }

    private View perhaps(View view) {
        return random.nextInt(3) == 0 ? null : view;
    }

    private double number(double usual) {
        double[] strange = {-1, 0, Double.NaN, Double.POSITIVE_INFINITY, 1e300, -0.0, 1e-300};
        return wrong() ? strange[random.nextInt(strange.length)] : usual;
    }

    private long size(long usual) {
        return wrong() ? ODD_SIZES[random.nextInt(ODD_SIZES.length)] : usual;
    }

    private int threads() {
        return (int) (wrong() ? random.nextInt(5000) - 2000 : random.nextInt(3));
    }

    private Backend backend() {
        return wrong() ? null : Backend.values()[random.nextInt(Backend.values().length)];
    }

    private boolean wrong() {
        return random.nextDouble() >= care;
    }
}
