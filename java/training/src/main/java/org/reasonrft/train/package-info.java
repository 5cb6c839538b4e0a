/**
 * The two training phases of Reason-RFT: {@link org.reasonrft.train.SftTrainer supervised fine-tuning} on
 * chain-of-thought data and {@link org.reasonrft.train.GrpoTrainer GRPO} on verifiable rewards, with what both share:
 * optimizer, schedule, configuration records and resumable checkpoints.
 */
package org.reasonrft.train;
