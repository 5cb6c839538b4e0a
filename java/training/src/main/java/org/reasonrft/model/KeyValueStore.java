package org.reasonrft.model;

import org.bytedeco.pytorch.Tensor;

/** Where a decoder layer's keys and values go, and where the earlier ones come from. */
interface KeyValueStore {
    /** Tokens held before the current call. */
    long length();

    /** Keys or values of all tokens, earlier and new, (B, K, length + T, D). */
    record Pair(Tensor keys, Tensor values) {}

    /** Takes the new keys and values of a layer, each (B, K, T, D), and gives back all. */
    Pair extend(int layer, Tensor keys, Tensor values);
}
