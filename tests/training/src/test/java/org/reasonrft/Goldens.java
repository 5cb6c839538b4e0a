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

/** The recorded values of {@code goldens/qwen2_vl}; its README says where they come from. */
public final class Goldens {
    /** A checkpoint directory with pictures and recorded values beside it. */
    public static final Path DIRECTORY = directory();

    private static final JsonNode META = meta();

    private Goldens() {}

    /** One recorded question. */
    public record Case(String name, JsonNode meta) {
        public List<Path> images() {
            List<Path> images = new ArrayList<>();
            meta.get("images").forEach(image -> images.add(DIRECTORY.resolve(image.asText())));
            return images;
        }

        public String question() {
            return meta.get("question").asText();
        }

        /** A recorded tensor, in the caller's scope. */
        public Tensor tensor(String what) {
            return Goldens.tensor(name + "." + what);
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
            return name;
        }
    }

    public static Stream<Case> cases() {
        List<Case> cases = new ArrayList<>();
        META.get("cases").forEach(node -> cases.add(new Case(node.get("name").asText(), node)));
        return cases.stream();
    }

    public static Case named(String name) {
        return cases().filter(c -> c.name().equals(name)).findFirst().orElseThrow();
    }

    public static JsonNode tokenizerCases() {
        return META.get("tokenizer");
    }

    /** A recorded tensor, in the caller's scope. */
    public static Tensor tensor(String name) {
        try (Safetensors file = Safetensors.open(DIRECTORY.resolve("golden.safetensors"))) {
            return file.read(name);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static JsonNode meta() {
        try {
            return new ObjectMapper().readTree(DIRECTORY.resolve("golden.json").toFile());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Path directory() {
        try {
            return Path.of(Objects.requireNonNull(Goldens.class.getResource("/goldens/qwen2_vl"))
                    .toURI());
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }
}
