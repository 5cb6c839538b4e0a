/**
 * The seam to libtorch: loading it, tensors from and to Java arrays, lifetimes, threads and seeds.
 * The only package that turns a libtorch tensor into an address.
 * Everything native is freed by a scope or by an explicit release, never by the garbage collector.
 */
package org.reasonrft.torch;
