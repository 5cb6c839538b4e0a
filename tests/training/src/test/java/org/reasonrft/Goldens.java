package org.reasonrft;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.bytedeco.pytorch.Tensor;
import org.reasonrft.model.Safetensors;
import org.reasonrft.torch.Torch;

/** The recorded values under {@code goldens}; its README says where they come from. */
public enum Goldens {
    QWEN2_VL("qwen2_vl"),
    QWEN2_5_VL("qwen2_5_vl");

    /** The checkpoint of tests that need only one. */
    public static final Path DIRECTORY = QWEN2_VL.directory;

    private final Path directory;
    private final JsonNode meta;

    Goldens(String name) {
        try {
            directory = Path.of(Objects.requireNonNull(Goldens.class.getResource("/goldens/" + name))
                    .toURI());
            meta = new ObjectMapper().readTree(directory.resolve("golden.json").toFile());
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** One recorded question. */
    public record Case(Goldens checkpoint, String name, JsonNode meta) {
        public List<Path> images() {
            List<Path> images = new ArrayList<>();
            meta.get("images").forEach(image -> images.add(checkpoint.directory.resolve(image.asText())));
            return images;
        }

        public String question() {
            return meta.get("question").asText();
        }

        /** A recorded tensor, in the caller's scope. */
        public Tensor tensor(String what) {
            return checkpoint.tensor(name + "." + what);
        }

        /** Frames, rows and columns per picture; empty without pictures. */
        public List<long[]> grids() {
            if (images().isEmpty()) {
                return List.of();
            }
            long[] flat = Torch.longs(tensor("image_grid_thw"));
            List<long[]> grids = new ArrayList<>();
            for (int i = 0; i < flat.length; i += 3) {
                grids.add(Arrays.copyOfRange(flat, i, i + 3));
            }
            return grids;
        }

        @Override
        public String toString() {
            return checkpoint.directory.getFileName() + "/" + name;
        }
    }

    /** The cases of all checkpoints. */
    public static Stream<Case> cases() {
        return Arrays.stream(values()).flatMap(checkpoint -> checkpoint.ownCases().stream());
    }

    /** A checkpoint directory with pictures and recorded values beside it. */
    public Path directory() {
        return directory;
    }

    public List<Case> ownCases() {
        List<Case> cases = new ArrayList<>();
        meta.get("cases")
                .forEach(node -> cases.add(new Case(this, node.get("name").asText(), node)));
        return cases;
    }

    public Case named(String name) {
        return ownCases().stream()
                .filter(c -> c.name().equals(name))
                .findFirst()
                .orElseThrow();
    }

    public JsonNode tokenizerCases() {
        return meta.get("tokenizer");
    }

    /** A recorded tensor, in the caller's scope. */
    public Tensor tensor(String name) {
        return tensor("golden", name);
    }

    /** A recorded tensor out of another file, named without its ending, in the caller's scope. */
    public Tensor tensor(String fileName, String name) {
        try (Safetensors file = Safetensors.open(directory.resolve(fileName + ".safetensors"))) {
            return file.read(name);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
