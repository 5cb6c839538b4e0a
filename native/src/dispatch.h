// What the CPU backend runs with on this machine: the row kernels of a tier and a number of threads.
#pragma once

#include "cpu/row_kernels.h"
#include "reasonrft/kernels.h"

namespace rrft {

// The tier chosen at the first call: the one that rrft_configure names, else REASONRFT_CPU_TIER, else the best that the
// processor has. NULL: that name is no tier of this library, or one that this processor lacks.
const RowKernels* row_kernels() noexcept;

// Fails when an environment variable asks for something that cannot be had; otherwise fills in kernels and threads.
rrft_status cpu_backend(const char* operation, int32_t threads_argument, const RowKernels** kernels, int32_t* threads);

}  // namespace rrft
