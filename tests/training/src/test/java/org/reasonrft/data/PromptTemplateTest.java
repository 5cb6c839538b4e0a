package org.reasonrft.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PromptTemplateTest {
    @TempDir
    Path folder;

    @ParameterizedTest
    @ValueSource(strings = {"bare", "visual-counting", "short", "visual-counting-zero-shot"})
    void shippedTemplatesTakeTheQuestionAndEndWithoutLineBreak(String name) {
        String prompt = PromptTemplate.named(name).fill("How many?");
        assertThat(prompt).contains("How many?").doesNotContain("{question}").doesNotEndWith("\n");
    }

    @Test
    void theCountingTemplateNamesAllFourTags() {
        assertThat(PromptTemplate.named("visual-counting").fill("Q"))
                .contains("<think>", "</think>", "<answer>", "</answer>", "number");
    }

    @Test
    void theBareTemplateIsTheQuestion() {
        assertThat(PromptTemplate.named("bare").fill("How many?")).isEqualTo("How many?");
    }

    @Test
    void bracesInTheQuestionStay() {
        assertThat(PromptTemplate.of("t", "Q: {question}!").fill("what is {question} and \\frac{1}{2}?"))
                .isEqualTo("Q: what is {question} and \\frac{1}{2}?!");
    }

    @Test
    void readsAFileAndNamesItInComplaints() throws IOException {
        Path good = Files.writeString(folder.resolve("good.txt"), "Look.\r\n{question}\r\n");
        assertThat(PromptTemplate.fromFile(good).fill("Q")).isEqualTo("Look.\nQ");
        Path bad = Files.writeString(folder.resolve("bad.txt"), "Look. {Question}");
        assertThatThrownBy(() -> PromptTemplate.fromFile(bad))
                .isInstanceOf(DataException.class)
                .hasMessageContaining(bad.toString())
                .hasMessageContaining("{question}");
        Path none = folder.resolve("none.txt");
        assertThatThrownBy(() -> PromptTemplate.fromFile(none))
                .isInstanceOf(DataException.class)
                .hasMessageContaining(none.toString());
    }

    @ParameterizedTest
    @ValueSource(strings = {"no-such-template", "../prompts/bare", "", "structure-perception", "a/../bare", "/bare"})
    void refusesAnUnknownName(String name) {
        assertThatThrownBy(() -> PromptTemplate.named(name))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("'" + name + "'");
    }
}
