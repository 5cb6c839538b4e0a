package org.reasonrft.data.counting;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Answers a question from its words and the objects of the scene, independently of the generator's own program. */
final class QuestionEvaluator {
    private static final Pattern ADD = Pattern.compile("Add (\\d) (.*)");
    private static final Pattern SUBTRACT = Pattern.compile("Subtract all (.*)");
    private static final Pattern COUNT = Pattern.compile("How many (.*) are (?:there|left)\\?");

    private QuestionEvaluator() {}

    /** An object as its colour and shape words. */
    private record Item(String color, String shape) {
        boolean is(String phrase) {
            for (String word : phrase.split(" ")) {
                String one = singular(word);
                if (!one.equals("object") && !one.equals(color) && !one.equals(shape)) {
                    return false;
                }
            }
            return true;
        }
    }

    static int answer(String question, Scene scene) {
        List<Item> items = new ArrayList<>();
        scene.objects()
                .forEach(object ->
                        items.add(new Item(object.color().word(), object.shape().word())));
        for (String sentence : question.split("\\. ")) {
            Matcher add = ADD.matcher(sentence);
            Matcher subtract = SUBTRACT.matcher(sentence);
            Matcher count = COUNT.matcher(sentence);
            if (add.matches()) {
                String[] words = add.group(2).split(" ");
                Item item = new Item(words[0], singular(words[1]));
                for (int i = 0; i < Integer.parseInt(add.group(1)); i++) {
                    items.add(item);
                }
            } else if (subtract.matches()) {
                items.removeIf(item -> item.is(subtract.group(1)));
            } else if (count.matches()) {
                return (int)
                        items.stream().filter(item -> item.is(count.group(1))).count();
            } else {
                throw new AssertionError("cannot read '" + sentence + "' of '" + question + "'");
            }
        }
        throw new AssertionError("nothing asked in '" + question + "'");
    }

    private static String singular(String noun) {
        return noun.startsWith("cross") ? "cross" : noun.replaceAll("s$", "");
    }
}
