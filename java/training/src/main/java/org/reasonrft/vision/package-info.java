/**
 * Picture files to the pixel values that Qwen2-VL's vision tower takes.
 * Decoding with the JDK and libwebp; resizing rounds as Pillow rounds, so that pictures come out as the model saw them in training.
 * Knows nothing of tensors.
 */
package org.reasonrft.vision;
