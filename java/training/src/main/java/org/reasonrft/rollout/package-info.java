/**
 * Prompts to completions: encoding questions and pictures, batching them, and generating groups of answers.
 * A row's sample depends on its prompt, its key and the parameters, never on the batch around it.
 * Knows nothing of rewards or losses.
 */
package org.reasonrft.rollout;
