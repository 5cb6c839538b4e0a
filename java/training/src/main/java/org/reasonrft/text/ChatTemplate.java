package org.reasonrft.text;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.hubspot.jinjava.Jinjava;
import com.hubspot.jinjava.JinjavaConfig;
import com.hubspot.jinjava.LegacyOverrides;
import com.hubspot.jinjava.interpret.RenderResult;
import com.hubspot.jinjava.interpret.TemplateError;
import com.hubspot.jinjava.lib.fn.ELFunctionDefinition;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * The Jinja chat template of a checkpoint, with the settings of transformers: blocks take the line break after them and
 * the blanks before them, and nothing in a message is ever interpreted as a template. Safe for use by several threads.
 */
public final class ChatTemplate {
    /** Rendered text is prompts; what is longer is a template gone wild. */
    private static final long MAX_OUTPUT_CHARACTERS = 64L << 20;

    // What Jinja's lstrip_blocks removes: blanks between the start of a line and a block. The engine's own setting of
    // that
    // name also eats the blank in "Picture 1: {% endif %}".
    private static final Pattern INDENT = Pattern.compile("(?md)^[ \\t]+(?=\\{[%#](?!\\+))");
    // With the line break behind it, as trim_blocks has it; those with whitespace control are left to the engine.
    private static final Pattern COMMENT = Pattern.compile("(?s)\\{#(?!-)(?:(?!#\\}).)*(?<!-)#\\}\n?");

    private final Jinjava jinjava;
    private final String template;
    private final Map<String, Object> constants;

    private ChatTemplate(String template, Map<String, Object> constants) {
        this.template = COMMENT.matcher(INDENT.matcher(template).replaceAll("")).replaceAll("");
        this.constants = Map.copyOf(constants);
        jinjava = new Jinjava(JinjavaConfig.newBuilder()
                .withTrimBlocks(true)
                .withNestedInterpretationEnabled(false)
                .withMaxOutputSize(MAX_OUTPUT_CHARACTERS)
                .withFailOnUnknownTokens(false)
                .withLegacyOverrides(LegacyOverrides.newBuilder()
                        .withParseWhitespaceControlStrictly(true)
                        .withKeepNullableLoopValues(true)
                        .build())
                .build());
        jinjava.getGlobalContext()
                .registerFunction(new ELFunctionDefinition(
                        "", "raise_exception", ChatTemplate.class, "raiseException", String.class));
    }

    /** Called by templates to refuse a conversation; public because the template engine calls it. */
    public static String raiseException(String message) {
        throw new IllegalArgumentException(message);
    }

    /** A template given as text. */
    public static ChatTemplate of(String template) {
        return new ChatTemplate(template, Map.of());
    }

    /**
     * The template of a checkpoint: {@code chat_template.jinja}, else {@code chat_template.json}, else the entry in
     * {@code tokenizer_config.json}, the order of transformers.
     *
     * @throws IOException if there is none; the message names the directory
     */
    public static ChatTemplate load(Path directory) throws IOException {
        Path jinja = directory.resolve("chat_template.jinja");
        JsonNode config = json(directory.resolve("tokenizer_config.json"));
        Map<String, Object> constants = new HashMap<>();
        for (String name : List.of("bos_token", "eos_token", "pad_token")) {
            JsonNode token = config.path(name);
            String text = token.isObject() ? token.path("content").asText() : token.asText("");
            if (!token.isMissingNode() && !token.isNull()) {
                constants.put(name, text);
            }
        }
        if (Files.exists(jinja)) {
            return new ChatTemplate(Files.readString(jinja, StandardCharsets.UTF_8), constants);
        }
        JsonNode own = json(directory.resolve("chat_template.json")).path("chat_template");
        JsonNode text = own.isTextual() ? own : config.path("chat_template");
        if (!text.isTextual()) {
            throw new IOException(directory + ": no chat template in chat_template.jinja, chat_template.json or"
                    + " tokenizer_config.json");
        }
        return new ChatTemplate(text.asText(), constants);
    }

    /**
     * Renders a conversation.
     *
     * @throws IllegalArgumentException if the template refuses it or is itself wrong, with the template's message
     */
    public String render(List<ChatMessage> messages, GenerationPrompt generationPrompt) {
        List<Object> turns = new ArrayList<>();
        for (ChatMessage message : messages) {
            List<Object> parts = new ArrayList<>();
            for (ChatMessage.Part part : message.content()) {
                parts.add(
                        part instanceof ChatMessage.Text text
                                ? Map.of("type", "text", "text", text.text())
                                : Map.of("type", "image"));
            }
            boolean plain = message.content().size() == 1 && message.content().get(0) instanceof ChatMessage.Text;
            Object content = plain ? ((ChatMessage.Text) message.content().get(0)).text() : parts;
            turns.add(Map.of("role", message.role().templateName(), "content", content));
        }
        Map<String, Object> bindings = new HashMap<>(constants);
        bindings.put("messages", turns);
        bindings.put("add_generation_prompt", generationPrompt == GenerationPrompt.ADD);
        RenderResult result = jinjava.renderForResult(template, bindings);
        for (TemplateError error : result.getErrors()) {
            // A variable that is not there is empty text, as in Jinja; everything else would go wrong unseen.
            if (error.getReason() != TemplateError.ErrorReason.UNKNOWN) {
                throw new IllegalArgumentException(
                        "chat template, line " + error.getLineno() + ": " + rootMessage(error));
            }
        }
        return result.getOutput();
    }

    /** What the template itself said, under the layers that the engine puts around it. */
    private static String rootMessage(TemplateError error) {
        Throwable cause = error.getException();
        while (cause != null && cause.getCause() != null) {
            cause = cause.getCause();
        }
        return cause == null || cause.getMessage() == null ? error.getMessage() : cause.getMessage();
    }

    /** Whether the text ends where the assistant's answer begins. */
    public enum GenerationPrompt {
        /** For generation. */
        ADD,
        /** For a conversation that is complete. */
        OMIT
    }

    private static JsonNode json(Path file) throws IOException {
        if (!Files.exists(file)) {
            return new ObjectMapper().createObjectNode();
        }
        try {
            return new ObjectMapper().readTree(Files.readAllBytes(file));
        } catch (JsonProcessingException e) {
            throw new IOException(file + ": no valid JSON: " + e.getMessage(), e);
        }
    }
}
