package org.reasonrft.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.reasonrft.Goldens;
import org.reasonrft.torch.LiveObjects;
import org.reasonrft.torch.Torch;

/**
 * Checkpoints that are damaged or lie: each gets an error that names the file, and the tensor where there is one,
 * before anything is allocated for parameters.
 */
class DamagedCheckpointTest {
    private static final String CONFIG = "config.json";
    private static final String WEIGHTS = "model.safetensors";
    private static final String INDEX = "model.safetensors.index.json";
    private static final String SHARD_1 = "model-00001-of-00003.safetensors";
    private static final String SHARD_2 = "model-00002-of-00003.safetensors";

    private static final String NORM = "model.norm.weight"; // [64]
    private static final String GATE = "model.layers.0.mlp.gate_proj.weight"; // [160, 64]

    private static final ObjectMapper JSON = new ObjectMapper();

    @TempDir
    static Path whole;

    @TempDir
    Path folder;

    @BeforeAll
    static void makeBothForms() throws IOException {
        LiveObjects.settled();
        try (QwenModel model = QwenModel.load(Goldens.DIRECTORY)) {
            model.save(whole.resolve("single"));
            model.save(whole.resolve("shards"), ScalarType.Float, 400_000);
        }
    }

    private interface Damage {
        void to(Path folder) throws IOException;
    }

    static Stream<Arguments> single() {
        return Stream.of(
                damage("an empty file", WEIGHTS, "0 bytes are too few for a header", bytes(all -> new byte[0])),
                damage("seven bytes", WEIGHTS, "7 bytes are too few for a header", bytes(all -> Arrays.copyOf(all, 7))),
                damage("cut in the header", WEIGHTS, "header length", bytes(all -> Arrays.copyOf(all, 1000))),
                damage("cut in the data", WEIGHTS, "(truncated?)", bytes(all -> Arrays.copyOf(all, all.length / 2))),
                damage("one byte short", WEIGHTS, "(truncated?)", bytes(all -> Arrays.copyOf(all, all.length - 1))),
                damage(
                        "one byte more",
                        WEIGHTS,
                        "the tensors end at",
                        bytes(all -> Arrays.copyOf(all, all.length + 1))),
                damage("no header length", WEIGHTS, "header length 0", headerLength(0)),
                damage("negative length", WEIGHTS, "header length -1", headerLength(-1)),
                damage("absurd length", WEIGHTS, "header length 9223372036854775807", headerLength(Long.MAX_VALUE)),
                damage("a length too small", WEIGHTS, "no valid JSON", headerLength(200)),
                damage("zeros", WEIGHTS, "header length 0", bytes(all -> new byte[all.length])),
                damage("no JSON", WEIGHTS, "no JSON object", rawHeader("not a header")),
                damage("nesting", WEIGHTS, "no valid JSON", rawHeader("{\"a\":{\"x\":" + "[".repeat(100_000))),
                damage("half a header", WEIGHTS, "no valid JSON", rawHeader("{\"a\":{\"dtype\":\"F32\",")),
                damage("no UTF-8", WEIGHTS, "not UTF-8", bytes(all -> {
                    all[20] = (byte) 0xFF;
                    return all;
                })),
                damage(
                        "a tensor twice",
                        WEIGHTS,
                        "Duplicate field 'a'",
                        rawHeader("{\"a\":{\"dtype\":\"F32\",\"shape\":[],\"data_offsets\":[0,4]},\"a\":{}}")),
                tensor("offsets in reverse", NORM, "do not span", entry -> {
                    long begin = begin(entry);
                    entry.putArray("data_offsets").add(begin + 256).add(begin);
                }),
                damage("offsets exchanged", WEIGHTS, "do not span", header(root -> {
                    ObjectNode norm = (ObjectNode) root.get(NORM);
                    ObjectNode gate = (ObjectNode) root.get(GATE);
                    JsonNode offsets = norm.get("data_offsets");
                    norm.set("data_offsets", gate.get("data_offsets"));
                    gate.set("data_offsets", offsets);
                })),
                tensor("overlapping", NORM, "inside the tensor before it", entry -> {
                    long begin = begin(entry) - 128;
                    entry.putArray("data_offsets").add(begin).add(begin + 256);
                }),
                damage("a gap", WEIGHTS, "leaving a gap", header(root -> root.remove(GATE))),
                tensor("offsets missing", NORM, "data_offsets is missing", entry -> entry.remove("data_offsets")),
                tensor(
                        "offsets beyond long",
                        NORM,
                        "non-negative integers",
                        entry -> entry.putArray("data_offsets").add(0).add(new BigInteger("99999999999999999999"))),
                tensor(
                        "a size of 2^80",
                        NORM,
                        "overflows",
                        entry -> entry.putArray("shape").add(1L << 40).add(1L << 40)),
                damage("an exabyte", WEIGHTS, "(truncated?)", header(root -> {
                    ObjectNode entry = (ObjectNode) root.get(NORM);
                    long begin = begin(entry);
                    entry.putArray("shape").add(1L << 58);
                    entry.putArray("data_offsets").add(begin).add(begin + (1L << 60));
                })),
                tensor(
                        "a negative size",
                        NORM,
                        "non-negative integers, got -64",
                        entry -> entry.putArray("shape").add(-64)),
                tensor(
                        "a fraction of a size",
                        NORM,
                        "non-negative integers, got 64.5",
                        entry -> entry.putArray("shape").add(64.5)),
                tensor("integers", NORM, "has dtype I32, wanted F32, F16 or BF16", entry -> entry.put("dtype", "I32")),
                tensor("another width", NORM, "do not span", entry -> entry.put("dtype", "BF16")),
                tensor(
                        "an unknown type",
                        NORM,
                        "unsupported dtype \"F8_E4M3\"",
                        entry -> entry.put("dtype", "F8_E4M3")),
                tensor(
                        "transposed",
                        GATE,
                        "has shape [64, 160], wanted [160, 64]",
                        entry -> entry.putArray("shape").add(64).add(160)),
                tensor(
                        "flattened",
                        GATE,
                        "has shape [10240], wanted [160, 64]",
                        entry -> entry.putArray("shape").add(10240)),
                damage("another name", "", "missing [" + NORM + "], unknown [model.normal.weight]", header(root -> {
                    root.set("model.normal.weight", root.remove(NORM));
                })),
                damage(
                        "an empty header",
                        "",
                        "there are only 0 tensors",
                        folder -> Files.write(folder.resolve(WEIGHTS), new byte[] {2, 0, 0, 0, 0, 0, 0, 0, '{', '}'})),
                damage("old and new name", "", "tensor \"" + NORM + "\" is there twice", header(root -> {
                    // In place of a bias of half the size, twice: two tensors in the room of one.
                    ObjectNode norm = (ObjectNode) root.get(NORM);
                    long begin = begin(norm);
                    norm.putArray("shape").add(32);
                    norm.putArray("data_offsets").add(begin).add(begin + 128);
                    ObjectNode second = norm.deepCopy();
                    second.putArray("data_offsets").add(begin + 128).add(begin + 256);
                    root.set("model.language_model.norm.weight", second);
                })),
                damage("a folder", WEIGHTS, "no regular file", folder -> {
                    Files.delete(folder.resolve(WEIGHTS));
                    Files.createDirectory(folder.resolve(WEIGHTS));
                }),
                damage(
                        "no weights",
                        "",
                        "neither model.safetensors nor",
                        folder -> Files.delete(folder.resolve(WEIGHTS))),
                damage("no configuration", CONFIG, "", folder -> Files.delete(folder.resolve(CONFIG))),
                damage("half a configuration", CONFIG, "no valid JSON", folder -> {
                    String text = Files.readString(folder.resolve(CONFIG));
                    Files.writeString(folder.resolve(CONFIG), text.substring(0, text.length() / 2));
                }),
                config("another architecture", "model_type must be one of", root -> root.put("model_type", "llama")),
                config("text for a number", "hidden_size must be an integer", root -> root.put("hidden_size", "64")),
                config("a width that heads do not divide", "must divide", root -> root.put("num_attention_heads", 7)),
                config("no layers", "num_hidden_layers must be positive", root -> root.put("num_hidden_layers", 0)),
                damage(
                        "2 000 000 000 layers",
                        "",
                        "has 2000000000 layers",
                        config(root -> root.put("num_hidden_layers", 2_000_000_000))),
                damage(
                        "a vocabulary of 2^31 - 1",
                        WEIGHTS,
                        "wanted [2147483647, 64]",
                        config(root -> root.put("vocab_size", Integer.MAX_VALUE))),
                config(
                        "sections that overflow",
                        "mrope_section must be three counts",
                        root -> root.withObject("rope_scaling")
                                .putArray("mrope_section")
                                .add(Integer.MAX_VALUE)
                                .add(Integer.MAX_VALUE)
                                .add(10)),
                config(
                        "patches that overflow",
                        "are too large",
                        root -> root.withObject("vision_config").put("patch_size", 1 << 20)),
                damage(
                        "another feed-forward width",
                        WEIGHTS,
                        "wanted [2000000000, 64]",
                        config(root -> root.put("intermediate_size", 2_000_000_000))));
    }

    static Stream<Arguments> shards() {
        return Stream.of(
                damage(
                        "no shard",
                        INDEX,
                        "shard \"" + SHARD_2 + "\" is not there",
                        folder -> Files.delete(folder.resolve(SHARD_2))),
                damage("a short shard", SHARD_2, "(truncated?)", folder -> {
                    byte[] all = Files.readAllBytes(folder.resolve(SHARD_2));
                    Files.write(folder.resolve(SHARD_2), Arrays.copyOf(all, all.length - 4));
                }),
                damage("shards exchanged", INDEX, "is not in " + SHARD_2, folder -> {
                    Files.move(folder.resolve(SHARD_1), folder.resolve("x"));
                    Files.move(folder.resolve(SHARD_2), folder.resolve(SHARD_1));
                    Files.move(folder.resolve("x"), folder.resolve(SHARD_2));
                }),
                damage("half an index", INDEX, "no valid JSON", folder -> {
                    String text = Files.readString(folder.resolve(INDEX));
                    Files.writeString(folder.resolve(INDEX), text.substring(0, text.length() / 2));
                }),
                index("no map", "weight_map is missing", root -> root.remove("weight_map")),
                index("a list for a map", "weight_map is missing", root -> root.putArray("weight_map")),
                index(
                        "a number for a shard",
                        "shard 3 is no plain file name",
                        root -> root.withObject("weight_map").put(NORM, 3)),
                index(
                        "a way out of the folder",
                        "is no plain file name",
                        root -> root.withObject("weight_map").put(NORM, "../" + SHARD_1)),
                index(
                        "an absolute path",
                        "is no plain file name",
                        root -> root.withObject("weight_map").put(NORM, "/etc/passwd")),
                index(
                        "a tensor that is nowhere",
                        "\"extra\" is not in " + SHARD_1,
                        root -> root.withObject("weight_map").put("extra", SHARD_1)),
                index(
                        "the wrong shard",
                        "\"" + NORM + "\" is not in " + SHARD_1,
                        root -> root.withObject("weight_map").put(NORM, SHARD_1)),
                damage(
                        "a tensor not listed",
                        "model-00003-of-00003.safetensors",
                        "is not listed in",
                        json(INDEX, root -> root.withObject("weight_map").remove(NORM))));
    }

    @Test
    void undamagedTheyLoad() throws IOException {
        for (String form : new String[] {"single", "shards"}) {
            QwenModel.load(whole.resolve(form)).close();
        }
        assertThat(single().count()).isGreaterThanOrEqualTo(30);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource
    void single(String what, String file, String[] messages, Damage damage) throws IOException {
        assertRefused("single", file, messages, damage);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource
    void shards(String what, String file, String[] messages, Damage damage) throws IOException {
        assertRefused("shards", file, messages, damage);
    }

    private void assertRefused(String form, String file, String[] messages, Damage damage) throws IOException {
        try (Stream<Path> files = Files.list(whole.resolve(form))) {
            for (Path each : (Iterable<Path>) files::iterator) {
                Files.copy(each, folder.resolve(each.getFileName()));
            }
        }
        damage.to(folder);
        Torch.load();
        long before = Torch.liveObjects();
        assertThatThrownBy(() -> QwenModel.load(folder))
                .isInstanceOf(IOException.class)
                .hasMessageContaining(folder.resolve(file).toString())
                .hasMessageContainingAll(messages);
        assertThat(Torch.liveObjects()).isEqualTo(before);
    }

    private static Arguments damage(String what, String file, String message, Damage damage) {
        return Arguments.of(what, file, new String[] {message}, damage);
    }

    private static Arguments tensor(String what, String name, String message, Consumer<ObjectNode> change) {
        return Arguments.of(
                what,
                WEIGHTS,
                new String[] {"tensor \"" + name + "\"", message},
                header(root -> change.accept((ObjectNode) root.get(name))));
    }

    private static Arguments config(String what, String message, Consumer<ObjectNode> change) {
        return damage(what, CONFIG, message, config(change));
    }

    private static Damage config(Consumer<ObjectNode> change) {
        return json(CONFIG, change);
    }

    private static Arguments index(String what, String message, Consumer<ObjectNode> change) {
        return damage(what, INDEX, message, json(INDEX, change));
    }

    private static Damage json(String file, Consumer<ObjectNode> change) {
        return folder -> {
            ObjectNode root = (ObjectNode) JSON.readTree(folder.resolve(file).toFile());
            change.accept(root);
            Files.writeString(folder.resolve(file), root.toString());
        };
    }

    private static Damage bytes(UnaryOperator<byte[]> change) {
        return folder ->
                Files.write(folder.resolve(WEIGHTS), change.apply(Files.readAllBytes(folder.resolve(WEIGHTS))));
    }

    private static Damage headerLength(long length) {
        return bytes(all -> {
            ByteBuffer.wrap(all).order(ByteOrder.LITTLE_ENDIAN).putLong(0, length);
            return all;
        });
    }

    /** The data under another header. */
    private static Damage rawHeader(String text) {
        return bytes(all -> {
            byte[] header = text.getBytes(StandardCharsets.UTF_8);
            int dataStart = dataStart(all);
            return ByteBuffer.allocate(8 + header.length + all.length - dataStart)
                    .order(ByteOrder.LITTLE_ENDIAN)
                    .putLong(header.length)
                    .put(header)
                    .put(all, dataStart, all.length - dataStart)
                    .array();
        });
    }

    private static Damage header(Consumer<ObjectNode> change) {
        return folder -> {
            byte[] all = Files.readAllBytes(folder.resolve(WEIGHTS));
            ObjectNode root = (ObjectNode) JSON.readTree(all, 8, dataStart(all) - 8);
            change.accept(root);
            rawHeader(root.toString()).to(folder);
        };
    }

    private static int dataStart(byte[] all) {
        return 8 + (int) ByteBuffer.wrap(all).order(ByteOrder.LITTLE_ENDIAN).getLong(0);
    }

    private static long begin(ObjectNode entry) {
        return entry.get("data_offsets").get(0).asLong();
    }
}
