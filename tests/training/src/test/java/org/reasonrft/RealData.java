package org.reasonrft;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Assumptions;

/**
 * Real pictures, questions and recorded model outputs of other projects, which are not part of this one: in the folder
 * that the variable {@code REASON_RFT_DATA} names, or in {@code shared/data} of a folder above.
 */
public final class RealData {
    private RealData() {}

    /** The file or folder of that name; where there is none, the test is skipped and says so. */
    public static Path require(String name) {
        Optional<Path> found = folder().map(folder -> folder.resolve(name)).filter(Files::exists);
        if (found.isEmpty()) {
            String reason = "skipped: no " + name + "; set REASON_RFT_DATA to the folder that has it";
            System.out.println(reason);
            Assumptions.abort(reason);
        }
        return found.get();
    }

    private static Optional<Path> folder() {
        String named = System.getenv("REASON_RFT_DATA");
        if (named != null) {
            return Optional.of(Path.of(named));
        }
        for (Path above = Path.of("").toAbsolutePath(); above != null; above = above.getParent()) {
            Path folder = above.resolve("shared").resolve("data");
            if (Files.isDirectory(folder)) {
                return Optional.of(folder);
            }
        }
        return Optional.empty();
    }
}
