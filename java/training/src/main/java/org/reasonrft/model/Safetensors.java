package org.reasonrft.model;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.reasonrft.io.AtomicFile;
import org.reasonrft.io.BoundedFile;
import org.reasonrft.torch.Torch;

/**
 * A safetensors file (github.com/huggingface/safetensors): eight bytes of header length, a JSON header, raw
 * little-endian data. The header is checked in full before any tensor is allocated.
 *
 * <p>Data go from the file straight into the tensor's memory by positional reads, by way of a chunk of a few megabytes
 * where types or devices differ. A memory map would save nothing (the weights have to be in the tensor anyway), would
 * be unmapped by the garbage collector, and would kill the process if the file shrank while it is read.
 */
public final class Safetensors implements AutoCloseable {
    /** One read or write; keeps the JDK's per-thread direct buffers and what conversions need small. */
    private static final int CHUNK_BYTES = 8 << 20;

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
    public record Entry(ScalarType dtype, long[] shape, long begin, long end) {
        /** Number of elements. */
        public long count() {
            return (end - begin) / StoredType.of(dtype).bytes();
        }
    }

    private final Path file;
    private final FileChannel channel;
    private final SafetensorsHeader header;

    private Safetensors(Path file, FileChannel channel, SafetensorsHeader header) {
        this.file = file;
        this.channel = channel;
        this.header = header;
    }

    /**
     * Opens a file and checks its header.
     *
     * @throws ModelFormatException if the header is damaged, or offsets overlap, leave gaps, do not fit the shapes or
     *     do not end where the file ends
     */
    public static Safetensors open(Path file) throws IOException {
        BoundedFile.requireRegular(file);
        FileChannel channel = FileChannel.open(file, StandardOpenOption.READ);
        try {
            long size = channel.size();
            if (size < 8) {
                throw new ModelFormatException(file + ": truncated, " + size + " bytes are too few for a header");
            }
            ByteBuffer prefix = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN);
            readFully(channel, prefix, 0, file.toString());
            long headerBytes = prefix.getLong(0);
            long most = Math.min(SafetensorsHeader.MAX_BYTES, size - 8);
            if (headerBytes < 2 || headerBytes > most) {
                throw new ModelFormatException(file + ": header length " + headerBytes + " must lie in [2, " + most
                        + "] for a file of " + size + " bytes");
            }
            ByteBuffer json = ByteBuffer.allocate((int) headerBytes);
            readFully(channel, json, 8, file.toString());
            return new Safetensors(file, channel, SafetensorsHeader.parse(file, json.flip(), 8 + headerBytes, size));
        } catch (IOException | RuntimeException | Error e) {
            channel.close();
            throw e;
        }
    }

    /** Names and places of the tensors, in the order of the header. */
    public Map<String, Entry> entries() {
        return Collections.unmodifiableMap(header.entries());
    }

    /** The free-form strings of the header. */
    public Map<String, String> metadata() {
        return Collections.unmodifiableMap(header.metadata());
    }

    /** Reads one tensor in the file's own type, on the CPU. */
    public Tensor read(String name) throws IOException {
        Entry entry = entry(name);
        Tensor result = torch.empty(entry.shape, Torch.options(entry.dtype), null);
        fill(name, result, entry.begin);
        return result;
    }

    /**
     * Reads one tensor into an existing one of the same shape, converting the type and copying to its device if needed.
     * Takes no more memory than one chunk where the target is contiguous.
     *
     * @throws ModelFormatException if there is no such tensor or its shape differs
     */
    public void readInto(String name, Tensor target) throws IOException {
        requireShape(name, target.shape());
        Entry entry = entry(name);
        try (PointerScope scope = new PointerScope()) {
            if (!target.is_contiguous()) {
                target.detach().copy_(read(name));
            } else if (entry.dtype == Torch.dtype(target) && target.device().is_cpu()) {
                fill(name, target, entry.begin);
            } else {
                convert(name, target.detach().view(-1), entry);
            }
        }
    }

    /** @param flat all elements of the target as one dimension */
    private void convert(String name, Tensor flat, Entry entry) throws IOException {
        int elementBytes = StoredType.of(entry.dtype).bytes();
        long chunk = Math.min(flat.numel(), CHUNK_BYTES / elementBytes);
        Tensor stored = torch.empty(new long[] {chunk}, Torch.options(entry.dtype), null);
        for (long at = 0; at < flat.numel(); at += chunk) {
            try (PointerScope scope = new PointerScope()) {
                long count = Math.min(chunk, flat.numel() - at);
                Tensor part = stored.narrow(0, 0, count);
                fill(name, part, entry.begin + at * elementBytes);
                flat.narrow(0, at, count).copy_(part);
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

    /** Refuses integers and flags where numbers of a network are wanted. */
    void requireParameterType(String name) throws ModelFormatException {
        StoredType type = StoredType.of(entry(name).dtype);
        if (!type.isParameterType()) {
            throw new ModelFormatException(
                    file + ": tensor \"" + name + "\" has dtype " + type + ", wanted F32, F16 or BF16");
        }
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }

    /**
     * Writes a file atomically, each tensor in its own type; see {@link #write(Path, Map, ScalarType, Map)}.
     */
    public static void write(Path file, Map<String, Tensor> tensors, Map<String, String> metadata) throws IOException {
        write(file, tensors, null, metadata);
    }

    /**
     * Writes a file atomically: all bytes go to a temporary neighbour, which is forced to disk and then renamed. The
     * order in the file (larger types first, then by name) and so every byte depends only on names, values and
     * metadata.
     *
     * @param tensors by name; of any device, stride and supported type
     * @param dtype the type to store all of them in, converted a chunk at a time; null: each in its own
     * @throws IllegalArgumentException if a type cannot be stored; an existing file is then left as it was
     */
    public static void write(Path file, Map<String, Tensor> tensors, ScalarType dtype, Map<String, String> metadata)
            throws IOException {
        Map<String, StoredType> types = new HashMap<>();
        tensors.forEach((name, tensor) -> types.put(name, storedType(name, tensor, dtype)));
        List<String> names = new ArrayList<>(tensors.keySet());
        names.sort(Comparator.<String>comparingInt(name -> -types.get(name).bytes())
                .thenComparing(Comparator.naturalOrder()));
        byte[] header = SafetensorsHeader.encode(names, tensors, types, metadata);
        AtomicFile.write(file, channel -> {
            ByteBuffer prefix =
                    ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(0, header.length);
            writeFully(channel, prefix);
            writeFully(channel, ByteBuffer.wrap(header));
            for (String name : names) {
                writeData(channel, tensors.get(name), types.get(name));
            }
        });
    }

    private static void writeData(FileChannel channel, Tensor tensor, StoredType type) throws IOException {
        try (PointerScope scope = new PointerScope()) {
            Tensor flat = tensor.detach().contiguous().view(-1);
            long chunk = CHUNK_BYTES / type.bytes();
            for (long at = 0; at < flat.numel(); at += chunk) {
                try (PointerScope part = new PointerScope()) {
                    Tensor host = flat.narrow(0, at, Math.min(chunk, flat.numel() - at))
                            .cpu()
                            .to(type.scalarType());
                    writeFully(channel, Torch.bytes(host).asByteBuffer());
                }
            }
        }
    }

    private Entry entry(String name) throws ModelFormatException {
        Entry entry = header.entries().get(name);
        if (entry == null) {
            throw new ModelFormatException(file + ": no tensor \"" + name + "\"");
        }
        return entry;
    }

    /** Fills a contiguous CPU tensor with the bytes from {@code begin} on. */
    private void fill(String name, Tensor target, long begin) throws IOException {
        try (PointerScope scope = new PointerScope()) {
            BytePointer bytes = Torch.bytes(target);
            long total = bytes.capacity();
            for (long at = 0; at < total; at += CHUNK_BYTES) {
                long count = Math.min(CHUNK_BYTES, total - at);
                ByteBuffer part = bytes.getPointer(at).capacity(count).asByteBuffer();
                readFully(channel, part, begin + at, file + ": tensor \"" + name + "\"");
            }
        }
    }

    private static void readFully(FileChannel channel, ByteBuffer buffer, long position, String what)
            throws IOException {
        while (buffer.hasRemaining()) {
            int count = channel.read(buffer, position);
            if (count < 0) {
                throw new ModelFormatException(what + ": ends at byte " + position + " while it is read");
            }
            position += count;
        }
    }

    private static void writeFully(FileChannel channel, ByteBuffer buffer) throws IOException {
        while (buffer.hasRemaining()) {
            channel.write(buffer);
        }
    }

    private static StoredType storedType(String name, Tensor tensor, ScalarType dtype) {
        StoredType type = StoredType.of(dtype == null ? Torch.dtype(tensor) : dtype);
        if (type == null) {
            throw new IllegalArgumentException("tensor \"" + name + "\": cannot be stored"
                    + (dtype == null ? "" : " as " + dtype) + ": " + Torch.describe(tensor));
        }
        return type;
    }
}
