package org.reasonrft.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.reasonrft.model.TensorAssertions.assertClose;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.reasonrft.Goldens;
import org.reasonrft.torch.Torch;

/**
 * Checkpoints and adapters in every form they are written in, read back and compared with what transformers and PEFT
 * recorded. With {@code -Dround.trip=FOLDER} the files stay there for {@code round_trip.py check}, which has these
 * libraries read them.
 */
class RoundTripTest {
    private static final double TOLERANCE = 1e-4;

    @TempDir
    Path temporary;

    private Path folder;

    @BeforeEach
    void choosePlace() {
        String kept = System.getProperty("round.trip");
        folder = kept == null ? temporary : Path.of(kept).toAbsolutePath();
    }

    @ParameterizedTest
    @EnumSource
    void checkpoint(Goldens golden) throws IOException {
        try (PointerScope scope = new PointerScope();
                QwenModel model = QwenModel.load(golden.directory())) {
            Goldens.Case recorded = golden.named("one_image");
            model.save(place(golden, "float32"), ScalarType.Float, CheckpointWriter.MAX_SHARD_BYTES);
            model.save(place(golden, "shards"), ScalarType.Float, 300_000);
            model.save(place(golden, "bfloat16"), ScalarType.BFloat16, CheckpointWriter.MAX_SHARD_BYTES);
            assertLogits(golden, "float32", recorded.tensor("logits"));
            assertLogits(golden, "shards", recorded.tensor("logits"));
            assertLogits(golden, "bfloat16", golden.tensor("lora/golden", "bfloat16.logits"));
            assertThat(place(golden, "shards").resolve(CheckpointFiles.INDEX)).exists();
        }
    }

    /** PEFT's adapter, applied, written and merged. */
    @ParameterizedTest
    @EnumSource
    void adapter(Goldens golden) throws IOException {
        Goldens.Case recorded = golden.named("one_image");
        Path peft = golden.directory().resolve("lora");
        Tensor wanted = golden.tensor("lora/golden", "logits");
        try (PointerScope scope = new PointerScope();
                QwenModel base = QwenModel.load(golden.directory())) {
            Path written = place(golden, "adapter");
            try (LoraAdapter adapter = LoraAdapter.load(base, peft)) {
                assertClose(QwenGoldenTest.logits(adapter.model(), recorded), wanted, TOLERANCE);
                assertClose(QwenGoldenTest.logits(base, recorded), recorded.tensor("logits"), TOLERANCE);
                adapter.save(written, golden.directory().getFileName().toString());
            }
            // PEFT's own bytes are what PEFT reads.
            assertThat(Files.mismatch(written.resolve(PeftFiles.WEIGHTS), peft.resolve(PeftFiles.WEIGHTS)))
                    .isEqualTo(-1);
            try (LoraAdapter again = LoraAdapter.load(base, written)) {
                Tensor before = QwenGoldenTest.logits(again.model(), recorded);
                assertClose(before, wanted, TOLERANCE);
                again.merge();
                assertClose(QwenGoldenTest.logits(base, recorded), wanted, TOLERANCE);
                assertThat(torch.equal(
                                QwenGoldenTest.logits(again.model(), recorded), QwenGoldenTest.logits(base, recorded)))
                        .isTrue();
            }
            base.save(place(golden, "merged"));
            assertLogits(golden, "merged", wanted);
        }
    }

    private Path place(Goldens golden, String form) {
        return folder.resolve(golden.directory().getFileName()).resolve(form);
    }

    private void assertLogits(Goldens golden, String form, Tensor wanted) throws IOException {
        try (PointerScope scope = new PointerScope();
                QwenModel model = QwenModel.load(place(golden, form))) {
            assertThat(Torch.dtype(model.headWeight())).isSameAs(ScalarType.Float);
            assertClose(QwenGoldenTest.logits(model, golden.named("one_image")), wanted, TOLERANCE);
        }
    }
}
