/**
 * Text to token ids and back: the tokenizer of a checkpoint and its chat template, both from local files.
 * Works offline and reproduces what the Python libraries make of the same files.
 * Knows nothing of tensors.
 */
package org.reasonrft.text;
