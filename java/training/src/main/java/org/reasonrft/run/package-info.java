/**
 * What one training run leaves on disk and shows while it works: its folder, configuration, logs, checkpoints, progress line
 * and the answer to Ctrl-C. Everything here survives a killed process: what has been published is complete, what has not can be
 * told apart and is cleaned up. Knows nothing of tensors or models.
 */
package org.reasonrft.run;
