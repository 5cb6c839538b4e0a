/**
 * The JavaCPP binding of {@code native/include/reasonrft/kernels.h}, generated at build time from that header.
 * Nothing here checks what it is given and anything here may change in any release:
 * use {@link org.reasonrft.kernels} instead.
 */
package org.reasonrft.kernels.internal;
