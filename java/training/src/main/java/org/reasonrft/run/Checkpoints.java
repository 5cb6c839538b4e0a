package org.reasonrft.run;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.reasonrft.io.AtomicDirectory;

/**
 * The checkpoints of a run: folders {@code step-000123} in one folder. A folder of that name is complete, because it gets the name only
 * after all of it is on the device.
 */
public final class Checkpoints {
    private static final Pattern NAME = Pattern.compile("step-([0-9]{6,18})");

    private final Path folder;

    Checkpoints(Path folder) {
        this.folder = folder;
    }

    /**
     * A complete checkpoint.
     *
     * @param step the optimiser steps done when it was written
     * @param path its folder
     */
    public record Checkpoint(long step, Path path) {}

    /** The checkpoints in {@code folder}, for reading; a folder that does not exist has none. */
    public static Checkpoints in(Path folder) {
        return new Checkpoints(folder);
    }

    /**
     * Writes and publishes the checkpoint of {@code step}.
     *
     * @param writer fills the folder that it is given
     * @throws RunException if it cannot be written; earlier checkpoints are untouched
     */
    public Checkpoint publish(long step, AtomicDirectory.Writer writer) {
        if (step < 0) {
            throw new IllegalArgumentException("step is " + step + "; wanted 0 or more");
        }
        Path path = folder.resolve(String.format(Locale.ROOT, "step-%06d", step));
        RunOutput.publish(path, writer);
        return new Checkpoint(step, path);
    }

    /** All complete checkpoints, oldest first. */
    public List<Checkpoint> all() {
        List<Checkpoint> found = new ArrayList<>();
        try {
            for (Path path : AtomicDirectory.children(folder)) {
                Matcher name = NAME.matcher(path.getFileName().toString());
                if (name.matches() && Files.isDirectory(path)) {
                    found.add(new Checkpoint(Long.parseLong(name.group(1)), path));
                }
            }
        } catch (IOException e) {
            throw RunException.of("read", folder, e);
        }
        found.sort(Comparator.comparingLong(Checkpoint::step));
        return found;
    }

    /** The checkpoint of the highest step. */
    public Optional<Checkpoint> latest() {
        List<Checkpoint> all = all();
        return all.isEmpty() ? Optional.empty() : Optional.of(all.get(all.size() - 1));
    }

    /**
     * Deletes all but the newest {@code count} checkpoints.
     *
     * @param count 1 or more
     */
    public void keepLast(int count) {
        if (count < 1) {
            throw new IllegalArgumentException("count is " + count + "; wanted 1 or more");
        }
        List<Checkpoint> all = all();
        for (Checkpoint old : all.subList(0, Math.max(0, all.size() - count))) {
            try {
                AtomicDirectory.remove(old.path());
            } catch (IOException e) {
                throw RunException.of("delete", old.path(), e);
            }
        }
    }
}
