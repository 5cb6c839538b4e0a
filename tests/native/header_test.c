/* The header is plain C11 and can be included on its own. */
#include "reasonrft/kernels.h"

int main(void) {
  rrft_group_advantages_args args = {0};
  args.struct_size = sizeof args;
  return rrft_cpu_group_advantages(&args) == RRFT_ERROR_SHAPE && rrft_last_error()[0] != '\0' ? 0 : 1;
}
