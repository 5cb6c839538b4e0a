package org.reasonrft.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PromptSetTest {
    private static final Sample CHOICE = sample("B");
    private static final Sample OPEN = sample("12.5");

    @TempDir
    Path folder;

    private static Sample sample(String answer) {
        return new Sample("id", List.of(), "What is {question}?", answer, null);
    }

    /** Which tags each prompt of the reference's table names, in their order, and a word that tells what the answer is. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "bare | | What",
                "visual-counting | think answer | number",
                "visual-counting-zero-shot | | digits",
                "structure-perception | think answer | letter",
                "structure-perception-mixed | think answer | a number or the letter",
                "structure-perception-zero-shot | | single letter",
                "spatial-transformation | think answer think answer | sequence of functions",
                "spatial-transformation-answer | | sequence of 1 to 4 functions",
                "spatial-transformation-zero-shot | | sequence of functions alone",
                "spatial-transformation-brief | answer | sequence of functions",
                "spatial-transformation-caption | summary caption think answer summary caption think answer | functions",
            })
    void tagsOfTheShippedPrompts(String name, String tags, String word) {
        String prompt = PromptSet.resolve(name).fill(CHOICE);
        assertThat(prompt).contains("What is {question}?").contains(word).doesNotEndWith("\n");
        StringBuilder found = new StringBuilder();
        var matcher = java.util.regex.Pattern.compile("<(/?)(\\w+)>").matcher(prompt);
        String open = null;
        while (matcher.find()) {
            if (open == null) {
                open = matcher.group(2);
                assertThat(matcher.group(1)).as("first an opening tag").isEmpty();
                found.append(open).append(' ');
            } else {
                assertThat(matcher.group(1) + matcher.group(2)).isEqualTo("/" + open);
                open = null;
            }
        }
        assertThat(open).as("left open").isNull();
        assertThat(found.toString().strip()).isEqualTo(tags == null ? "" : tags);
    }

    /** Every function and value of the vocabulary, and the form of the list of objects. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "spatial-transformation",
                "spatial-transformation-answer",
                "spatial-transformation-zero-shot",
                "spatial-transformation-brief",
                "spatial-transformation-caption"
            })
    void rulesOfSpatialTransformation(String name) {
        String prompt = PromptSet.resolve(name).fill(OPEN);
        assertThat(prompt)
                .contains("change_size", "change_color", "change_material", "change_shape", "change_position")
                .contains("('object_id', 'shape', 'size', 'color', 'material')");
        for (String value :
                ("small medium large yellow gray cyan blue brown green red purple glass metal rubber cube sphere "
                                + "cylinder front behind left right front_left front_right behind_left behind_right")
                        .split(" ")) {
            assertThat(prompt).contains("'" + value + "'");
        }
    }

    @Test
    void geometryIsAskedByTheFormOfItsAnswer() {
        PromptSet prompts = PromptSet.resolve("structure-perception");
        assertThat(prompts.fill(CHOICE)).contains("(A, B, C or D)", "the chosen letter");
        assertThat(prompts.fill(OPEN)).contains("decimal number").doesNotContain("letter");
        assertThat(prompts.name()).isEqualTo("structure-perception");
        assertThat(prompts.texts()).hasSize(2).doesNotHaveDuplicates().allMatch(text -> text.contains("{question}"));
    }

    @Test
    void resolvesAFileOrFolderBeforeAShippedName() throws IOException {
        Path file = Files.writeString(folder.resolve("own.txt"), "Own: {question}");
        assertThat(PromptSet.resolve(file.toString()).fill(OPEN)).isEqualTo("Own: What is {question}?");
        assertThat(PromptSet.resolve("bare").fill(CHOICE)).isEqualTo("What is {question}?");
        Path set = Files.createDirectory(folder.resolve("set"));
        Files.writeString(set.resolve("choice.txt"), "Choose: {question}");
        assertThatThrownBy(() -> PromptSet.resolve(set.toString()))
                .isInstanceOf(DataException.class)
                .hasMessageContaining(set.resolve("open.txt") + "': cannot be read: no such file");
        Files.writeString(set.resolve("open.txt"), "Work out: {question}");
        assertThat(PromptSet.resolve(set.toString()).fill(CHOICE)).isEqualTo("Choose: What is {question}?");
        assertThat(PromptSet.resolve(set.toString()).fill(OPEN)).isEqualTo("Work out: What is {question}?");
        Files.writeString(set.resolve("open.txt"), "Work out");
        assertThatThrownBy(() -> PromptSet.resolve(set.toString()))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("{question} is missing");
    }

    @ParameterizedTest
    @ValueSource(strings = {"neither", "", "../prompts/bare", "structure-perception/none"})
    void refusesAnUnknownName(String name) {
        assertThatThrownBy(() -> PromptSet.resolve(name))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("'" + name + "'");
    }
}
