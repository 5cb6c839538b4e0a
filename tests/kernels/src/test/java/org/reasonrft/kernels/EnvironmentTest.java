package org.reasonrft.kernels;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.bytedeco.javacpp.Loader;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the process is started with: variables and class path. Each case is a process of its own. */
class EnvironmentTest {

    private static final String EXPECTED = "entropy 6.9078";

    @Test
    void everyTierOfThisMachineGivesTheResult() throws Exception {
        String all = run(System.getProperty("java.class.path"), Map.of("REASONRFT_CPU_TIER", "none"));
        assertThat(all).contains("IllegalArgumentException").contains("REASONRFT_CPU_TIER is \"none\", wanted one of ");
        String names = all.substring(all.indexOf("wanted one of ") + 14)
                .lines()
                .findFirst()
                .orElseThrow();
        List<String> tiers = List.of(names.strip().split(", "));
        assertThat(tiers).contains(Kernels.cpuTier());
        for (String tier : tiers) {
            String output = run(System.getProperty("java.class.path"), Map.of("REASONRFT_CPU_TIER", tier));
            assertThat(output.contains(EXPECTED) || output.contains("UnsupportedOperationException"))
                    .as(tier + ": " + output)
                    .isTrue();
        }
    }

    @Test
    void aThreadCountThatIsNoneIsRefusedByName() throws Exception {
        assertThat(run(System.getProperty("java.class.path"), Map.of("REASONRFT_NUM_THREADS", "zero")))
                .contains("IllegalArgumentException")
                .contains("REASONRFT_NUM_THREADS is \"zero\", wanted a number from 1 to 1024");
    }

    @Test
    void aMissingNativeArtifactIsNamed(@TempDir Path classes) throws Exception {
        String platform = Loader.getPlatform();
        // Before the package phase the folder of classes and libraries stands on the class path twice.
        StringBuilder classPath = new StringBuilder();
        for (String entry : System.getProperty("java.class.path").split(File.pathSeparator)) {
            if (new File(entry).isDirectory() && Files.exists(Path.of(entry, "org/reasonrft/kernels/View.class"))) {
                copyClasses(Path.of(entry), classes);
                classPath.append(classes).append(File.pathSeparator);
            } else if (!entry.matches(".*reason-rft-kernels[^/\\\\]*" + platform + "\\.jar")) {
                classPath.append(entry).append(File.pathSeparator);
            }
        }
        assertThat(run(classPath.toString(), Map.of()))
                .contains("UnsatisfiedLinkError")
                .contains("add the artifact reason-rft-kernels with classifier " + platform);
    }

    private static void copyClasses(Path from, Path to) throws IOException {
        try (Stream<Path> files = Files.walk(from)) {
            for (Path file : files.filter(f -> f.toString().endsWith(".class")).toList()) {
                Path target = to.resolve(from.relativize(file));
                Files.createDirectories(target.getParent());
                Files.copy(file, target, StandardCopyOption.REPLACE_EXISTING);
            }
        }
    }

    private static String run(String classPath, Map<String, String> environment) throws Exception {
        List<String> command = Arrays.asList(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                classPath,
                EmbeddingExample.class.getName());
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().putAll(environment);
        Process process = builder.start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        process.waitFor();
        return output;
    }
}
