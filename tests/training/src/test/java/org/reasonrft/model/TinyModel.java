package org.reasonrft.model;

import java.util.List;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.reasonrft.torch.CounterRandom;
import org.reasonrft.torch.Torch;

/** A model of a few thousand parameters with awkward sizes, for tests that need no recorded values. */
public final class TinyModel {
    public static final long IMAGE = 2;

    private TinyModel() {}

    /** Three query heads share each of two key heads; untied head. */
    public static QwenConfig config() {
        return new QwenConfig(
                new QwenConfig.Text(37, 48, 20, 2, 6, 2, 128, 1e-6, 10000, List.of(1, 2, 1)),
                new Qwen2VLVision.Config(2, 16, 2, 2, 3, 2, 2, 2),
                false,
                new QwenConfig.Tokens(0, 1, (int) IMAGE, 3, 4, 5));
    }

    /** Parameters of size 1 instead of 0.02, so that errors show. */
    public static QwenModel create(long seed) {
        QwenModel model = QwenModel.initialise(config(), seed);
        model.parameters()
                .forEach((name, parameter) -> Torch.keep(() -> {
                    float[] values = uniform(CounterRandom.combine(seed, name), Math.toIntExact(parameter.numel()));
                    Tensor noise = Torch.tensor(values, parameter.shape());
                    return parameter.add_(noise.mul(new Scalar(parameter.dim() > 1 ? 0.4 : 0.2)));
                }));
        return model;
    }

    /** Numbers in [-1, 1). */
    public static float[] uniform(long key, int count) {
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = (float) (2 * CounterRandom.uniform(key, i) - 1);
        }
        return values;
    }

    /** Text token ids in [6, 37). */
    public static long[] ids(long key, int count) {
        long[] ids = new long[count];
        for (int i = 0; i < count; i++) {
            ids[i] = 6 + (long) (31 * CounterRandom.uniform(key, i));
        }
        return ids;
    }

    /** Positions of B rows of plain text from {@code first}: (3, B, T). */
    public static Tensor positions(long first, int rows, int tokens) {
        long[] positions = new long[3 * rows * tokens];
        for (int i = 0; i < positions.length; i++) {
            positions[i] = first + i % tokens;
        }
        return Torch.tensor(positions, 3, rows, tokens);
    }
}
