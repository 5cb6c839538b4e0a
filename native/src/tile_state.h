// What every backend on the host keeps of a row between the tiles of linear_log_probs, and how it is found.
#pragma once

#include <cstdint>

#include "reasonrft/kernels.h"

namespace rrft {

struct TileState {
  int64_t columns;  // entries of the vocabulary that were merged; the same in every row
};

template <typename State>
State* tile_state(const rrft_linear_log_probs_args& args, int64_t row) {
  return reinterpret_cast<State*>(static_cast<char*>(args.state) + row * RRFT_TILE_STATE_BYTES);
}

inline int64_t token_id(const rrft_linear_log_probs_args& args, int64_t row) {
  return args.token_ids_dtype == RRFT_I64 ? static_cast<const int64_t*>(args.token_ids)[row]
                                          : static_cast<const int32_t*>(args.token_ids)[row];
}

}  // namespace rrft
