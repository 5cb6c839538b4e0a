package org.reasonrft.data;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** 100,000 records of the size of TRANCE's, 300 MB in all, in virtual machines of little memory. */
@Tag("slow")
class StreamingTest {
    private static final int RECORDS = 100_000;

    @TempDir
    static Path folder;

    /** Reads a file, one by one or as a list, and prints the number of its samples. */
    public static final class Reading {
        public static void main(String[] arguments) {
            Path file = Path.of(arguments[1]);
            if (arguments[0].equals("list")) {
                System.out.println(SampleReader.read(file).size());
            } else {
                int[] count = {0};
                SampleReader.forEach(file, null, BadRecords.FAIL, sample -> count[0]++);
                System.out.println(count[0]);
            }
        }
    }

    @Test
    void oneByOneInSixtyFourMegabytes() throws IOException, InterruptedException {
        for (boolean array : new boolean[] {true, false}) {
            assertThat(read("-Xmx64m", "each", file(array))).isEqualTo(Integer.toString(RECORDS));
        }
    }

    /** As the trainers hold them. */
    @Test
    void allInLessThanFiveHundredMegabytes() throws IOException, InterruptedException {
        assertThat(read("-Xmx490m", "list", file(true))).isEqualTo(Integer.toString(RECORDS));
    }

    private static Path file(boolean array) throws IOException {
        Path file = folder.resolve(array ? "records.json" : "records.jsonl");
        if (Files.exists(file)) {
            return file;
        }
        Files.write(folder.resolve("a.png"), new byte[] {1});
        Files.write(folder.resolve("b.png"), new byte[] {1});
        String thinking = "The red cube moved behind the sphere. ".repeat(60);
        try (BufferedWriter out = Files.newBufferedWriter(file)) {
            for (int i = 0; i < RECORDS; i++) {
                out.write(array ? i == 0 ? "[" : "," : "");
                out.write("{\"id\": \"trance-" + i + "\", \"image\": [\"a.png\", \"b.png\"], \"problem\": \"" + i + " "
                        + "(0, 'cube', 'small', 'red', 'metal'), ".repeat(15) + "\", \"cot\": \"" + thinking
                        + "\", \"answer\": \"change_color(" + i + ",'red')\"}\n");
            }
            out.write(array ? "]" : "");
        }
        assertThat(Files.size(file)).isGreaterThan(280L << 20);
        return file;
    }

    private static String read(String memory, String how, Path file) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        memory,
                        "-cp",
                        System.getProperty("java.class.path"),
                        Reading.class.getName(),
                        how,
                        file.toString())
                .redirectErrorStream(true)
                .start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(output).isZero();
        return output.strip();
    }
}
