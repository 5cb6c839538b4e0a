/**
 * Verifiable rewards: each {@link org.reasonrft.reward.RewardFunction} turns completions and the records they answer
 * into one number per completion. No model is asked.
 */
package org.reasonrft.reward;
