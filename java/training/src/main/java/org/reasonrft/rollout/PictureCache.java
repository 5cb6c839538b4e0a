package org.reasonrft.rollout;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import org.reasonrft.vision.ImageProcessor;

/**
 * Processed pictures by file, least recently used dropped first. A file that changed on disk is processed again. Safe for
 * use by several threads; two that miss at once both process.
 */
final class PictureCache {
    private record Entry(FileTime modified, long size, ImageProcessor.Pixels pixels) {
        long bytes() {
            return (long) pixels.values().length * Float.BYTES;
        }
    }

    private final ImageProcessor processor;
    private final long maxBytes;
    private final Map<Path, Entry> entries = new LinkedHashMap<>(16, 0.75f, true);
    private long bytes;

    /** @param maxBytes of pixel values; 0 keeps nothing */
    PictureCache(ImageProcessor processor, long maxBytes) {
        if (maxBytes < 0) {
            throw new IllegalArgumentException("cache size must not be negative, got " + maxBytes);
        }
        this.processor = processor;
        this.maxBytes = maxBytes;
    }

    ImageProcessor.Pixels get(Path file) throws IOException {
        FileTime modified = Files.getLastModifiedTime(file);
        long size = Files.size(file);
        synchronized (this) {
            Entry entry = entries.get(file);
            if (entry != null && entry.modified.equals(modified) && entry.size == size) {
                return entry.pixels;
            }
        }
        Entry entry = new Entry(modified, size, processor.process(file));
        synchronized (this) {
            Entry old = entries.put(file, entry);
            bytes += entry.bytes() - (old == null ? 0 : old.bytes());
            Iterator<Entry> eldest = entries.values().iterator();
            while (bytes > maxBytes && eldest.hasNext()) {
                bytes -= eldest.next().bytes();
                eldest.remove();
            }
        }
        return entry.pixels;
    }
}
