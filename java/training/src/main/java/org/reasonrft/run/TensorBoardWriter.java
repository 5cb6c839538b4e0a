package org.reasonrft.run;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Clock;
import java.time.Instant;
import java.util.Locale;
import java.util.Map;
import java.util.zip.CRC32C;

/**
 * Scalars in the event files that TensorBoard reads.
 *
 * <p>A file is a sequence of TFRecords: length (uint64, little-endian), masked CRC-32C of the length, payload, masked CRC-32C of the
 * payload. A payload is one {@code tensorflow.Event} message; its few fields are encoded here by hand, because the alternative is the
 * whole of TensorFlow's protocol buffers. Field numbers: {@code tensorflow/core/util/event.proto} and
 * {@code tensorflow/core/framework/summary.proto}.
 */
public final class TensorBoardWriter implements AutoCloseable {
    private static final int WIRE_VARINT = 0;
    private static final int WIRE_FIXED64 = 1;
    private static final int WIRE_BYTES = 2;
    private static final int WIRE_FIXED32 = 5;

    private static final int EVENT_WALL_TIME = 1;
    private static final int EVENT_STEP = 2;
    private static final int EVENT_FILE_VERSION = 3;
    private static final int EVENT_SUMMARY = 5;
    private static final int EVENT_SESSION_LOG = 7;
    private static final int SUMMARY_VALUE = 1;
    private static final int VALUE_TAG = 1;
    private static final int VALUE_SIMPLE = 2;
    private static final int SESSION_LOG_STATUS = 1;
    private static final int SESSION_START = 1;

    private final Path path;
    private final FileChannel channel;
    private final Clock clock;

    private TensorBoardWriter(Path path, FileChannel channel, Clock clock) {
        this.path = path;
        this.channel = channel;
        this.clock = clock;
    }

    /**
     * Starts a new event file in {@code folder}, which is created when missing.
     *
     * @throws RunException if the folder cannot be written
     */
    public static TensorBoardWriter open(Path folder) {
        return open(folder, -1, Clock.systemUTC());
    }

    /** As {@link #open}, and tells TensorBoard to forget what earlier files in the folder say about steps after {@code lastStep}. */
    public static TensorBoardWriter openForResume(Path folder, long lastStep) {
        return open(folder, lastStep, Clock.systemUTC());
    }

    static TensorBoardWriter open(Path folder, long lastStep, Clock clock) {
        Path path = null;
        try {
            Files.createDirectories(folder);
            path = unusedName(folder, clock.instant());
            FileChannel channel = FileChannel.open(path, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
            TensorBoardWriter writer = new TensorBoardWriter(path, channel, clock);
            Message version = new Message();
            version.bytes(EVENT_FILE_VERSION, "brain.Event:2".getBytes(StandardCharsets.UTF_8));
            writer.event(0, version);
            if (lastStep >= 0) {
                Message status = new Message();
                status.varint(SESSION_LOG_STATUS, SESSION_START);
                Message session = new Message();
                session.bytes(EVENT_SESSION_LOG, status.toByteArray());
                writer.event(lastStep + 1, session);
            }
            return writer;
        } catch (IOException e) {
            throw RunException.of("write", path == null ? folder : path, e);
        }
    }

    /** TensorBoard reads the files of a folder in the order of their names, so a resumed run's file must sort behind the earlier one. */
    private static Path unusedName(Path folder, Instant now) {
        for (long second = now.getEpochSecond(); ; second++) {
            Path path = folder.resolve(String.format(Locale.ROOT, "events.out.tfevents.%010d.reason-rft", second));
            if (Files.notExists(path)) {
                return path;
            }
        }
    }

    /**
     * Writes one value for each tag at {@code step}; numbers become 32-bit floats, as TensorBoard keeps them.
     *
     * @throws RunException if the file cannot be written
     */
    public void scalars(long step, Map<String, ? extends Number> values) {
        Message summary = new Message();
        for (Map.Entry<String, ? extends Number> entry : values.entrySet()) {
            Message value = new Message();
            value.bytes(VALUE_TAG, entry.getKey().getBytes(StandardCharsets.UTF_8));
            value.fixed32(VALUE_SIMPLE, Float.floatToRawIntBits(entry.getValue().floatValue()));
            summary.bytes(SUMMARY_VALUE, value.toByteArray());
        }
        Message event = new Message();
        event.bytes(EVENT_SUMMARY, summary.toByteArray());
        try {
            event(step, event);
        } catch (IOException e) {
            throw RunException.of("write", path, e);
        }
    }

    private void event(long step, Message content) throws IOException {
        Instant now = clock.instant();
        Message event = new Message();
        event.fixed64(EVENT_WALL_TIME, Double.doubleToRawLongBits(now.getEpochSecond() + now.getNano() * 1e-9));
        event.varint(EVENT_STEP, step);
        event.writeBytes(content.toByteArray());
        byte[] payload = event.toByteArray();
        ByteBuffer record = ByteBuffer.allocate(8 + 4 + payload.length + 4).order(ByteOrder.LITTLE_ENDIAN);
        record.putLong(payload.length);
        record.putInt(maskedCrc(record.array(), 8));
        record.put(payload);
        record.putInt(maskedCrc(payload, payload.length));
        record.flip();
        while (record.hasRemaining()) {
            channel.write(record);
        }
    }

    /** Rotated and offset, as in TFRecord, so that a checksum of data that contains checksums stays meaningful. */
    private static int maskedCrc(byte[] bytes, int length) {
        CRC32C checksum = new CRC32C();
        checksum.update(bytes, 0, length);
        return Integer.rotateRight((int) checksum.getValue(), 15) + 0xa282ead8;
    }

    @Override
    public void close() {
        try {
            channel.close();
        } catch (IOException e) {
            throw RunException.of("close", path, e);
        }
    }

    /** The parts of the protocol-buffer wire format that events need. */
    private static final class Message extends ByteArrayOutputStream {
        void varint(int field, long value) {
            rawVarint((long) field << 3 | WIRE_VARINT);
            rawVarint(value);
        }

        void fixed64(int field, long bits) {
            rawVarint((long) field << 3 | WIRE_FIXED64);
            for (int shift = 0; shift < 64; shift += 8) {
                write((int) (bits >>> shift));
            }
        }

        void fixed32(int field, int bits) {
            rawVarint((long) field << 3 | WIRE_FIXED32);
            for (int shift = 0; shift < 32; shift += 8) {
                write(bits >>> shift);
            }
        }

        void bytes(int field, byte[] value) {
            rawVarint((long) field << 3 | WIRE_BYTES);
            rawVarint(value.length);
            writeBytes(value);
        }

        private void rawVarint(long value) {
            long rest = value;
            while ((rest & ~0x7fL) != 0) {
                write((int) (rest & 0x7f | 0x80));
                rest >>>= 7;
            }
            write((int) rest);
        }
    }
}
