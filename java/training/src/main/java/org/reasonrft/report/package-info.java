/**
 * The report of an experiment: reads the files of run folders and an evaluation summary, writes one HTML file that needs nothing else,
 * with charts as inline SVG and pictures as data URIs. What models wrote is untrusted text and is escaped. Knows nothing of tensors.
 */
package org.reasonrft.report;
