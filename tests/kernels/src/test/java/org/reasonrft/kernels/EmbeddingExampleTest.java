package org.reasonrft.kernels;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** The README's example runs, and is the code that runs. */
class EmbeddingExampleTest {

    @Test
    void runsAndPrintsWhatItShould() {
        PrintStream before = System.out;
        ByteArrayOutputStream printed = new ByteArrayOutputStream();
        System.setOut(new PrintStream(printed, true, StandardCharsets.UTF_8));
        try {
            EmbeddingExample.main(new String[0]);
        } finally {
            System.setOut(before);
        }
        // Equal logits: entropy ln 1000; ratio 1 and centred rewards: loss 0; the first token of the first completion
        // is not token 0, so its logit gets A p / (B T) with A = 0.5 / (std + 1e-4), std = sqrt(1/3).
        assertThat(printed.toString(StandardCharsets.UTF_8).strip())
                .matches("loss -?0\\.000000, entropy 6\\.9078, gradient of the first logit 2\\.706e-05");
    }

    @Test
    void readmeQuotesIt() throws IOException {
        Path root = Path.of("").toAbsolutePath();
        while (root != null && !Files.exists(root.resolve("mvnw"))) {
            root = root.getParent();
        }
        assertThat(root).as("folder with mvnw above the test").isNotNull();
        String source = Files.readString(
                root.resolve("tests/kernels/src/test/java/org/reasonrft/kernels/EmbeddingExample.java"));
        String readme = Files.readString(root.resolve("README.md"));
        String code = between(source, "// begin README\n", "        // end README")
                .stripTrailing()
                .stripIndent();
        String quoted = between(readme, "<!-- embedding-example -->", "<!-- embedding-example -->")
                .strip();
        assertThat(quoted).isEqualTo("```java\n" + code + "\n```");
    }

    private static String between(String text, String begin, String end) {
        int from = text.indexOf(begin);
        int to = from < 0 ? -1 : text.indexOf(end, from + begin.length());
        assertThat(to).as("place of " + begin.strip() + " ... " + end.strip()).isPositive();
        return text.substring(from + begin.length(), to);
    }
}
