package org.reasonrft.io;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;

/**
 * Publishes a file all at once, as {@link AtomicDirectory} does folders. A temporary neighbour that a killed writer left is overwritten by
 * the next one, or removed by {@link AtomicDirectory#recover}.
 */
public final class AtomicFile {
    /** Ends the name of what is not yet, or no longer, to be read. */
    static final String WRITING = ".writing";

    private AtomicFile() {}

    /** Writes the content of a file through an open channel. */
    @FunctionalInterface
    public interface Content {
        void writeTo(FileChannel channel) throws IOException;
    }

    /**
     * Writes and publishes {@code target}, replacing an existing file.
     *
     * @throws IOException if it cannot be written; an existing {@code target} is then left as it was
     */
    public static void write(Path target, Content content) throws IOException {
        Path writing = sibling(target, WRITING);
        Files.deleteIfExists(writing);
        try {
            try (FileChannel channel =
                    FileChannel.open(writing, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
                content.writeTo(channel);
                channel.force(true);
            }
            Files.move(writing, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } finally {
            Files.deleteIfExists(writing);
        }
        forceFolder(target.toAbsolutePath().getParent());
    }

    /** Writes and publishes a text in UTF-8. */
    public static void write(Path target, String text) throws IOException {
        ByteBuffer bytes = ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
        write(target, channel -> {
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
        });
    }

    /** The hidden neighbour that stands for {@code target} while it is written. */
    static Path sibling(Path target, String suffix) throws IOException {
        if (target.getFileName() == null) {
            throw new IOException("nothing can have that name");
        }
        return target.toAbsolutePath().resolveSibling("." + target.getFileName() + suffix);
    }

    static void force(Path file) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            channel.force(true);
        }
    }

    /** Makes a rename durable. Windows cannot open folders, and does not need it. */
    static void forceFolder(Path folder) throws IOException {
        if (System.getProperty("os.name").startsWith("Windows")) {
            return;
        }
        try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }
}
