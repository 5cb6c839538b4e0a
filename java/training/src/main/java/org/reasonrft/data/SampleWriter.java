package org.reasonrft.data;

import com.fasterxml.jackson.core.JsonEncoding;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.util.DefaultIndenter;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import com.fasterxml.jackson.core.util.Separators;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.reasonrft.io.AtomicFile;
import org.reasonrft.io.IoFailure;

/**
 * Writes samples in the record form that {@link SampleReader} reads: a JSON array, one field per line, UTF-8, line feed
 * on every platform, so that equal samples give equal bytes.
 */
public final class SampleWriter {
    private static final JsonFactory JSON = new ObjectMapper().getFactory();

    private SampleWriter() {}

    /**
     * Writes the samples with image paths relative to the folder of {@code file}.
     *
     * @throws DataException if the file cannot be written
     */
    public static void write(List<Sample> samples, Path file) {
        write(samples, file, file.toAbsolutePath().getParent());
    }

    /**
     * Writes the samples, replacing the file only once all are written.
     *
     * @param samples in the order wanted in the file, at least one
     * @param file target; its folder must exist
     * @param imageRoot folder that the written image paths are relative to
     * @throws IllegalArgumentException if there is no sample
     * @throws DataException if the file cannot be written
     */
    public static void write(List<Sample> samples, Path file, Path imageRoot) {
        if (samples.isEmpty()) {
            throw new IllegalArgumentException("samples: wanted at least one, got none");
        }
        try {
            AtomicFile.write(file, channel -> {
                OutputStream out = new BufferedOutputStream(Channels.newOutputStream(channel), 1 << 16);
                // The channel is closed by its owner, after its content is on the device.
                try (JsonGenerator json =
                        JSON.createGenerator(out, JsonEncoding.UTF8).disable(JsonGenerator.Feature.AUTO_CLOSE_TARGET)) {
                    json.setPrettyPrinter(new DefaultPrettyPrinter()
                            .withSeparators(Separators.createDefaultInstance()
                                    .withObjectFieldValueSpacing(Separators.Spacing.AFTER))
                            .withObjectIndenter(new DefaultIndenter("  ", "\n")));
                    json.writeStartArray();
                    for (Sample sample : samples) {
                        writeRecord(json, sample, imageRoot.toAbsolutePath().normalize());
                    }
                    json.writeEndArray();
                    json.writeRaw('\n');
                }
            });
        } catch (IOException e) {
            throw new DataException(file + ": cannot be written: " + IoFailure.reason(e), e);
        }
    }

    private static void writeRecord(JsonGenerator json, Sample sample, Path imageRoot) throws IOException {
        json.writeStartObject();
        json.writeStringField("id", sample.id());
        if (sample.images().size() == 1) {
            json.writeStringField("image", relative(sample.images().get(0), imageRoot));
        } else if (!sample.images().isEmpty()) {
            json.writeArrayFieldStart("image");
            for (Path image : sample.images()) {
                json.writeString(relative(image, imageRoot));
            }
            json.writeEndArray();
        }
        json.writeStringField("problem", sample.problem());
        json.writeStringField("answer", sample.answer());
        if (sample.hasChainOfThought()) {
            json.writeStringField("cot", sample.chainOfThought());
        }
        for (Map.Entry<String, Object> extra : sample.extras().entrySet()) {
            json.writePOJOField(extra.getKey(), extra.getValue());
        }
        json.writeEndObject();
    }

    private static String relative(Path image, Path imageRoot) {
        return imageRoot
                .relativize(image.toAbsolutePath().normalize())
                .toString()
                .replace('\\', '/');
    }
}
