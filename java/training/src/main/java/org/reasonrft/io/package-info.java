/**
 * Files and folders that appear whole or not at all, and the reasons of input and output failures in words. A leaf: it knows nothing
 * of what is written, and throws {@code IOException}s that its callers put into messages of their own.
 */
package org.reasonrft.io;
