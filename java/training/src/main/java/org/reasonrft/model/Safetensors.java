package org.reasonrft.model;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.reasonrft.io.AtomicFile;
import org.reasonrft.torch.Torch;

/**
 * A safetensors file (github.com/huggingface/safetensors): eight bytes of header length, a JSON header, raw
 * little-endian data. The header is checked in full before any tensor is allocated.
 *
 * <p>Data go from the file straight into the tensor's memory by positional reads. A memory map would save nothing (the
 * weights have to be in the tensor anyway), would be unmapped by the garbage collector, and would kill the process if
 * the file shrank while it is read.
 */
public final class Safetensors implements AutoCloseable {
    /** Limit of the reference implementation. */
    private static final long MAX_HEADER_BYTES = 100_000_000;
    /** One read or write; keeps the JDK's per-thread direct buffers small. */
    private static final int CHUNK_BYTES = 8 << 20;
    // Duplicate keys are how a crafted header shows one reader something else than another.
    private static final ObjectMapper JSON = JsonMapper.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .build();
    private static final Map<String, ScalarType> TYPES = Map.of(
            "F64",
            ScalarType.Double,
            "F32",
            ScalarType.Float,
            "F16",
            ScalarType.Half,
            "BF16",
            ScalarType.BFloat16,
            "I64",
            ScalarType.Long,
            "I32",
            ScalarType.Int,
            "U8",
            ScalarType.Byte,
            "BOOL",
            ScalarType.Bool);
    private static final Map<ScalarType, Integer> SIZES = Map.of(
            ScalarType.Double,
            8,
            ScalarType.Float,
            4,
            ScalarType.Half,
            2,
            ScalarType.BFloat16,
            2,
            ScalarType.Long,
            8,
            ScalarType.Int,
            4,
            ScalarType.Byte,
            1,
            ScalarType.Bool,
            1);

    static {
        Torch.load();
        if (ByteOrder.nativeOrder() != ByteOrder.LITTLE_ENDIAN) {
            throw new ExceptionInInitializerError("safetensors files are little-endian; this machine is not");
        }
    }

    /**
     * One tensor in a file.
     *
     * @param begin first byte, counted from the start of the file
     * @param end byte after the last
     */
    public record Entry(ScalarType dtype, long[] shape, long begin, long end) {}

    private final Path file;
    private final FileChannel channel;
    private final Map<String, Entry> entries;
    private final Map<String, String> metadata;

    private Safetensors(Path file, FileChannel channel, Map<String, Entry> entries, Map<String, String> metadata) {
        this.file = file;
        this.channel = channel;
        this.entries = Collections.unmodifiableMap(entries);
        this.metadata = Collections.unmodifiableMap(metadata);
    }

    /**
     * Opens a file and checks its header.
     *
     * @throws ModelFormatException if the header is damaged, or offsets overlap, leave gaps, do not fit the shapes or do
     *     not end where the file ends
     */
    public static Safetensors open(Path file) throws IOException {
        FileChannel channel = FileChannel.open(file, StandardOpenOption.READ);
        try {
            long size = channel.size();
            ByteBuffer prefix = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN);
            if (size < 8) {
                throw new ModelFormatException(file + ": truncated, " + size + " bytes are too few for a header");
            }
            readFully(channel, prefix, 0, file);
            long headerBytes = prefix.getLong(0);
            if (headerBytes < 2 || headerBytes > MAX_HEADER_BYTES || headerBytes > size - 8) {
                throw new ModelFormatException(file + ": header length " + headerBytes + " must lie in [2, "
                        + Math.min(MAX_HEADER_BYTES, size - 8) + "] for a file of " + size + " bytes");
            }
            ByteBuffer header = ByteBuffer.allocate((int) headerBytes);
            readFully(channel, header, 8, file);
            Map<String, Entry> entries = new LinkedHashMap<>();
            Map<String, String> metadata = new LinkedHashMap<>();
            parseHeader(file, header.flip(), 8 + headerBytes, size, entries, metadata);
            return new Safetensors(file, channel, entries, metadata);
        } catch (IOException | RuntimeException | Error e) {
            channel.close();
            throw e;
        }
    }

    /** Names and places of the tensors, in the order of the header. */
    public Map<String, Entry> entries() {
        return entries;
    }

    /** The free-form strings of the header. */
    public Map<String, String> metadata() {
        return metadata;
    }

    /** Reads one tensor in the file's own type, on the CPU. */
    public Tensor read(String name) throws IOException {
        Entry entry = entry(name);
        Tensor result = torch.empty(entry.shape, Torch.options(entry.dtype), null);
        fill(result, entry);
        return result;
    }

    /**
     * Reads one tensor into an existing one of the same shape, converting the type and copying to its device if needed.
     *
     * @throws ModelFormatException if there is no such tensor or its shape differs
     */
    public void readInto(String name, Tensor target) throws IOException {
        requireShape(name, target.shape());
        Entry entry = entry(name);
        try (PointerScope scope = new PointerScope()) {
            if (entry.dtype == Torch.dtype(target)
                    && target.is_contiguous()
                    && target.device().is_cpu()) {
                fill(target, entry);
            } else {
                target.detach().copy_(read(name));
            }
        }
    }

    void requireShape(String name, long[] wanted) throws ModelFormatException {
        long[] shape = entry(name).shape;
        if (!Arrays.equals(shape, wanted)) {
            throw new ModelFormatException(file + ": tensor \"" + name + "\" has shape " + Arrays.toString(shape)
                    + ", wanted " + Arrays.toString(wanted));
        }
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }

    /**
     * Writes a file atomically: all bytes go to a temporary neighbour, which is forced to disk and then renamed. The
     * order in the file (larger types first, then by name) and so every byte depends only on names, values and metadata.
     *
     * @param tensors by name; of any device, stride and supported type
     */
    public static void write(Path file, Map<String, Tensor> tensors, Map<String, String> metadata) throws IOException {
        List<String> names = new ArrayList<>(tensors.keySet());
        names.sort(Comparator.<String>comparingInt(name -> -elementBytes(name, tensors.get(name)))
                .thenComparing(Comparator.naturalOrder()));
        byte[] header = header(names, tensors, metadata);
        AtomicFile.write(file, channel -> {
            ByteBuffer prefix =
                    ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(0, header.length);
            writeFully(channel, prefix);
            writeFully(channel, ByteBuffer.wrap(header));
            for (String name : names) {
                try (PointerScope scope = new PointerScope()) {
                    Tensor host = tensors.get(name).detach().cpu().contiguous();
                    BytePointer bytes = Torch.bytes(host);
                    long total = bytes.capacity();
                    for (long at = 0; at < total; at += CHUNK_BYTES) {
                        long count = Math.min(CHUNK_BYTES, total - at);
                        writeFully(channel, bytes.getPointer(at).capacity(count).asByteBuffer());
                    }
                }
            }
        });
    }

    private static byte[] header(List<String> names, Map<String, Tensor> tensors, Map<String, String> metadata)
            throws IOException {
        Map<String, Object> root = new LinkedHashMap<>();
        if (!metadata.isEmpty()) {
            root.put("__metadata__", new java.util.TreeMap<>(metadata));
        }
        long offset = 0;
        for (String name : names) {
            Tensor tensor = tensors.get(name);
            long end = offset + tensor.numel() * elementBytes(name, tensor);
            Map<String, Object> entry = new LinkedHashMap<>();
            entry.put("dtype", typeName(Torch.dtype(tensor)));
            entry.put("shape", tensor.shape());
            entry.put("data_offsets", new long[] {offset, end});
            root.put(name, entry);
            offset = end;
        }
        byte[] json = JSON.writeValueAsBytes(root);
        // Padded with spaces so that the data are aligned, as the format asks.
        byte[] header = Arrays.copyOf(json, (json.length + 7) / 8 * 8);
        Arrays.fill(header, json.length, header.length, (byte) ' ');
        return header;
    }

    private static void parseHeader(
            Path file,
            ByteBuffer header,
            long dataStart,
            long fileSize,
            Map<String, Entry> entries,
            Map<String, String> metadata)
            throws IOException {
        JsonNode root;
        try {
            root = JSON.readTree(
                    StandardCharsets.UTF_8.newDecoder().decode(header).toString());
        } catch (JsonProcessingException | CharacterCodingException e) {
            throw new ModelFormatException(file + ": the header is no valid JSON: " + e.getMessage(), e);
        }
        if (root == null || !root.isObject()) {
            throw new ModelFormatException(file + ": the header is no JSON object");
        }
        for (Map.Entry<String, JsonNode> field : root.properties()) {
            if (field.getKey().equals("__metadata__")) {
                field.getValue()
                        .properties()
                        .forEach(item ->
                                metadata.put(item.getKey(), item.getValue().asText()));
            } else {
                entries.put(field.getKey(), parseEntry(file, field.getKey(), field.getValue(), dataStart, fileSize));
            }
        }
        List<Map.Entry<String, Entry>> ordered = new ArrayList<>(entries.entrySet());
        ordered.sort(Comparator.comparingLong((Map.Entry<String, Entry> e) -> e.getValue().begin)
                .thenComparingLong(e -> e.getValue().end));
        long expected = dataStart;
        for (Map.Entry<String, Entry> item : ordered) {
            Entry entry = item.getValue();
            if (entry.begin != expected) {
                throw new ModelFormatException(file + ": tensor \"" + item.getKey() + "\" begins at byte " + entry.begin
                        + (entry.begin < expected
                                ? ", inside the tensor before it, which ends at "
                                : ", leaving a gap after ")
                        + expected);
            }
            expected = entry.end;
        }
        if (expected != fileSize) {
            throw new ModelFormatException(
                    file + ": the tensors end at byte " + expected + ", the file at " + fileSize);
        }
    }

    private static Entry parseEntry(Path file, String name, JsonNode node, long dataStart, long fileSize)
            throws ModelFormatException {
        String where = file + ": tensor \"" + name + "\": ";
        ScalarType dtype = TYPES.get(node.path("dtype").asText());
        if (dtype == null) {
            throw new ModelFormatException(where + "unsupported dtype " + node.path("dtype"));
        }
        JsonNode shapeNode = node.path("shape");
        JsonNode offsets = node.path("data_offsets");
        if (!shapeNode.isArray() || !offsets.isArray() || offsets.size() != 2) {
            throw new ModelFormatException(where + "needs a shape and two data_offsets, got " + node);
        }
        long[] shape = new long[shapeNode.size()];
        long bytes = SIZES.get(dtype);
        try {
            for (int i = 0; i < shape.length; i++) {
                shape[i] = nonNegative(where, "shape", shapeNode.get(i));
                bytes = Math.multiplyExact(bytes, shape[i]);
            }
        } catch (ArithmeticException e) {
            throw new ModelFormatException(where + "shape " + shapeNode + " overflows", e);
        }
        long begin = nonNegative(where, "data_offsets", offsets.get(0));
        long end = nonNegative(where, "data_offsets", offsets.get(1));
        if (end < begin || end - begin != bytes) {
            throw new ModelFormatException(where + "data_offsets " + offsets + " do not span the " + bytes
                    + " bytes of " + node.path("dtype").asText() + shapeNode);
        }
        if (end > fileSize - dataStart) {
            throw new ModelFormatException(where + "ends at byte " + end + " of the data, but the file holds only "
                    + (fileSize - dataStart) + " (truncated?)");
        }
        return new Entry(dtype, shape, dataStart + begin, dataStart + end);
    }

    private static long nonNegative(String where, String what, JsonNode node) throws ModelFormatException {
        if (!node.isIntegralNumber() || !node.canConvertToLong() || node.longValue() < 0) {
            throw new ModelFormatException(where + what + " must hold non-negative integers, got " + node);
        }
        return node.longValue();
    }

    private Entry entry(String name) throws ModelFormatException {
        Entry entry = entries.get(name);
        if (entry == null) {
            throw new ModelFormatException(file + ": no tensor \"" + name + "\"");
        }
        return entry;
    }

    private void fill(Tensor target, Entry entry) throws IOException {
        try (PointerScope scope = new PointerScope()) {
            BytePointer bytes = Torch.bytes(target);
            long total = entry.end - entry.begin;
            for (long at = 0; at < total; at += CHUNK_BYTES) {
                long count = Math.min(CHUNK_BYTES, total - at);
                readFully(channel, bytes.getPointer(at).capacity(count).asByteBuffer(), entry.begin + at, file);
            }
        }
    }

    private static void readFully(FileChannel channel, ByteBuffer buffer, long position, Path file) throws IOException {
        while (buffer.hasRemaining()) {
            int count = channel.read(buffer, position);
            if (count < 0) {
                throw new ModelFormatException(file + ": ends at byte " + position + " while it is read");
            }
            position += count;
        }
    }

    private static void writeFully(FileChannel channel, ByteBuffer buffer) throws IOException {
        while (buffer.hasRemaining()) {
            channel.write(buffer);
        }
    }

    private static int elementBytes(String name, Tensor tensor) {
        Integer size = SIZES.get(Torch.dtype(tensor));
        if (size == null) {
            throw new IllegalArgumentException("tensor \"" + name + "\": cannot be stored: " + Torch.describe(tensor));
        }
        return size;
    }

    private static String typeName(ScalarType type) {
        return TYPES.entrySet().stream()
                .filter(e -> e.getValue() == type)
                .findFirst()
                .orElseThrow()
                .getKey();
    }
}
