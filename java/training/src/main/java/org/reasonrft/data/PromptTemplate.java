package org.reasonrft.data;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import org.reasonrft.io.IoFailure;

/**
 * The text of a user turn with {@code {question}} where the problem goes. Placeholders are replaced once, in one pass:
 * braces inside a problem stay as they are.
 */
public final class PromptTemplate {
    /** The placeholder that every template has to contain. */
    public static final String PLACEHOLDER = "{question}";

    private static final String RESOURCES = "/org/reasonrft/prompts/";

    private final String name;
    private final String text;

    private PromptTemplate(String name, String text) {
        this.name = Objects.requireNonNull(name, "name");
        if (!text.contains(PLACEHOLDER)) {
            throw new DataException("prompt template '" + name + "': " + PLACEHOLDER + " is missing");
        }
        this.text = text;
    }

    /**
     * A template that comes with the library.
     *
     * @param name for example {@code visual-counting}; the resource folder {@code org/reasonrft/prompts} lists them
     * @throws DataException if there is none of that name
     */
    public static PromptTemplate named(String name) {
        try (InputStream in = open(name)) {
            if (in == null) {
                throw new DataException("prompt template '" + name + "': no such resource (" + resource(name) + ")");
            }
            String text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
            return new PromptTemplate(name, withoutFinalLineBreak(text));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Whether a template of that name comes with the library. */
    static boolean isShipped(String name) {
        try (InputStream in = open(name)) {
            return in != null;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Null if there is none. The pattern keeps names from leading out of the folder. */
    private static InputStream open(String name) {
        return name.matches("[a-z0-9-]+(/[a-z0-9-]+)?")
                ? PromptTemplate.class.getResourceAsStream(resource(name))
                : null;
    }

    private static String resource(String name) {
        return RESOURCES + name + ".txt";
    }

    /**
     * A template from a UTF-8 file.
     *
     * @throws DataException if the file cannot be read or lacks the placeholder
     */
    public static PromptTemplate fromFile(Path file) {
        try {
            return new PromptTemplate(file.toString(), withoutFinalLineBreak(Files.readString(file)));
        } catch (IOException e) {
            throw new DataException("prompt template '" + file + "': cannot be read: " + IoFailure.reason(e), e);
        }
    }

    /**
     * A template from a string.
     *
     * @param name used in error messages
     * @throws DataException if the text lacks the placeholder
     */
    public static PromptTemplate of(String name, String text) {
        return new PromptTemplate(name, text);
    }

    /** The resource name, file or given name. */
    public String name() {
        return name;
    }

    /** The user turn's text for a problem. */
    public String fill(String question) {
        return text.replace(PLACEHOLDER, question);
    }

    /** The user turn's text for a sample's problem. */
    public String fill(Sample sample) {
        return fill(sample.problem());
    }

    // Editors end a file with a line break; in a prompt it would be a token.
    private static String withoutFinalLineBreak(String text) {
        String unix = text.replace("\r\n", "\n");
        return unix.endsWith("\n") ? unix.substring(0, unix.length() - 1) : unix;
    }
}
