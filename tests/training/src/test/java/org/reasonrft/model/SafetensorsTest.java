package org.reasonrft.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.reasonrft.Goldens;
import org.reasonrft.io.AtomicFile;
import org.reasonrft.torch.Torch;

class SafetensorsTest {
    @TempDir
    Path directory;

    @Test
    void readsWhatItWrote() throws IOException {
        Path file = directory.resolve("a.safetensors");
        try (PointerScope scope = new PointerScope()) {
            Map<String, Tensor> tensors = new LinkedHashMap<>();
            tensors.put("floats", Torch.tensor(new float[] {1, -2, 3, 4, 5, 6}, 2, 3));
            tensors.put(
                    "transposed",
                    Torch.tensor(new float[] {1, 2, 3, 4, 5, 6}, 2, 3).t());
            tensors.put("longs", Torch.tensor(new long[] {1L << 40, -1}, 2));
            tensors.put("flags", Torch.tensor(new boolean[] {true, false, true}, 3));
            tensors.put("half", Torch.tensor(new float[] {0.5f}, 1).to(ScalarType.BFloat16));
            tensors.put("scalar", Torch.tensor(new float[] {7}));
            tensors.put("empty", Torch.tensor(new float[0], 0, 5));
            Safetensors.write(file, tensors, Map.of("format", "pt", "step", "3"));
            try (Safetensors read = Safetensors.open(file)) {
                assertThat(read.entries().keySet()).containsExactlyInAnyOrderElementsOf(tensors.keySet());
                assertThat(read.metadata()).isEqualTo(Map.of("format", "pt", "step", "3"));
                for (Map.Entry<String, Tensor> written : tensors.entrySet()) {
                    Tensor tensor = read.read(written.getKey());
                    assertThat(tensor.shape())
                            .containsExactly(written.getValue().shape());
                    assertThat(Torch.dtype(tensor)).isSameAs(Torch.dtype(written.getValue()));
                    assertThat(Torch.floats(tensor)).containsExactly(Torch.floats(written.getValue()));
                }
            }
        }
    }

    /** The same names and values give the bytes that the Python library wrote, whatever the order they come in. */
    @Test
    void bytesAreThoseOfTheReferenceWriter() throws IOException {
        Path reference = Goldens.DIRECTORY.resolve("model.safetensors");
        Path file = directory.resolve("a.safetensors");
        try (PointerScope scope = new PointerScope();
                Safetensors read = Safetensors.open(reference)) {
            Map<String, Tensor> tensors = new LinkedHashMap<>();
            read.entries().keySet().stream().sorted(Comparator.reverseOrder()).forEach(name -> {
                try {
                    tensors.put(name, read.read(name));
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            });
            Safetensors.write(file, tensors, read.metadata());
        }
        assertThat(Files.mismatch(file, reference)).isEqualTo(-1);
    }

    @Test
    void convertsIntoTheTargetsType() throws IOException {
        Path file = directory.resolve("a.safetensors");
        try (PointerScope scope = new PointerScope()) {
            Safetensors.write(
                    file, Map.of("x", Torch.tensor(new float[] {1.5f, 2}, 2).to(ScalarType.BFloat16)), Map.of());
            try (Safetensors read = Safetensors.open(file)) {
                Tensor target = torch.zeros(new long[] {2, 2}).select(1, 0);
                read.readInto("x", target);
                assertThat(Torch.floats(target)).containsExactly(1.5f, 2);
                assertThatThrownBy(() -> read.readInto("x", Torch.zeros(3)))
                        .isInstanceOf(ModelFormatException.class)
                        .hasMessageContaining("\"x\" has shape [2], wanted [3]");
                assertThatThrownBy(() -> read.read("y"))
                        .isInstanceOf(ModelFormatException.class)
                        .hasMessageContaining("no tensor \"y\"");
            }
        }
    }

    /** Eight data bytes; headers that lie about them. */
    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[3],\"data_offsets\":[0,12]}}; ends at byte 12",
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}; the tensors end at byte",
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,4]}}; do not span the 8 bytes",
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[8,0]}}; do not span",
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[-8,0]}}; non-negative integers, got -8",
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[-2],\"data_offsets\":[0,8]}}; non-negative integers, got -2",
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[2.0],\"data_offsets\":[0,8]}}; non-negative integers, got 2.0",
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[4611686018427387904,4],\"data_offsets\":[0,8]}}; overflows",
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,99999999999999999999]}}; non-negative",
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0]}}; two data_offsets",
                "{\"a\":{\"dtype\":\"F32\",\"data_offsets\":[0,8]}}; shape is missing",
                "{\"a\":{\"dtype\":\"F8_E4M3\",\"shape\":[8],\"data_offsets\":[0,8]}}; unsupported dtype \"F8_E4M3\"",
                "{\"a\":7}; must be an object with dtype",
                "{\"a\":{\"dtype\":7,\"shape\":[2],\"data_offsets\":[0,8]}}; unsupported dtype \"7\"",
                "{\"a\":{\"dtype\":\"F32\",\"shape\":2,\"data_offsets\":[0,8]}}; shape must be an array",
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,2],\"data_offsets\":[0,8]}}; more than 16",
                "{\"__metadata__\":{\"step\":3}}; \"step\" must be a string",
                "{\"__metadata__\":[]}; must be an object",
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}} {}; goes on behind",
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]},"
                        + "\"b\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,8]}}; inside the tensor before it",
                "{\"a\":{\"dtype\":\"U8\",\"shape\":[2],\"data_offsets\":[0,2]},"
                        + "\"b\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,8]}}; leaving a gap",
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]},"
                        + "\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}; no valid JSON",
                "{\"a\": ; no valid JSON",
                "[1,2]; no JSON object",
            })
    void refusesHeadersThatLie(String header, String message) throws IOException {
        Path file = file(header.getBytes(StandardCharsets.UTF_8).length, header);
        assertThatThrownBy(() -> Safetensors.open(file))
                .isInstanceOf(ModelFormatException.class)
                .hasMessageContaining(file.toString())
                .hasMessageContaining(message);
    }

    @Test
    void refusesHeaderLengthsThatLie() throws IOException {
        for (long length : new long[] {-1, 0, 1, 1000, 100_000_001L, Long.MAX_VALUE, Long.MIN_VALUE}) {
            Path file = file(length, "{}");
            assertThatThrownBy(() -> Safetensors.open(file))
                    .isInstanceOf(ModelFormatException.class)
                    .hasMessageContaining("header length " + length);
        }
        Path tiny = Files.write(directory.resolve("tiny"), new byte[7]);
        assertThatThrownBy(() -> Safetensors.open(tiny)).hasMessageContaining("truncated");
        Path invalid = Files.write(directory.resolve("utf8"), new byte[] {2, 0, 0, 0, 0, 0, 0, 0, '{', (byte) 0xFF});
        assertThatThrownBy(() -> Safetensors.open(invalid)).hasMessageContaining("no valid JSON");
        assertThatThrownBy(() -> Safetensors.open(directory.resolve("absent"))).isInstanceOf(NoSuchFileException.class);
    }

    /** Whatever a damaged file holds, the answer is an exception of ours or a tensor that fits its header. */
    @Test
    void randomDamageNeverSurprises() throws IOException {
        byte[] whole = Files.readAllBytes(Goldens.DIRECTORY.resolve("model.safetensors"));
        Random random = new Random(1);
        Path file = directory.resolve("damaged");
        int refused = 0;
        for (int trial = 0; trial < 300; trial++) {
            byte[] damaged = trial % 3 == 0 ? Arrays.copyOf(whole, random.nextInt(whole.length)) : whole.clone();
            for (int i = 0; i < 3; i++) {
                damaged[random.nextInt(Math.min(damaged.length, 6000))] = (byte) random.nextInt();
            }
            Files.write(file, damaged);
            try (PointerScope scope = new PointerScope();
                    Safetensors read = Safetensors.open(file)) {
                for (String name : read.entries().keySet()) {
                    read.read(name);
                }
            } catch (ModelFormatException e) {
                refused++;
            }
        }
        assertThat(refused).isGreaterThan(200);
    }

    /** More elements than a chunk holds, so that both ways go through several. */
    @Test
    void convertsChunkByChunk() throws IOException {
        Path file = directory.resolve("a.safetensors");
        int count = (8 << 20) / 2 + 1001;
        try (PointerScope scope = new PointerScope()) {
            Tensor values = torch.arange(new Scalar((double) count)).remainder(new Scalar(256.0));
            Safetensors.write(file, Map.of("x", values), ScalarType.BFloat16, Map.of());
            assertThat(Files.size(file)).isBetween(2L * count, 2L * count + 200);
            try (Safetensors read = Safetensors.open(file)) {
                assertThat(read.entries().get("x").dtype()).isEqualTo(ScalarType.BFloat16);
                Tensor target = Torch.zeros(count);
                read.readInto("x", target);
                assertThat(torch.equal(target, values)).isTrue();
                assertThat(torch.equal(read.read("x"), values.to(ScalarType.BFloat16)))
                        .isTrue();
            }
        }
    }

    @Test
    void namesTheTensorWhoseBytesGoMissingWhileItIsRead() throws IOException {
        Path file = directory.resolve("a.safetensors");
        try (PointerScope scope = new PointerScope()) {
            Safetensors.write(file, Map.of("x", Torch.zeros(100)), Map.of());
            try (Safetensors read = Safetensors.open(file)) {
                Files.write(file, Arrays.copyOf(Files.readAllBytes(file), 300));
                assertThatThrownBy(() -> read.read("x"))
                        .isInstanceOf(ModelFormatException.class)
                        .hasMessageContaining(file + ": tensor \"x\": ends at byte 300");
            }
        }
    }

    @Test
    void refusesWhatIsNoRegularFile() {
        assertThatThrownBy(() -> Safetensors.open(directory))
                .isInstanceOf(IOException.class)
                .hasMessageContaining(directory + ": no regular file");
    }

    @Test
    void aFailedWriteLeavesTheOldFile() throws IOException {
        Path file = directory.resolve("a.safetensors");
        try (PointerScope scope = new PointerScope()) {
            Safetensors.write(file, Map.of("x", Torch.zeros(2)), Map.of());
            byte[] before = Files.readAllBytes(file);
            Tensor unsupported = torch.zeros(new long[] {2}, Torch.options(ScalarType.ComplexFloat));
            assertThatThrownBy(() -> Safetensors.write(file, Map.of("x", unsupported), Map.of()))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("\"x\"");
            assertThatThrownBy(() -> AtomicFile.write(file, channel -> {
                        channel.write(ByteBuffer.allocate(10));
                        throw new IOException("disk full");
                    }))
                    .hasMessage("disk full");
            assertThat(Files.readAllBytes(file)).isEqualTo(before);
        }
        try (Stream<Path> children = Files.list(directory)) {
            assertThat(children).containsExactly(file);
        }
    }

    private Path file(long headerLength, String header) throws IOException {
        byte[] json = header.getBytes(StandardCharsets.UTF_8);
        ByteBuffer bytes = ByteBuffer.allocate(8 + json.length + 8).order(ByteOrder.LITTLE_ENDIAN);
        bytes.putLong(headerLength).put(json);
        return Files.write(directory.resolve("lying"), bytes.array());
    }
}
