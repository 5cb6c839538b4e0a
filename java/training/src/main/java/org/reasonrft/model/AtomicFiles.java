package org.reasonrft.model;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.UUID;

/** Files and directories that are either there in full or not at all, also after a crash or a power cut. */
final class AtomicFiles {
    private AtomicFiles() {}

    /** Writes the content of a file through an open channel. */
    interface Content {
        void writeTo(FileChannel channel) throws IOException;
    }

    /** Fills a fresh directory. */
    interface DirectoryContent {
        void writeTo(Path directory) throws IOException;
    }

    static void write(Path file, Content content) throws IOException {
        Path target = file.toAbsolutePath();
        Path temporary = sibling(target);
        try {
            try (FileChannel channel =
                    FileChannel.open(temporary, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
                content.writeTo(channel);
                channel.force(true);
            }
            Files.move(temporary, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            forceDirectory(target.getParent());
        } finally {
            Files.deleteIfExists(temporary);
        }
    }

    /**
     * Fills a temporary sibling and renames it. An existing directory of that name is moved aside first and deleted
     * last, so that at every moment a complete directory exists under one of the names.
     */
    static void writeDirectory(Path directory, DirectoryContent content) throws IOException {
        Path target = directory.toAbsolutePath();
        Files.createDirectories(target.getParent());
        Path temporary = sibling(target);
        Path old = sibling(target);
        Files.createDirectory(temporary);
        try {
            content.writeTo(temporary);
            forceTree(temporary);
            boolean replaces = Files.exists(target, LinkOption.NOFOLLOW_LINKS);
            if (replaces) {
                Files.move(target, old, StandardCopyOption.ATOMIC_MOVE);
            }
            try {
                Files.move(temporary, target, StandardCopyOption.ATOMIC_MOVE);
            } catch (IOException e) {
                if (replaces) {
                    Files.move(old, target, StandardCopyOption.ATOMIC_MOVE);
                }
                throw e;
            }
            forceDirectory(target.getParent());
            if (replaces) {
                deleteTree(old);
            }
        } finally {
            deleteTree(temporary);
        }
    }

    private static Path sibling(Path target) {
        return target.resolveSibling("." + target.getFileName() + "." + UUID.randomUUID() + ".tmp");
    }

    private static void forceTree(Path directory) throws IOException {
        try (DirectoryStream<Path> children = Files.newDirectoryStream(directory)) {
            for (Path child : children) {
                if (Files.isDirectory(child, LinkOption.NOFOLLOW_LINKS)) {
                    forceTree(child);
                } else {
                    try (FileChannel channel = FileChannel.open(child, StandardOpenOption.WRITE)) {
                        channel.force(true);
                    }
                }
            }
        }
        forceDirectory(directory);
    }

    /** Makes a rename durable. Windows cannot open directories, and does not need it. */
    private static void forceDirectory(Path directory) throws IOException {
        if (System.getProperty("os.name").startsWith("Windows")) {
            return;
        }
        try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }

    private static void deleteTree(Path path) throws IOException {
        if (!Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
            return;
        }
        if (Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS)) {
            try (DirectoryStream<Path> children = Files.newDirectoryStream(path)) {
                for (Path child : children) {
                    deleteTree(child);
                }
            }
        }
        Files.delete(path);
    }
}
