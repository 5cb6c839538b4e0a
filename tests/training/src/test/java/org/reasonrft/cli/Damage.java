package org.reasonrft.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Stream;

/** What can happen to a checkpoint or run folder. */
interface Damage {
    void to(Path folder) throws IOException;

    static Damage none() {
        return folder -> {};
    }

    static Damage replace(String file, String text, String by) {
        return folder -> {
            String content = Files.readString(folder.resolve(file));
            assertThat(content).contains(text);
            Files.writeString(folder.resolve(file), content.replace(text, by));
        };
    }

    /** @param content written as ISO 8859-1, so that any byte can be given */
    static Damage write(String file, String content) {
        return folder -> Files.write(folder.resolve(file), content.getBytes(StandardCharsets.ISO_8859_1));
    }

    static Damage delete(String file) {
        return folder -> Files.delete(folder.resolve(file));
    }

    static Damage truncate(String file, int bytes) {
        return folder -> {
            byte[] content = Files.readAllBytes(folder.resolve(file));
            Files.write(folder.resolve(file), Arrays.copyOf(content, content.length - bytes));
        };
    }

    /** Lets the weights lie about the length of their header. */
    static Damage headerLength(long length) {
        return folder -> {
            byte[] content = Files.readAllBytes(folder.resolve("model.safetensors"));
            ByteBuffer.wrap(content).order(ByteOrder.LITTLE_ENDIAN).putLong(0, length);
            Files.write(folder.resolve("model.safetensors"), content);
        };
    }

    /** A copy to be damaged. */
    static Path copy(Path from, Path to) throws IOException {
        try (Stream<Path> files = Files.walk(from)) {
            for (Path file : (Iterable<Path>) files::iterator) {
                Files.copy(file, to.resolve(from.relativize(file).toString()));
            }
        }
        return to;
    }
}
