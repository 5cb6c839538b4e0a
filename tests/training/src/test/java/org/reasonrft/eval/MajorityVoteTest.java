package org.reasonrft.eval;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.reasonrft.data.Sample;

class MajorityVoteTest {
    /** Completions are separated by semicolons; the elected one is named by its number, from 0. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                // The most frequent answer, by its first completion.
                "<answer>2</answer>;<answer>3</answer>;<answer>3</answer> | 1",
                // Votes are for what an answer means.
                "<answer>7</answer>;<answer>1/2</answer>;<answer>0.5</answer>;<answer>7</answer>;<answer>50\\%</answer> | 1",
                "<answer>2\\sqrt{3}</answer>;<answer>5</answer>;<answer>\\sqrt{12}</answer> | 0",
                // Ties go to the first appearance, not to the first to reach the count.
                "<answer>1</answer>;<answer>2</answer>;<answer>2</answer>;<answer>1</answer> | 0",
                "<answer>b</answer>;<answer>a</answer> | 0",
                // Without tags the final answer votes, and without that the whole text.
                "<answer>4</answer>;so the answer is 5;I say 5 | 1",
                "red;blue;blue | 1",
                // Words are answers, whatever their case.
                "<answer>A</answer>;<answer>B</answer>;<answer>(B)</answer> | 1",
                // Who gives no answer has no vote, however many there are of them.
                "<answer></answer>;<answer> </answer>;<answer>3</answer> | 2",
                "<answer></answer>;<answer></answer> | 0",
            })
    void texts(String completions, int elected) {
        assertElected(Scorer.EQUIVALENCE, Cases.sample("3"), completions, elected);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                // The same functions in another order and spacing.
                "<answer>f(1,'b')</answer>;<answer>f(1,'a'), g(2,'b')</answer>;<answer>g(2, 'b') f(1, 'a')</answer> | 1",
                // Thoughts are not votes where there are tags.
                "f(1,'a') <answer>f(3,'c')</answer>;f(1,'a') <answer>f(4,'c')</answer>;<answer>f(4,'c')</answer> | 1",
                "nothing;nothing;f(1,'a') | 2",
                "nothing;none | 0",
            })
    void functions(String completions, int elected) {
        assertElected(Scorer.TRANCE, Cases.sample("f(1,'a')"), completions, elected);
    }

    private static void assertElected(Scorer scorer, Sample sample, String completions, int elected) {
        List<Attempt> attempts = Arrays.stream(completions.split(";"))
                .map(completion -> Cases.attempt(scorer, sample, completion))
                .toList();
        assertThat(MajorityVote.elect(attempts, scorer)).isSameAs(attempts.get(elected));
    }
}
