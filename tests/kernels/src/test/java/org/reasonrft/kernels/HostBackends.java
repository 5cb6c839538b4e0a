package org.reasonrft.kernels;

import java.util.List;

/** The implementations that run on every machine. */
final class HostBackends {

    static final List<Backend> ALL = List.of(Backend.REFERENCE, Backend.CPU);

    private HostBackends() {}
}
