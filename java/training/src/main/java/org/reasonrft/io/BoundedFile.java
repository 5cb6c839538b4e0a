package org.reasonrft.io;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** Small files read whole, where the size that a file claims must not decide how much memory it gets. */
public final class BoundedFile {
    private BoundedFile() {}

    /**
     * All bytes of a regular file.
     *
     * @param limit most bytes it may have
     * @throws IOException if it is missing, no regular file, larger than the limit or cannot be read; the message names
     *     it
     */
    public static byte[] read(Path file, int limit) throws IOException {
        requireRegular(file);
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            long size = channel.size();
            if (size > limit) {
                throw new FileSystemException(
                        file.toString(), null, "has " + size + " bytes, more than the " + limit + " it may have");
            }
            ByteBuffer bytes = ByteBuffer.allocate((int) size);
            while (bytes.hasRemaining()) {
                if (channel.read(bytes) < 0) {
                    throw new EOFException(file + ": ends at byte " + bytes.position() + " while it is read");
                }
            }
            return bytes.array();
        }
    }

    /**
     * Refuses what would block or be no file when it is opened: pipes, devices, folders.
     *
     * @throws IOException naming the file
     */
    public static void requireRegular(Path file) throws IOException {
        if (!Files.isRegularFile(file)) {
            if (Files.notExists(file)) {
                throw new NoSuchFileException(file.toString());
            }
            throw new FileSystemException(file.toString(), null, "no regular file");
        }
    }
}
