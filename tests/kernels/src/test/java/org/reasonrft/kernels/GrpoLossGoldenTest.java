package org.reasonrft.kernels;

import java.util.List;

/** The recorded cases on the processor. */
class GrpoLossGoldenTest extends GoldenLossChecks {

    @Override
    List<Backend> implementations() {
        return HostBackends.ALL;
    }

    @Override
    View place(View host) {
        return host;
    }
}
