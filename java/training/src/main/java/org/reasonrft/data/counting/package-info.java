/**
 * A visual counting task made from a seed: scenes, their pictures, CLEVR-Math-like questions with chains of thought,
 * and captions for pre-training a model that sees before it reasons. Small enough to train on in minutes without a GPU.
 */
package org.reasonrft.data.counting;
