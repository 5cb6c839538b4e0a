package org.reasonrft.data;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/**
 * How the questions of a task are asked: in one way, or in one for each {@link AnswerForm}. On disk the first is a
 * text file and the second a folder with {@code choice.txt} and {@code open.txt}.
 */
public final class PromptSet {
    private final String name;
    private final Map<AnswerForm, PromptTemplate> templates;

    private PromptSet(String name, Map<AnswerForm, PromptTemplate> templates) {
        this.name = name;
        this.templates = templates;
    }

    /** The same template for every question. */
    public static PromptSet of(PromptTemplate template) {
        return of(template.name(), template, template);
    }

    /** One template for questions whose gold answer is the letter of a choice, one for all others. */
    public static PromptSet of(String name, PromptTemplate choice, PromptTemplate open) {
        Map<AnswerForm, PromptTemplate> templates = new EnumMap<>(AnswerForm.class);
        templates.put(AnswerForm.CHOICE, choice);
        templates.put(AnswerForm.OPEN, open);
        return new PromptSet(name, templates);
    }

    /**
     * A prompt as a configuration names it: a file or folder of that path if there is one, else one that comes with
     * the library, for example {@code visual-counting} or {@code structure-perception}; the resource folder
     * {@code org/reasonrft/prompts} lists them.
     *
     * @throws DataException if it is neither, a file of a folder is missing, or a template lacks its placeholder
     */
    public static PromptSet resolve(String nameOrPath) {
        Path path = Path.of(nameOrPath);
        if (!nameOrPath.isEmpty() && Files.isDirectory(path)) {
            return of(
                    nameOrPath,
                    PromptTemplate.fromFile(path.resolve(fileName(AnswerForm.CHOICE))),
                    PromptTemplate.fromFile(path.resolve(fileName(AnswerForm.OPEN))));
        }
        if (Files.isRegularFile(path)) {
            return of(PromptTemplate.fromFile(path));
        }
        String choice = nameOrPath + "/" + AnswerForm.CHOICE.label();
        return PromptTemplate.isShipped(choice)
                ? of(
                        nameOrPath,
                        PromptTemplate.named(choice),
                        PromptTemplate.named(nameOrPath + "/" + AnswerForm.OPEN.label()))
                : of(PromptTemplate.named(nameOrPath));
    }

    private static String fileName(AnswerForm form) {
        return form.label() + ".txt";
    }

    /** The name or path it was found under. */
    public String name() {
        return name;
    }

    /** The user turn's text for a sample. */
    public String fill(Sample sample) {
        return templates.get(AnswerForm.of(sample)).fill(sample);
    }

    /** The texts of all templates, placeholders and all: what has to stay the same for answers to stay the same. */
    public List<String> texts() {
        List<String> texts = new ArrayList<>();
        templates.values().forEach(template -> texts.add(template.fill(PromptTemplate.PLACEHOLDER)));
        return Collections.unmodifiableList(texts);
    }
}
