package org.reasonrft.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Decodes the files with a reader of its own, whose CRC-32C is computed bit by bit from the polynomial. */
final class TensorBoardWriterTest {
    private static final Clock CLOCK = Clock.fixed(Instant.ofEpochSecond(1_700_000_000L, 250_000_000), ZoneOffset.UTC);

    @TempDir
    Path folder;

    /** A decoded event; a text or a number by field number, messages decoded where they are known. */
    private static final class Event {
        double wallTime;
        long step;
        String fileVersion;
        boolean sessionStart;
        final Map<String, Float> scalars = new LinkedHashMap<>();
    }

    private static int crc32c(byte[] bytes) {
        int crc = ~0;
        for (byte b : bytes) {
            crc ^= b & 0xff;
            for (int bit = 0; bit < 8; bit++) {
                crc = (crc & 1) != 0 ? crc >>> 1 ^ 0x82f63b78 : crc >>> 1;
            }
        }
        return ~crc;
    }

    private static int masked(byte[] bytes) {
        int crc = crc32c(bytes);
        return (crc >>> 15 | crc << 17) + 0xa282ead8;
    }

    private static long varint(ByteBuffer in) {
        long value = 0;
        for (int shift = 0; ; shift += 7) {
            byte b = in.get();
            value |= (long) (b & 0x7f) << shift;
            if (b >= 0) {
                return value;
            }
        }
    }

    private static ByteBuffer message(ByteBuffer in) {
        byte[] bytes = new byte[(int) varint(in)];
        in.get(bytes);
        return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }

    private static Event event(byte[] payload) {
        Event event = new Event();
        ByteBuffer in = ByteBuffer.wrap(payload).order(ByteOrder.LITTLE_ENDIAN);
        while (in.hasRemaining()) {
            long key = varint(in);
            switch ((int) key) {
                case 1 << 3 | 1 -> event.wallTime = in.getDouble();
                case 2 << 3 -> event.step = varint(in);
                case 3 << 3 | 2 ->
                    event.fileVersion =
                            StandardCharsets.UTF_8.decode(message(in)).toString();
                case 5 << 3 | 2 -> summary(message(in), event);
                case 7 << 3 | 2 -> {
                    ByteBuffer session = message(in);
                    assertThat(varint(session)).isEqualTo(1 << 3);
                    event.sessionStart = varint(session) == 1;
                }
                default -> throw new AssertionError("field key " + key);
            }
        }
        return event;
    }

    private static void summary(ByteBuffer in, Event event) {
        while (in.hasRemaining()) {
            assertThat(varint(in)).isEqualTo(1 << 3 | 2);
            ByteBuffer value = message(in);
            assertThat(varint(value)).isEqualTo(1 << 3 | 2);
            String tag = StandardCharsets.UTF_8.decode(message(value)).toString();
            assertThat(varint(value)).isEqualTo(2 << 3 | 5);
            event.scalars.put(tag, value.getFloat());
            assertThat(value.hasRemaining()).isFalse();
        }
    }

    private static List<Event> read(Path file) throws IOException {
        List<Event> events = new ArrayList<>();
        ByteBuffer in = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
        while (in.hasRemaining()) {
            byte[] length = new byte[8];
            in.get(length);
            assertThat(in.getInt()).as("checksum of the length").isEqualTo(masked(length));
            byte[] payload = new byte
                    [(int) ByteBuffer.wrap(length)
                            .order(ByteOrder.LITTLE_ENDIAN)
                            .getLong()];
            in.get(payload);
            assertThat(in.getInt()).as("checksum of the payload").isEqualTo(masked(payload));
            events.add(event(payload));
        }
        return events;
    }

    private List<Path> files() throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.sorted().toList();
        }
    }

    @Test
    void checksumOfTheDecoderIsCrc32c() {
        // RFC 3720, appendix B.4: 32 bytes of zeros.
        assertThat(crc32c(new byte[32])).isEqualTo(0x8a9136aa);
    }

    @Test
    void scalarsComeBack() throws IOException {
        Map<String, Number> values = new LinkedHashMap<>();
        values.put("loss", 0.1);
        values.put("rewards/accuracy/mean", Double.NaN);
        values.put("k".repeat(300), -3);
        try (TensorBoardWriter writer = TensorBoardWriter.open(folder, -1, CLOCK)) {
            writer.scalars(1, values);
            writer.scalars(123_456_789_012L, Map.of("loss", 2f));
        }
        assertThat(files())
                .singleElement()
                .satisfies(file -> assertThat(file.getFileName().toString()).contains("tfevents"));
        List<Event> events = read(files().get(0));
        assertThat(events).hasSize(3);
        assertThat(events.get(0).fileVersion).isEqualTo("brain.Event:2");
        assertThat(events.get(0).wallTime).isCloseTo(1_700_000_000.25, within(1e-6));
        assertThat(events.get(1).step).isEqualTo(1);
        assertThat(events.get(1).scalars)
                .containsEntry("loss", 0.1f)
                .containsEntry("rewards/accuracy/mean", Float.NaN)
                .containsEntry("k".repeat(300), -3f);
        assertThat(events.get(2).step).isEqualTo(123_456_789_012L);
    }

    @Test
    void resumedRunTellsTensorBoardWhichStepsToForget() throws IOException {
        TensorBoardWriter.open(folder, -1, CLOCK).close();
        TensorBoardWriter.open(folder, 40, CLOCK).close();
        assertThat(files()).as("a file of its own, sorted behind the first").hasSize(2);
        Event start = read(files().get(1)).get(1);
        assertThat(start.sessionStart).isTrue();
        assertThat(start.step).isEqualTo(41);
    }
}
