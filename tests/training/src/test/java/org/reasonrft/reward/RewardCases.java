package org.reasonrft.reward;

import java.util.List;
import org.reasonrft.data.Sample;

/** Scores one completion. */
final class RewardCases {
    private RewardCases() {}

    static float score(RewardFunction reward, String completion, String gold) {
        return reward.score(List.of(new RewardInput(completion, sample("1", gold))))[0];
    }

    static Sample sample(String id, String gold) {
        return new Sample(id, List.of(), "What is it?", gold, null);
    }
}
