package org.reasonrft.kernels;

import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;

/** The recorded cases on a device; see {@link DeviceTest} for which. */
@Tag("device")
class DeviceGoldenTest extends GoldenLossChecks {

    private final DeviceArrays device = new DeviceArrays();

    @AfterEach
    void release() {
        device.release();
    }

    @Override
    List<Backend> implementations() {
        return List.of(Backend.CUDA);
    }

    @Override
    View place(View host) {
        return device.copyOf(host);
    }
}
