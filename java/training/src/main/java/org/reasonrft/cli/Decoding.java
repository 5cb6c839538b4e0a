package org.reasonrft.cli;

/** Settings of generation that belong together; those for pictures are null where they are the checkpoint's. */
enum Decoding {
    /** The most probable completion. */
    GREEDY(512, 0, 0, 1, null, null),
    /** How the published evaluation of Reason-RFT samples its one completion per question. */
    PUBLISHED(768, 0.1f, 50, 0.9f, 3_136L, 480_000L);

    final int maxCompletionLength;
    final float temperature;
    final int topK;
    final float topP;
    final Long minPixels;
    final Long maxPixels;

    Decoding(int maxCompletionLength, float temperature, int topK, float topP, Long minPixels, Long maxPixels) {
        this.maxCompletionLength = maxCompletionLength;
        this.temperature = temperature;
        this.topK = topK;
        this.topP = topP;
        this.minPixels = minPixels;
        this.maxPixels = maxPixels;
    }
}
