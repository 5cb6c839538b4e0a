package org.reasonrft.model;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.reasonrft.io.AtomicDirectory;
import org.reasonrft.io.AtomicFile;
import org.reasonrft.torch.Torch;

/**
 * The weights of a checkpoint as transformers lays them out: {@code model.safetensors}, or, above a size, shards
 * {@code model-00001-of-00003.safetensors} and so on with an index that says which tensor lies where. Tensors go into
 * shards in the order of the parameters, a new shard whenever the next one would not fit; one larger than the limit has
 * a shard of its own.
 */
final class CheckpointWriter {
    /**
     * Most bytes of tensors in one file; what transformers 4 took. Many file systems and clients dislike larger
     * files.
     */
    static final long MAX_SHARD_BYTES = 5_000_000_000L;

    private static final Map<String, String> METADATA = Map.of("format", "pt");

    private CheckpointWriter() {}

    /**
     * Writes into a folder that holds no weights yet, file by file and the index last. For a folder that appears whole,
     * call it from {@link AtomicDirectory#publish}.
     *
     * @param dtype the type to store all tensors in; null: each in its own
     * @param maxShardBytes most bytes of tensors in one file
     * @throws FileAlreadyExistsException if the folder holds weights: replacing shards one at a time would mix two
     *     models
     */
    static void write(Path folder, Map<String, Tensor> tensors, ScalarType dtype, long maxShardBytes)
            throws IOException {
        if (maxShardBytes < 1) {
            throw new IllegalArgumentException("maxShardBytes must be positive, got " + maxShardBytes);
        }
        for (Path child : AtomicDirectory.children(folder)) {
            String name = child.getFileName().toString();
            if (name.equals(CheckpointFiles.SINGLE)
                    || name.equals(CheckpointFiles.INDEX)
                    || name.matches("model-\\d+-of-\\d+\\.safetensors")) {
                throw new FileAlreadyExistsException(child.toString());
            }
        }
        List<Map<String, Tensor>> shards = shards(tensors, dtype, maxShardBytes);
        if (shards.size() == 1) {
            Safetensors.write(folder.resolve(CheckpointFiles.SINGLE), tensors, dtype, METADATA);
            return;
        }
        Map<String, String> shardOfTensor = new TreeMap<>();
        for (int i = 0; i < shards.size(); i++) {
            String name = String.format(Locale.ROOT, "model-%05d-of-%05d.safetensors", i + 1, shards.size());
            Safetensors.write(folder.resolve(name), shards.get(i), dtype, METADATA);
            shards.get(i).keySet().forEach(tensor -> shardOfTensor.put(tensor, name));
        }
        ObjectNode index = new ObjectMapper().createObjectNode();
        ObjectNode metadata = index.putObject("metadata");
        metadata.put(
                "total_parameters",
                tensors.values().stream().mapToLong(Tensor::numel).sum());
        metadata.put(
                "total_size",
                tensors.values().stream()
                        .mapToLong(tensor -> bytes(tensor, dtype))
                        .sum());
        ObjectNode map = index.putObject("weight_map");
        shardOfTensor.forEach(map::put);
        AtomicFile.write(folder.resolve(CheckpointFiles.INDEX), index.toPrettyString() + "\n");
    }

    private static List<Map<String, Tensor>> shards(Map<String, Tensor> tensors, ScalarType dtype, long maxBytes) {
        List<Map<String, Tensor>> shards = new ArrayList<>();
        Map<String, Tensor> current = new LinkedHashMap<>();
        shards.add(current);
        long filled = 0;
        for (Map.Entry<String, Tensor> item : tensors.entrySet()) {
            long bytes = bytes(item.getValue(), dtype);
            if (!current.isEmpty() && filled + bytes > maxBytes) {
                current = new LinkedHashMap<>();
                shards.add(current);
                filled = 0;
            }
            current.put(item.getKey(), item.getValue());
            filled += bytes;
        }
        return shards;
    }

    private static long bytes(Tensor tensor, ScalarType dtype) {
        StoredType type = StoredType.of(dtype == null ? Torch.dtype(tensor) : dtype);
        return tensor.numel() * (type == null ? tensor.element_size() : type.bytes());
    }
}
