/**
 * Reinforcement-learning kernels for any Java trainer: token log-probabilities, group-relative advantages and the
 * clipped policy loss with its gradient, as native code over memory that the caller owns. Start at
 * {@link org.reasonrft.kernels.FusedPolicyLoss}; {@link org.reasonrft.kernels.View} is how memory is handed in.
 */
package org.reasonrft.kernels;
