package org.reasonrft.data;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.reasonrft.io.IoFailure;

/**
 * Reads records in the forms in which Reason-RFT's data is published, from a JSON array or one object per line (JSON
 * Lines), UTF-8. Pictures are looked for, not loaded, and one record is held at a time.
 *
 * <ul>
 *   <li>Questions: {@code {"id", "image", "problem", "answer" | "solution", "cot"?}}, for both phases and evaluation. The
 *       gold answer may be wrapped in {@code <answer>} tags, which are taken off.
 *   <li>Conversations (ShareGPT): {@code {"id", "image", "messages": [{"role": "user", "content"}, {"role": "assistant",
 *       "content"}]}}, as fine-tuning tools have them, perhaps after a system turn. The user's text has one
 *       {@code <image>} for each picture. What is left of it is the problem, prompt and all, so it goes with the template
 *       {@code bare}; answer and chain of thought come from the tags of the assistant's text, which without tags is the
 *       answer.
 * </ul>
 *
 * {@code image}, or {@code images}, is a path, a list of paths, or a list of {@code {"path": ...}} objects, each relative
 * to the image root; it may be absent or empty for a question in text alone. Other fields are kept in
 * {@link Sample#extras()}.
 *
 * <p>Every complaint is a {@link DataException} of one line that names the file, the record's index (from 0), its id
 * and the field. With {@link BadRecords#SKIP} such records are left out; that is not possible for what breaks the JSON of
 * an array, as nothing tells where the next record starts.
 */
public final class SampleReader {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final ObjectReader LINE =
            JSON.readerFor(JsonNode.class).with(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

    private final Path file;
    private final Path imageRoot;
    private final BadRecords onBadRecord;
    private final Consumer<? super Sample> consumer;
    private final Map<String, Integer> indexOfId = new HashMap<>();
    private final List<String> complaints = new ArrayList<>();
    private int index;
    private int skipped;

    private SampleReader(Path file, Path imageRoot, BadRecords onBadRecord, Consumer<? super Sample> consumer) {
        this.file = file;
        this.imageRoot = imageRoot == null ? file.toAbsolutePath().getParent() : imageRoot;
        this.onBadRecord = onBadRecord;
        this.consumer = consumer;
    }

    /**
     * Reads a data set whose image paths are relative to the folder of {@code file}, all of whose records must be good.
     *
     * @throws DataException see {@link #read(Path, Path, BadRecords)}
     */
    public static List<Sample> read(Path file) {
        return read(file, null);
    }

    /**
     * Reads a data set, all of whose records must be good.
     *
     * @throws DataException see {@link #read(Path, Path, BadRecords)}
     */
    public static List<Sample> read(Path file, Path imageRoot) {
        return read(file, imageRoot, BadRecords.FAIL).samples();
    }

    /**
     * Reads a data set, in file order.
     *
     * @param file a JSON array of records or JSON Lines, UTF-8
     * @param imageRoot folder that image paths are relative to; null: that of the file
     * @param onBadRecord what happens to a record that is malformed, repeats an id or names a picture that is not a file
     * @throws DataException if the file cannot be read or parsed or holds no record that can be used; with
     *     {@link BadRecords#FAIL} at the first bad record
     */
    public static SampleSet read(Path file, Path imageRoot, BadRecords onBadRecord) {
        List<Sample> samples = new ArrayList<>();
        ReadSummary summary = forEach(file, imageRoot, onBadRecord, samples::add);
        return new SampleSet(samples, summary);
    }

    /**
     * Hands over one sample after the other, for files that are larger than memory. Parameters and errors are those of
     * {@link #read(Path, Path, BadRecords)}; the ids are kept, to find repetitions.
     */
    public static ReadSummary forEach(
            Path file, Path imageRoot, BadRecords onBadRecord, Consumer<? super Sample> consumer) {
        SampleReader reader = new SampleReader(file, imageRoot, onBadRecord, consumer);
        try (BufferedReader in = Files.newBufferedReader(file)) {
            reader.readAll(in);
        } catch (JacksonException e) {
            throw new DataException(reader.notJson(e, 0), e);
        } catch (CharacterCodingException e) {
            // Text is decoded some records ahead.
            throw new DataException(reader.place() + " or a little later: not UTF-8 text", e);
        } catch (NoSuchFileException e) {
            throw new DataException(file + ": no such file", e);
        } catch (IOException e) {
            throw new DataException(file + ": cannot be read: " + IoFailure.reason(e), e);
        }
        ReadSummary summary = new ReadSummary(file, reader.index - reader.skipped, reader.skipped, reader.complaints);
        if (summary.read() == 0) {
            throw new DataException(summary.skipped() == 0 ? file + ": data set is empty" : summary.toString());
        }
        return summary;
    }

    private void readAll(BufferedReader in) throws IOException {
        int first;
        int line = 1;
        do {
            in.mark(1);
            first = in.read();
            line += first == '\n' ? 1 : 0;
            // A byte order mark is no white space to anyone but its author.
        } while (first == '\ufeff' || first >= 0 && Character.isWhitespace(first));
        if (first < 0) {
            return;
        }
        in.reset();
        if (first == '[') {
            readArray(in);
        } else {
            readLines(in, line);
        }
    }

    private void readArray(BufferedReader in) throws IOException {
        try (JsonParser parser = JSON.createParser(in)) {
            parser.nextToken();
            for (JsonToken token = parser.nextToken(); token != JsonToken.END_ARRAY; token = parser.nextToken()) {
                accept(parser.readValueAsTree());
            }
            if (parser.nextToken() != null) {
                throw new DataException(file + ": something follows the end of the JSON array");
            }
        }
    }

    private void readLines(BufferedReader in, int firstLine) throws IOException {
        int line = firstLine;
        for (String text = in.readLine(); text != null; text = in.readLine(), line++) {
            if (text.isBlank()) {
                continue;
            }
            JsonNode node;
            try {
                node = LINE.readTree(text);
            } catch (JacksonException e) {
                complain(new DataException(notJson(e, line), e));
                continue;
            }
            accept(node);
        }
    }

    private void accept(JsonNode node) {
        Sample sample;
        try {
            sample = sample(node);
        } catch (DataException e) {
            complain(e);
            return;
        }
        indexOfId.put(sample.id(), index++);
        consumer.accept(sample);
    }

    private Sample sample(JsonNode node) {
        if (!(node instanceof ObjectNode record)) {
            throw new DataException(place() + ": wanted a JSON object, got " + RecordReader.shown(node));
        }
        RecordReader reader = new RecordReader(record, imageRoot, place());
        Sample sample = reader.read();
        Integer earlier = indexOfId.get(sample.id());
        if (earlier != null) {
            throw reader.wrong("id", "was used before, by record " + earlier);
        }
        return sample;
    }

    private void complain(DataException complaint) {
        if (onBadRecord == BadRecords.FAIL) {
            throw complaint;
        }
        if (skipped++ < ReadSummary.MOST_COMPLAINTS) {
            complaints.add(complaint.getMessage());
        }
        index++;
    }

    private String place() {
        return file + ": record " + index;
    }

    /** @param line of the file if the parser saw a single one, else 0 */
    private String notJson(JacksonException e, int line) {
        String what = e.getOriginalMessage().lines().findFirst().orElse("");
        String where = e.getLocation() == null
                ? ""
                : " (line " + (line == 0 ? e.getLocation().getLineNr() : line) + ", column "
                        + e.getLocation().getColumnNr() + ")";
        return place() + ": not valid JSON: " + what + where;
    }
}
