package org.reasonrft.eval;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.reasonrft.data.Sample;

/** Samples and judged completions that no model was needed for. */
final class Cases {
    private Cases() {}

    static Sample sample(String answer, Object... extras) {
        Map<String, Object> fields = new java.util.LinkedHashMap<>();
        for (int i = 0; i < extras.length; i += 2) {
            fields.put((String) extras[i], extras[i + 1]);
        }
        return new Sample("id", List.of(), "How many?", answer, null, fields);
    }

    static Attempt attempt(Scorer scorer, Sample sample, String completion) {
        return Attempt.judge(completion, sample, scorer.family(), completion.length(), true);
    }

    static Prediction prediction(Scorer scorer, Sample sample, String... completions) {
        return new Prediction(
                sample,
                Arrays.stream(completions)
                        .map(completion -> attempt(scorer, sample, completion))
                        .toList());
    }
}
