package org.reasonrft.io;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Publishes a folder all at once: it is written under a temporary name beside its place, forced to the device and renamed. A reader finds
 * the old folder or the new one, never a half-written one, even after the process was killed or the machine lost power. Not safe against
 * two writers of one folder.
 */
public final class AtomicDirectory {
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
     * @throws IOException if anything cannot be written; an existing {@code target} is then left as it was
     */
    public static void publish(Path target, Writer writer) throws IOException {
        publish(target, writer, true);
    }

    /**
     * As {@link #publish(Path, Writer)}, but leaves it to the operating system when the content reaches the device: for thousands of
     * files that can be made again.
     */
    public static void publishReproducible(Path target, Writer writer) throws IOException {
        publish(target, writer, false);
    }

    private static void publish(Path target, Writer writer, boolean force) throws IOException {
        Path folder = target.toAbsolutePath().getParent();
        Path writing = AtomicFile.sibling(target, AtomicFile.WRITING);
        Path replaced = AtomicFile.sibling(target, REPLACED);
        Files.createDirectories(folder);
        deleteIfThere(writing);
        recoverReplaced(replaced);
        Files.createDirectory(writing);
        try {
            writer.write(writing);
            if (force) {
                forceTree(writing);
            }
            boolean replaces = Files.exists(target, LinkOption.NOFOLLOW_LINKS);
            if (replaces) {
                Files.move(target, replaced, StandardCopyOption.ATOMIC_MOVE);
            }
            try {
                Files.move(writing, target, StandardCopyOption.ATOMIC_MOVE);
            } catch (IOException e) {
                if (replaces) {
                    Files.move(replaced, target, StandardCopyOption.ATOMIC_MOVE);
                }
                throw e;
            }
        } catch (IOException | RuntimeException | Error e) {
            try {
                deleteIfThere(writing);
            } catch (IOException second) {
                e.addSuppressed(second);
            }
            throw e;
        }
        AtomicFile.forceFolder(folder);
        deleteIfThere(replaced);
    }

    /** Removes what killed writers left in {@code folder}, and puts back a folder whose replacement never arrived. */
    public static void recover(Path folder) throws IOException {
        for (Path path : children(folder)) {
            String name = path.getFileName().toString();
            if (name.startsWith(".") && name.endsWith(AtomicFile.WRITING)) {
                deleteIfThere(path);
            } else if (name.startsWith(".") && name.endsWith(REPLACED)) {
                recoverReplaced(path);
            }
        }
    }

    private static void recoverReplaced(Path replaced) throws IOException {
        String name = replaced.getFileName().toString();
        Path target = replaced.resolveSibling(name.substring(1, name.length() - REPLACED.length()));
        if (Files.exists(replaced, LinkOption.NOFOLLOW_LINKS)) {
            if (Files.exists(target, LinkOption.NOFOLLOW_LINKS)) {
                deleteIfThere(replaced);
            } else {
                Files.move(replaced, target, StandardCopyOption.ATOMIC_MOVE);
            }
        }
    }

    /**
     * Deletes a published folder. It disappears under its name first, so that a kill in the middle leaves no half-empty folder that
     * looks complete.
     */
    public static void remove(Path target) throws IOException {
        Path doomed = AtomicFile.sibling(target, AtomicFile.WRITING);
        Files.move(target, doomed, StandardCopyOption.ATOMIC_MOVE);
        deleteIfThere(doomed);
    }

    /** The files and folders in {@code folder}, sorted by name; none when it does not exist. */
    public static List<Path> children(Path folder) throws IOException {
        try (Stream<Path> paths = Files.list(folder)) {
            return paths.sorted().collect(Collectors.toList());
        } catch (NoSuchFileException e) {
            return List.of();
        }
    }

    /** Removes a file, or a folder with all that is in it; symbolic links are removed, not followed. */
    private static void deleteIfThere(Path root) throws IOException {
        if (!Files.exists(root, LinkOption.NOFOLLOW_LINKS)) {
            return;
        }
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

    private static void forceTree(Path root) throws IOException {
        Files.walkFileTree(root, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                if (attributes.isRegularFile()) {
                    AtomicFile.force(file);
                }
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult postVisitDirectory(Path folder, IOException failure) throws IOException {
                AtomicFile.forceFolder(folder);
                return FileVisitResult.CONTINUE;
            }
        });
    }
}
