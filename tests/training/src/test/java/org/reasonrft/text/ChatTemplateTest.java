package org.reasonrft.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.reasonrft.Goldens;
import org.reasonrft.text.ChatMessage.Role;
import org.reasonrft.text.ChatTemplate.GenerationPrompt;

class ChatTemplateTest {
    private static final String EACH = "{% for m in messages %}[{{ m['role'] }}|{{ m['content'] }}]{% endfor %}";

    @ParameterizedTest
    @MethodSource("org.reasonrft.Goldens#cases")
    void rendersTheRecordedPrompt(Goldens.Case recorded) throws IOException {
        ChatTemplate template = ChatTemplate.load(recorded.checkpoint().directory());
        ChatMessage message = ChatMessage.question(recorded.images().size(), recorded.question());
        assertThat(template.render(List.of(message), GenerationPrompt.ADD))
                .isEqualTo(recorded.meta().get("prompt").asText());
    }

    @Test
    void rendersAWholeConversation() throws IOException {
        String text = ChatTemplate.load(Goldens.DIRECTORY)
                .render(
                        List.of(
                                ChatMessage.of(Role.SYSTEM, "Be brief."),
                                ChatMessage.question(1, "How many?"),
                                ChatMessage.of(Role.ASSISTANT, "Two.")),
                        GenerationPrompt.OMIT);
        assertThat(text)
                .isEqualTo("<|im_start|>system\nBe brief.<|im_end|>\n"
                        + "<|im_start|>user\n<|vision_start|><|image_pad|><|vision_end|>How many?<|im_end|>\n"
                        + "<|im_start|>assistant\nTwo.<|im_end|>\n");
    }

    /** Otherwise a question of a data set could run code in the template engine. */
    @Test
    void neverInterpretsMessages() {
        String hostile = "{{ 6 * 7 }} {% for x in messages %}x{% endfor %} {# comment #} {{ messages }} <b>&amp;</b>";
        assertThat(ChatTemplate.of(EACH).render(List.of(ChatMessage.of(Role.USER, hostile)), GenerationPrompt.OMIT))
                .isEqualTo("[user|" + hostile + "]");
    }

    @Test
    void countsWithANamespace() {
        // The device that Qwen2-VL's own template numbers pictures with.
        String template = "{% set n = namespace(value=0) %}{% for m in messages %}{% for c in m['content'] %}"
                + "{% if c['type'] == 'image' or 'image' in c %}{% set n.value = n.value + 1 %}P{{ n.value }} "
                + "{% elif 'text' in c %}{{ c['text'] }}{% endif %}{% endfor %}{% endfor %}";
        assertThat(ChatTemplate.of(template).render(List.of(ChatMessage.question(2, "q")), GenerationPrompt.OMIT))
                .isEqualTo("P1 P2 q");
        // A blank before a block stays, unless the line begins with it.
        assertThat(ChatTemplate.of("a: {% if true %} b\n  {% endif %}c").render(List.of(), GenerationPrompt.OMIT))
                .isEqualTo("a:  b\nc");
    }

    @Test
    void trimsBlocksAsTransformersDoes() {
        String template =
                "{# say\nwho #}\n{% for m in messages %}\n    {% if true %}\n{{ m['role'] }}\n    {%- endif %}\n"
                        + "    {# x #}\n{% endfor %}\n";
        assertThat(ChatTemplate.of(template).render(List.of(ChatMessage.of(Role.USER, "x")), GenerationPrompt.OMIT))
                .isEqualTo("user");
    }

    @Test
    void servesManyThreads() {
        ChatTemplate template = ChatTemplate.of(EACH);
        assertThat(IntStream.range(0, 2000)
                        .parallel()
                        .mapToObj(i -> template.render(
                                        List.of(ChatMessage.of(Role.USER, "text " + i)), GenerationPrompt.OMIT)
                                .equals("[user|text " + i + "]")))
                .containsOnly(true);
    }

    @Test
    void passesOnARefusal() {
        ChatTemplate template = ChatTemplate.of("{{ raise_exception('roles must alternate') }}");
        assertThatThrownBy(() -> template.render(List.of(), GenerationPrompt.OMIT))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("chat template, line 1: roles must alternate");
    }

    @Test
    void refusesABrokenTemplate() {
        for (String broken : new String[] {"{% if %}", "{% for x in %}", "{% unknown %}", "{{ 1 + }}"}) {
            assertThatThrownBy(() -> ChatTemplate.of(broken).render(List.of(), GenerationPrompt.OMIT))
                    .as(broken)
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageStartingWith("chat template, line 1");
        }
    }

    @Test
    void aTemplateFileWinsOverTheConfiguration(@TempDir Path directory) throws IOException {
        assertThatThrownBy(() -> ChatTemplate.load(directory))
                .isInstanceOf(IOException.class)
                .hasMessageContaining(directory.toString());
        Files.writeString(
                directory.resolve("tokenizer_config.json"),
                "{\"chat_template\": \"config {{ eos_token }}\", \"eos_token\": {\"content\": \"<end>\"}}");
        assertThat(render(directory)).isEqualTo("config <end>");
        Files.writeString(directory.resolve("chat_template.json"), "{\"chat_template\": \"json\"}");
        assertThat(render(directory)).isEqualTo("json");
        Files.writeString(directory.resolve("chat_template.jinja"), "jinja {{ eos_token }}");
        assertThat(render(directory)).isEqualTo("jinja <end>");
    }

    private static String render(Path directory) throws IOException {
        return ChatTemplate.load(directory).render(List.of(), GenerationPrompt.OMIT);
    }
}
