package org.reasonrft.data;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Optional;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;

class AnswerTagsTest {
    @Test
    void takesTheFirstCompletePair() {
        assertThat(AnswerTags.inside("<answer>1</answer><answer>2</answer>")).contains("1");
        assertThat(AnswerTags.inside("</answer><answer>1</answer>")).contains("1");
        assertThat(AnswerTags.inside("<answer>a<answer>1</answer>")).contains("a<answer>1");
        assertThat(AnswerTags.inside("<answer></answer>")).contains("");
    }

    @Test
    void spansLinesAndDropsOuterWhiteSpace() {
        assertThat(AnswerTags.inside("x\n<answer>\n 4\n5\t\n</answer>\ny")).contains("4\n5");
    }

    @Test
    void needsACompletePairInExactSpelling() {
        assertThat(AnswerTags.inside("<answer>3")).isEmpty();
        assertThat(AnswerTags.inside("3</answer>")).isEmpty();
        assertThat(AnswerTags.inside("<Answer>3</Answer>")).isEmpty();
        assertThat(AnswerTags.inside("<answer >3</answer>")).isEmpty();
        assertThat(AnswerTags.insideOrWhole(" 3 \n")).isEqualTo("3");
    }

    @Test
    void stripsWhatPythonStrips() {
        // The characters for which Python's str.isspace() holds, from its own table.
        String spaces = "\t\n\u000b\f\r\u001c\u001d\u001e\u001f \u0085\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005"
                + "\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000";
        assertThat(AnswerTags.strip(spaces + "a b" + spaces)).isEqualTo("a b");
        assertThat(AnswerTags.strip(spaces)).isEmpty();
        for (char c : "\u200b\u0000\ufeff".toCharArray()) {
            assertThat(AnswerTags.strip(c + "a"))
                    .as("U+%04X is no space", (int) c)
                    .isEqualTo(c + "a");
        }
    }

    /** What Python's {@code <answer>(.*?)</answer>} without DOTALL finds, on random texts of its pieces. */
    @Test
    void insideOneLineIsTheExpressionWithoutDotAll() {
        Pattern expression = Pattern.compile("<answer>([^\n]*?)</answer>");
        String[] pieces = {"<answer>", "</answer>", "\n", "\r", "a", "<answer", " "};
        Random random = new Random(3);
        int found = 0;
        for (int i = 0; i < 50_000; i++) {
            StringBuilder text = new StringBuilder();
            for (int k = random.nextInt(12); k >= 0; k--) {
                text.append(pieces[random.nextInt(pieces.length)]);
            }
            Matcher matcher = expression.matcher(text);
            boolean wanted = matcher.find();
            found += wanted ? 1 : 0;
            assertThat(AnswerTags.insideOneLine(text.toString()))
                    .as(text.toString())
                    .isEqualTo(wanted ? Optional.of(matcher.group(1)) : Optional.empty());
        }
        assertThat(found).isGreaterThan(5_000);
    }

    @Test
    void insideOneLineReadsARunawayTextAtOnce() {
        Assertions.assertTimeout(Duration.ofSeconds(2), () -> {
            assertThat(AnswerTags.insideOneLine("<answer>".repeat(100_000))).isEmpty();
            assertThat(AnswerTags.insideOneLine("<answer>\n".repeat(100_000) + "</answer>"))
                    .isEmpty();
            assertThat(AnswerTags.insideOneLine("<answer>".repeat(100_000) + "\n</answer>"))
                    .isEmpty();
        });
    }
}
