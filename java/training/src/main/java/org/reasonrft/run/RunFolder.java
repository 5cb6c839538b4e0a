package org.reasonrft.run;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import org.reasonrft.io.AtomicDirectory;

/**
 * The folder of one run, locked while this object is open.
 *
 * <pre>
 * config.yaml         the resolved configuration
 * metrics.jsonl       numbers by step; the same bytes for the same run, resumed or not ({@link MetricsLog})
 * timing.jsonl        what depends on the clock: seconds and rates by step
 * samples.jsonl       sampled completions with rewards and advantages ({@link SampleLog})
 * checkpoints/        step-000123/ ... ({@link Checkpoints})
 * tensorboard/        event files ({@link TensorBoardWriter})
 * report.html
 * .lock               held by the process that writes here
 * </pre>
 */
public final class RunFolder implements AutoCloseable {
    public static final String CONFIG = "config.yaml";
    public static final String METRICS = "metrics.jsonl";
    public static final String TIMING = "timing.jsonl";
    public static final String SAMPLES = "samples.jsonl";
    public static final String CHECKPOINTS = "checkpoints";
    public static final String TENSORBOARD = "tensorboard";
    public static final String REPORT = "report.html";
    private static final String LOCK = ".lock";

    /**
     * Folders open in this process, by real path. File locks are held by a process as a whole, and closing any channel of a locked file
     * gives the lock back, so a second opener in the same process must be turned away before it touches the file.
     */
    private static final Set<Path> OPEN_HERE = ConcurrentHashMap.newKeySet();

    private final Path path;
    private final Path realPath;
    private final boolean resumed;
    private final FileChannel lockChannel;

    private RunFolder(Path path, Path realPath, boolean resumed, FileChannel lockChannel) {
        this.path = path;
        this.realPath = realPath;
        this.resumed = resumed;
        this.lockChannel = lockChannel;
    }

    /**
     * Starts a run in a folder that does not exist or is empty.
     *
     * @throws RunException if the folder holds anything, cannot be written or is in use by another process
     */
    public static RunFolder create(Path path) {
        try {
            Files.createDirectories(path);
        } catch (IOException e) {
            throw RunException.of("create", path, e);
        }
        // The content is looked at under the lock: two processes may both find the folder empty.
        return open(path, false, () -> refuseContent(path));
    }

    /**
     * Opens the folder of an earlier run to continue it, and removes what killed writers left behind.
     *
     * @throws RunException if it does not hold a run, cannot be written or is in use by another process
     */
    public static RunFolder resume(Path path) {
        if (!Files.isDirectory(path)) {
            throw new RunException("cannot resume " + path + ": no such folder");
        }
        if (!Files.isRegularFile(path.resolve(CONFIG))) {
            throw new RunException(
                    "cannot resume " + path + ": it holds no " + CONFIG + ", so no run was started there");
        }
        return open(path, true, () -> {
            AtomicDirectory.recover(path);
            AtomicDirectory.recover(path.resolve(CHECKPOINTS));
        });
    }

    private interface Check {
        void run() throws IOException;
    }

    private static RunFolder open(Path path, boolean resumed, Check underLock) {
        FileChannel channel = null;
        Path realPath = null;
        try {
            Path real = path.toRealPath();
            if (!OPEN_HERE.add(real)) {
                throw new RunException("run folder " + path + " is already open in this process");
            }
            realPath = real;
            channel = lock(path);
            underLock.run();
            return new RunFolder(path, realPath, resumed, channel);
        } catch (IOException | RuntimeException e) {
            if (channel != null) {
                closeAfterFailure(channel, e);
            }
            if (realPath != null) {
                OPEN_HERE.remove(realPath);
            }
            throw e instanceof IOException ? RunException.of("use", path, (IOException) e) : (RuntimeException) e;
        }
    }

    private static void refuseContent(Path path) throws IOException {
        List<String> found = AtomicDirectory.children(path).stream()
                .map(child -> child.getFileName().toString())
                .filter(name -> !name.equals(LOCK))
                .collect(Collectors.toList());
        if (!found.isEmpty()) {
            throw new RunException("output folder " + path + " is not empty (it holds " + found.get(0)
                    + "); name another folder, or resume the run in it");
        }
    }

    private static FileChannel lock(Path path) throws IOException {
        Path file = path.resolve(LOCK);
        FileChannel channel =
                FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
        try {
            if (channel.tryLock() == null) {
                ByteBuffer owner = ByteBuffer.allocate(64);
                channel.read(owner, 0);
                String process = new String(owner.array(), 0, owner.position(), StandardCharsets.UTF_8).strip();
                throw new RunException("run folder " + path + " is in use by another process"
                        + (process.isEmpty() ? "" : " (" + process + ")") + ", which holds the lock on " + file);
            }
            channel.truncate(0);
            channel.write(
                    ByteBuffer.wrap(("pid " + ProcessHandle.current().pid() + "\n").getBytes(StandardCharsets.UTF_8)),
                    0);
            return channel;
        } catch (IOException | RuntimeException e) {
            closeAfterFailure(channel, e);
            throw e;
        }
    }

    private static void closeAfterFailure(FileChannel channel, Exception failure) {
        try {
            channel.close();
        } catch (IOException e) {
            failure.addSuppressed(e);
        }
    }

    public Path path() {
        return path;
    }

    /** Whether this run continues an earlier one. */
    public boolean resumed() {
        return resumed;
    }

    public Checkpoints checkpoints() {
        return Checkpoints.in(path.resolve(CHECKPOINTS));
    }

    /** Where the report of this run belongs. */
    public Path report() {
        return path.resolve(REPORT);
    }

    /**
     * Keeps the resolved configuration, replacing that of an earlier start.
     *
     * @throws RunException if it cannot be written
     */
    public void writeConfig(Record configuration) {
        RunOutput.writeFile(path.resolve(CONFIG), ConfigReader.toYaml(configuration));
    }

    /**
     * Opens the logs: behind {@code lastStep}, or from the start for -1. What they hold of later steps is cut off.
     *
     * @throws RunException if a file cannot be read or written
     */
    public RunLog openLog(long lastStep) {
        return RunLog.open(path, lastStep);
    }

    /** Gives the lock back. */
    @Override
    public void close() {
        try {
            lockChannel.close();
        } catch (IOException e) {
            throw RunException.of("close", path.resolve(LOCK), e);
        } finally {
            OPEN_HERE.remove(realPath);
        }
    }
}
