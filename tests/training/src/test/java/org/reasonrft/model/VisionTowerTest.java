package org.reasonrft.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.reasonrft.model.TensorAssertions.assertClose;

import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.Test;
import org.reasonrft.torch.Torch;

class VisionTowerTest {
    private static final int ELEMENTS = 3 * 2 * 2 * 2;

    @Test
    void picturesOfMixedSizesEqualEachAlone() {
        long[][] grids = {{1, 2, 4}, {1, 4, 4}, {1, 2, 4}, {1, 4, 2}, {1, 4, 4}};
        try (PointerScope scope = new PointerScope();
                QwenModel model = TinyModel.create(1)) {
            TensorVector pixels = new TensorVector();
            TensorVector alone = new TensorVector();
            for (int i = 0; i < grids.length; i++) {
                Tensor own = pixels(i, grids[i]);
                pixels.push_back(own);
                alone.push_back(model.imageEmbeddings(own, new long[][] {grids[i]}));
            }
            Tensor together = model.imageEmbeddings(torch.cat(pixels, 0), grids);
            assertClose(together, torch.cat(alone, 0), 1e-5);
            assertThat(TensorAssertions.rootMeanSquare(together)).isGreaterThan(0.1);
        }
    }

    /** Two frames of a clip do not see each other. */
    @Test
    void framesAttendWithinThemselves() {
        try (PointerScope scope = new PointerScope();
                QwenModel model = TinyModel.create(1)) {
            Tensor clip = pixels(1, new long[] {2, 4, 4});
            Tensor together = model.imageEmbeddings(clip, new long[][] {{2, 4, 4}});
            Tensor apart = model.imageEmbeddings(clip, new long[][] {{1, 4, 4}, {1, 4, 4}});
            assertClose(together, apart, 1e-6);
        }
    }

    @Test
    void placesMatter() {
        try (PointerScope scope = new PointerScope();
                QwenModel model = TinyModel.create(1)) {
            Tensor pixels = pixels(1, new long[] {1, 2, 8});
            Tensor wide = model.imageEmbeddings(pixels, new long[][] {{1, 2, 8}});
            Tensor square = model.imageEmbeddings(pixels, new long[][] {{1, 4, 4}});
            assertThat(TensorAssertions.rootMeanSquare(wide.sub(square))).isGreaterThan(1e-3);
        }
    }

    @Test
    void refusesPixelsThatDoNotFitTheGrid() {
        try (PointerScope scope = new PointerScope();
                QwenModel model = TinyModel.create(1)) {
            Tensor pixels = pixels(1, new long[] {1, 2, 4});
            assertThatThrownBy(() -> model.imageEmbeddings(pixels, new long[][] {{1, 4, 4}}))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("pixelValues must have shape [16, 24]");
            assertThatThrownBy(() -> model.imageEmbeddings(pixels, new long[][] {{1, 1, 8}}))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("[1, 1, 8]");
            assertThatThrownBy(() -> model.imageEmbeddings(pixels, new long[0][]))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("at least one picture");
            Tensor ids = Torch.tensor(new long[] {7, TinyModel.IMAGE, 8}, 1, 3);
            assertThatThrownBy(() -> model.embed(ids, Torch.zeros(2, 48)))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("1 picture placeholders, imageEmbeddings 2 rows");
        }
    }

    @Test
    void embeddingsOfPicturesStandAtTheirPlaceholders() {
        try (PointerScope scope = new PointerScope();
                QwenModel model = TinyModel.create(1)) {
            Tensor ids = Torch.tensor(new long[] {7, 2, 2, 8, 9, 2}, 2, 3);
            Tensor images = Torch.tensor(TinyModel.uniform(1, 3 * 48), 3, 48);
            Tensor embedded = model.embed(ids, images).view(6, 48);
            assertClose(embedded.narrow(0, 1, 2), images.narrow(0, 0, 2), 0);
            assertClose(embedded.narrow(0, 5, 1), images.narrow(0, 2, 1), 0);
            Tensor text = model.embed(ids).view(6, 48);
            assertClose(embedded.narrow(0, 3, 2), text.narrow(0, 3, 2), 0);
        }
    }

    private static Tensor pixels(long key, long[] grid) {
        int patches = (int) (grid[0] * grid[1] * grid[2]);
        return Torch.tensor(TinyModel.uniform(key, patches * ELEMENTS), patches, ELEMENTS);
    }
}
