package org.reasonrft.model;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/** What tells one checkpoint from another, wherever it lies: everything that its answers depend on. */
public final class CheckpointDigest {
    private static final Set<String> ENDINGS = Set.of(".safetensors", ".json", ".jinja", ".txt");

    private CheckpointDigest() {}

    /**
     * SHA-256 over the names and contents of the files that are read when the checkpoint is loaded, those beneath an
     * adapter included; in hexadecimal digits.
     *
     * @throws IOException if a file cannot be read
     */
    public static String of(Path directory) throws IOException {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            add(digest, directory);
            return HexFormat.of().formatHex(digest.digest());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    private static void add(MessageDigest digest, Path directory) throws IOException {
        byte[] buffer = new byte[1 << 20];
        for (Path file : files(directory)) {
            // Name and length stand before the content, so that no two sets of files read the same.
            digest.update((file.getFileName() + "\0" + Files.size(file) + "\0").getBytes(StandardCharsets.UTF_8));
            try (InputStream in = Files.newInputStream(file)) {
                for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
                    digest.update(buffer, 0, read);
                }
            }
        }
        if (PeftFiles.isAdapter(directory)) {
            add(digest, PeftFiles.basePath(directory));
        }
    }

    private static List<Path> files(Path directory) throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.filter(Files::isRegularFile)
                    .filter(file -> {
                        String name = file.getFileName().toString();
                        return !name.startsWith(".") && ENDINGS.stream().anyMatch(name::endsWith);
                    })
                    .sorted()
                    .toList();
        }
    }
}
