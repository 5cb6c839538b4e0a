/**
 * Training and evaluation records in the Reason-RFT JSON form, the prompts put around their problems and the targets
 * that supervised fine-tuning learns from them.
 */
package org.reasonrft.data;
