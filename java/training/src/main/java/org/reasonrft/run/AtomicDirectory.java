package org.reasonrft.run;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Publishes a folder all at once: it is written under a temporary name beside its place, forced to the device and renamed. A reader finds
 * the old folder or the new one, never a half-written one, even after the process was killed or the machine lost power. Not safe against
 * two writers of one folder; the lock of the {@link RunFolder} is.
 */
public final class AtomicDirectory {
    private static final String WRITING = ".writing";
    private static final String REPLACED = ".replaced";

    private AtomicDirectory() {}

    /** Fills a folder. */
    @FunctionalInterface
    public interface Writer {
        void write(Path folder) throws IOException;
    }

    /**
     * Writes and publishes {@code target}, replacing an existing folder of that name.
     *
     * @param writer fills the empty folder that it is given; that path is temporary and must not be kept
     * @throws RunException if anything cannot be written; an existing {@code target} is then left as it was
     */
    public static void publish(Path target, Writer writer) {
        Path folder = target.toAbsolutePath().getParent();
        Path writing = sibling(target, WRITING);
        try {
            Files.createDirectories(folder);
            if (Files.exists(writing)) {
                delete(writing);
            }
            recoverReplaced(sibling(target, REPLACED));
            Files.createDirectory(writing);
            try {
                writer.write(writing);
                syncTree(writing);
            } catch (IOException | RuntimeException | Error e) {
                deleteAfterFailure(writing, e);
                throw e;
            }
            Path replaced = sibling(target, REPLACED);
            boolean replaces = Files.exists(target);
            if (replaces) {
                Files.move(target, replaced, StandardCopyOption.ATOMIC_MOVE);
            }
            Files.move(writing, target, StandardCopyOption.ATOMIC_MOVE);
            sync(folder);
            if (replaces) {
                delete(replaced);
            }
        } catch (IOException e) {
            throw RunException.of("write", target, e);
        }
    }

    /**
     * Removes what killed writers left in {@code folder}, and puts back a folder whose replacement never arrived.
     *
     * @throws RunException if that fails
     */
    public static void recover(Path folder) {
        try {
            for (Path path : children(folder)) {
                String name = path.getFileName().toString();
                if (name.startsWith(".") && name.endsWith(WRITING)) {
                    delete(path);
                } else if (name.startsWith(".") && name.endsWith(REPLACED)) {
                    recoverReplaced(path);
                }
            }
        } catch (IOException e) {
            throw RunException.of("clean up", folder, e);
        }
    }

    private static void recoverReplaced(Path replaced) throws IOException {
        String name = replaced.getFileName().toString();
        Path target = replaced.resolveSibling(name.substring(1, name.length() - REPLACED.length()));
        if (Files.exists(replaced)) {
            if (Files.exists(target)) {
                delete(replaced);
            } else {
                Files.move(replaced, target, StandardCopyOption.ATOMIC_MOVE);
            }
        }
    }

    /**
     * Deletes a published folder. It disappears under its name first, so that a kill in the middle leaves no half-empty folder that
     * looks complete.
     *
     * @throws RunException if it cannot be deleted
     */
    static void remove(Path target) {
        try {
            Path doomed = sibling(target, WRITING);
            Files.move(target, doomed, StandardCopyOption.ATOMIC_MOVE);
            delete(doomed);
        } catch (IOException e) {
            throw RunException.of("delete", target, e);
        }
    }

    /**
     * Writes a small text file in the same all-or-nothing way.
     *
     * @throws RunException if it cannot be written
     */
    public static void writeFile(Path target, String text) {
        if (target.getFileName() == null) {
            throw new RunException("cannot write " + target + ": no file has that name");
        }
        Path writing = sibling(target, WRITING);
        try {
            try {
                Files.writeString(writing, text);
                sync(writing);
                Files.move(writing, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            } finally {
                Files.deleteIfExists(writing);
            }
            sync(target.toAbsolutePath().getParent());
        } catch (IOException e) {
            throw RunException.of("write", target, e);
        }
    }

    /** The files and folders in {@code folder}, sorted by name; none when it does not exist. */
    static List<Path> children(Path folder) throws IOException {
        try (Stream<Path> paths = Files.list(folder)) {
            return paths.sorted().collect(Collectors.toList());
        } catch (NoSuchFileException e) {
            return List.of();
        }
    }

    /** Removes a file, or a folder with all that is in it; symbolic links are removed, not followed. */
    static void delete(Path root) throws IOException {
        Files.walkFileTree(root, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                Files.delete(file);
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult postVisitDirectory(Path folder, IOException failure) throws IOException {
                if (failure != null) {
                    throw failure;
                }
                Files.delete(folder);
                return FileVisitResult.CONTINUE;
            }
        });
    }

    private static Path sibling(Path target, String suffix) {
        return target.toAbsolutePath().resolveSibling("." + target.getFileName() + suffix);
    }

    private static void deleteAfterFailure(Path writing, Throwable failure) {
        try {
            delete(writing);
        } catch (IOException e) {
            failure.addSuppressed(e);
        }
    }

    private static void syncTree(Path root) throws IOException {
        Files.walkFileTree(root, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                if (attributes.isRegularFile()) {
                    sync(file);
                }
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult postVisitDirectory(Path folder, IOException failure) throws IOException {
                sync(folder);
                return FileVisitResult.CONTINUE;
            }
        });
    }

    /** Opened for reading: that is the only mode folders have, and fsync does not care. */
    private static void sync(Path path) throws IOException {
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }
}
