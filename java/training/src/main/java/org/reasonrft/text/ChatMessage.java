package org.reasonrft.text;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * One turn of a conversation.
 *
 * @param content pictures and text in order
 */
public record ChatMessage(Role role, List<Part> content) {
    /** Who speaks. */
    public enum Role {
        SYSTEM,
        USER,
        ASSISTANT;

        /** The name that chat templates use. */
        public String templateName() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** A piece of a turn. */
    public sealed interface Part {}

    /** The place of a picture; which one follows from the order. */
    public record Image() implements Part {}

    /** A piece of text. */
    public record Text(String text) implements Part {}

    public ChatMessage {
        content = List.copyOf(content);
    }

    /** A turn of text only. */
    public static ChatMessage of(Role role, String text) {
        return new ChatMessage(role, List.of(new Text(text)));
    }

    /** A user's turn: pictures first, then the question, the order that the Reason-RFT prompts use. */
    public static ChatMessage question(int images, String question) {
        List<Part> parts = new ArrayList<>();
        for (int i = 0; i < images; i++) {
            parts.add(new Image());
        }
        parts.add(new Text(question));
        return new ChatMessage(Role.USER, parts);
    }

    /** Number of pictures in this turn. */
    public int images() {
        return (int) content.stream().filter(Image.class::isInstance).count();
    }
}
