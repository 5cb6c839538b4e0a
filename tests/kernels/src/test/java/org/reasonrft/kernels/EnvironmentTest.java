package org.reasonrft.kernels;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
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
    void saysWhatItRunsWithAndWhy() throws Exception {
        assertThat(report(Map.of())).contains("tier " + Kernels.cpuTier() + ", best of ");
        String worst = baseline();
        assertThat(report(Map.of("REASONRFT_CPU_TIER", worst, "REASONRFT_NUM_THREADS", "3")))
                .contains("tier " + worst + ", forced by REASONRFT_CPU_TIER, threads 3,");
    }

    @Test
    void systemPropertiesWinOverTheEnvironment() throws Exception {
        String worst = baseline();
        Map<String, String> nonsense = Map.of("REASONRFT_CPU_TIER", "none", "REASONRFT_NUM_THREADS", "zero");
        assertThat(report(nonsense, "-Dreasonrft.cpu.tier=" + worst, "-Dreasonrft.num.threads=5"))
                .contains("tier " + worst + ", forced by system property reasonrft.cpu.tier, threads 5,");
    }

    @Test
    void systemPropertiesThatMeanNothingAreLoadErrors() throws Exception {
        assertThat(report(Map.of(), "-Dreasonrft.cpu.tier=i386"))
                .contains("ExceptionInInitializerError")
                .contains("system property reasonrft.cpu.tier is \"i386\", wanted one of ");
        for (String threads : new String[] {"0", "-1", "1025", "two"}) {
            assertThat(report(Map.of(), "-Dreasonrft.num.threads=" + threads))
                    .contains("ExceptionInInitializerError")
                    .contains("system property reasonrft.num.threads is \"" + threads
                            + "\", wanted a number from 1 to 1024");
        }
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

    /** The tier that every processor has: the last of the list that messages give. */
    private static String baseline() throws Exception {
        String message = report(Map.of("REASONRFT_CPU_TIER", "none"));
        String names = message.substring(message.indexOf("wanted one of ") + 14)
                .lines()
                .findFirst()
                .orElseThrow()
                .strip();
        return names.substring(names.lastIndexOf(' ') + 1);
    }

    private static String report(Map<String, String> environment, String... options) throws Exception {
        return run(SettingsReport.class, System.getProperty("java.class.path"), environment, options);
    }

    private static String run(String classPath, Map<String, String> environment) throws Exception {
        return run(EmbeddingExample.class, classPath, environment);
    }

    private static String run(Class<?> main, String classPath, Map<String, String> environment, String... options)
            throws Exception {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of(options));
        command.addAll(List.of("-cp", classPath, main.getName()));
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().putAll(environment);
        Process process = builder.start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        process.waitFor();
        return output;
    }
}
