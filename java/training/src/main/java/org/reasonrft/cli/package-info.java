/**
 * The command {@code reason-rft}: options in, one line on standard error for whatever goes wrong, an exit status. All work is done in
 * the packages below; a command only resolves a configuration and calls them.
 */
package org.reasonrft.cli;
