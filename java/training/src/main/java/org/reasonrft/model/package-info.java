/**
 * The Qwen2 family as plain functions on tensors: configuration, weights, vision tower, decoder, key-value caches, positions.
 * Parameter names and file layout are those of the Hugging Face checkpoints, so that both worlds read each other.
 * Knows nothing of sampling, losses or data.
 */
package org.reasonrft.model;
