package org.reasonrft.rollout;

import java.util.Arrays;
import java.util.BitSet;

/** A completion under way. */
final class CompletionRow {
    /** Number of the completion. */
    final int index;
    /** Of this row's random stream. */
    final long key;
    /** Position, on all three axes, of the first generated token. */
    final long firstPosition;

    private final int promptLength;
    private final long[] ids;
    private final float[] logProbs;
    /** Tokens of the prompt and of the completion so far; null when nobody asks. */
    private final BitSet seen;

    private int length;
    private Completion.End end;

    CompletionRow(int index, long key, Prompt prompt, GenerationOptions options) {
        this.index = index;
        this.key = key;
        promptLength = prompt.length();
        firstPosition = prompt.nextPosition();
        ids = new long[options.maxNewTokens()];
        logProbs = new float[options.maxNewTokens()];
        seen = options.repetitionPenalty() == 1 ? null : new BitSet();
        if (seen != null) {
            for (long id : prompt.ids()) {
                seen.set((int) id);
            }
        }
    }

    void append(int token, float logProb, boolean isStop, StopText stopText) {
        ids[length] = token;
        logProbs[length++] = logProb;
        if (seen != null) {
            seen.set(token);
        }
        if (isStop) {
            end = Completion.End.STOP_TOKEN;
        } else if (stopText.completedBy(ids, length)) {
            end = Completion.End.STOP_STRING;
        } else if (length == ids.length) {
            end = Completion.End.LENGTH;
        }
    }

    boolean ended() {
        return end != null;
    }

    /** The token drawn last. */
    long lastId() {
        return ids[length - 1];
    }

    /** Tokens of prompt and completion before the token drawn last. */
    long lastPlace() {
        return promptLength + length - 1L;
    }

    /** Position of the token drawn last. */
    long lastPosition() {
        return firstPosition + length - 1;
    }

    /** Applies the repetition penalty to this row's logits, in place. */
    void penalise(float[] logits, int offset, float penalty) {
        for (int token = seen.nextSetBit(0); token >= 0; token = seen.nextSetBit(token + 1)) {
            float logit = logits[offset + token];
            logits[offset + token] = logit < 0 ? logit * penalty : logit / penalty;
        }
    }

    Completion completion() {
        return new Completion(Arrays.copyOf(ids, length), Arrays.copyOf(logProbs, length), end);
    }
}
