package org.reasonrft.rollout;

import java.util.Arrays;

/**
 * Draws a token from a row of probabilities. One uniform number decides, by the inverse of the cumulative distribution
 * over the tokens that are left in the order of their ids, so that a change of 1e-7 in a probability changes about one
 * draw in ten million.
 */
final class Sampler {
    private final GenerationOptions options;
    private final boolean[] forbidden;
    /** Candidates of the current row, packed so that ascending order is falling probability, then rising id. */
    private long[] candidates = new long[64];

    /** @param forbidden for each token of the vocabulary whether it may never be drawn */
    Sampler(GenerationOptions options, boolean[] forbidden) {
        this.options = options;
        this.forbidden = forbidden;
    }

    /** The allowed token with the largest logit; the first of equals. */
    int argmax(float[] logits, int offset) {
        int best = -1;
        for (int token = 0; token < forbidden.length; token++) {
            if (!forbidden[token] && (best < 0 || logits[offset + token] > logits[offset + best])) {
                best = token;
            }
        }
        return best;
    }

    /**
     * Draws a token.
     *
     * @param probabilities softmax of the logits over temperature, one row from {@code offset}
     * @param uniform in [0, 1)
     */
    int sample(float[] probabilities, int offset, double uniform) {
        boolean truncates = options.topK() > 0 || options.topP() < 1 || options.minP() > 0;
        float threshold = truncates ? threshold(probabilities, offset) : Float.MIN_VALUE;
        double total = 0;
        for (int token = 0; token < forbidden.length; token++) {
            float p = probabilities[offset + token];
            if (!forbidden[token] && p >= threshold) {
                total += p;
            }
        }
        double target = uniform * total;
        double sum = 0;
        int last = -1;
        for (int token = 0; token < forbidden.length; token++) {
            float p = probabilities[offset + token];
            if (!forbidden[token] && p >= threshold) {
                sum += p;
                last = token;
                if (sum > target) {
                    return token;
                }
            }
        }
        if (last < 0) {
            throw new ArithmeticException("no token can be drawn: the allowed tokens have probability "
                    + allowedMass(probabilities, offset) + " (logits not finite?)");
        }
        return last;
    }

    /** Smallest probability that survives the truncations; all tokens tied with it survive. */
    private float threshold(float[] probabilities, int offset) {
        int count = collect(probabilities, offset, floor(probabilities, offset));
        if (count == 0) {
            return Float.MIN_VALUE;
        }
        Arrays.sort(candidates, 0, count);
        if (options.topK() > 0) {
            count = Math.min(count, options.topK());
        }
        if (options.topP() < 1) {
            // Without top-k the candidates are not all there is: the floor left some out.
            double total = options.topK() > 0 ? mass(count) : allowedMass(probabilities, offset);
            double sum = 0;
            int kept = 0;
            while (kept < count && sum < options.topP() * total) {
                sum += probability(candidates[kept++]);
            }
            count = kept;
        }
        float smallest = probability(candidates[count - 1]);
        return Math.max(smallest, options.minP() * probability(candidates[0]));
    }

    /**
     * A probability that every survivor reaches, so that only few tokens have to be sorted. With top-k it is that of the
     * k-th token. With top-p it is (1 - topP) / V of the allowed mass: all tokens below it together hold less than
     * 1 - topP, so the others reach topP without them.
     */
    private double floor(float[] probabilities, int offset) {
        if (options.topK() > 0) {
            return kthLargest(probabilities, offset, options.topK());
        }
        if (options.topP() < 1) {
            return (1 - options.topP()) * allowedMass(probabilities, offset) / forbidden.length;
        }
        return options.minP() * kthLargest(probabilities, offset, 1);
    }

    /** Over a heap of the k largest so far, smallest at the root; 0 when fewer than k are allowed. */
    private float kthLargest(float[] probabilities, int offset, int k) {
        float[] heap = new float[Math.min(k, forbidden.length)];
        for (int token = 0; token < forbidden.length; token++) {
            float p = probabilities[offset + token];
            if (forbidden[token] || !(p > heap[0])) {
                continue;
            }
            int hole = 0;
            for (int child = 1; child < heap.length; child = 2 * hole + 1) {
                if (child + 1 < heap.length && heap[child + 1] < heap[child]) {
                    child++;
                }
                if (heap[child] >= p) {
                    break;
                }
                heap[hole] = heap[child];
                hole = child;
            }
            heap[hole] = p;
        }
        return heap[0];
    }

    private int collect(float[] probabilities, int offset, double floor) {
        int count = 0;
        for (int token = 0; token < forbidden.length; token++) {
            float p = probabilities[offset + token];
            if (!forbidden[token] && p > 0 && p >= floor) {
                if (count == candidates.length) {
                    candidates = Arrays.copyOf(candidates, 2 * count);
                }
                // Bits of non-negative floats sort as the floats do.
                candidates[count++] = (long) -Float.floatToRawIntBits(p) << 32 | token;
            }
        }
        return count;
    }

    private double allowedMass(float[] probabilities, int offset) {
        double mass = 0;
        for (int token = 0; token < forbidden.length; token++) {
            mass += forbidden[token] ? 0 : probabilities[offset + token];
        }
        return mass;
    }

    /** Sum over the first candidates. */
    private double mass(int count) {
        double mass = 0;
        for (int i = 0; i < count; i++) {
            mass += probability(candidates[i]);
        }
        return mass;
    }

    private static float probability(long candidate) {
        return Float.intBitsToFloat(-(int) (candidate >> 32));
    }
}
