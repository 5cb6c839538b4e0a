// Checks of every argument before anything is written. One function per operation and kind of check:
// *_arguments look at the struct alone, so that a device backend can share them; *_contents read the arrays.
#pragma once

#include "reasonrft/kernels.h"

namespace rrft {

enum class Direction { kForward, kBackward };
enum class TileStep { kMerge, kFinish, kBackward };

rrft_status validate_log_probs_arguments(const char* operation, const rrft_log_probs_args* args, Direction direction);
rrft_status validate_group_advantages_arguments(const char* operation, const rrft_group_advantages_args* args);
rrft_status validate_policy_loss_arguments(const char* operation, const rrft_policy_loss_args* args);
rrft_status validate_fused_policy_loss_arguments(const char* operation, const rrft_fused_policy_loss_args* args);

rrft_status validate_linear_log_probs_arguments(const char* operation, const rrft_linear_log_probs_args* args,
                                                TileStep step);
// Whether the tile is the next, and the ids and temperatures of rows that count.
rrft_status validate_linear_log_probs_contents(const char* operation, const rrft_linear_log_probs_args& args,
                                               TileStep step);

rrft_status validate_linear_arguments(const char* operation, const rrft_linear_args* args);
rrft_status validate_decoder_layer_arguments(const char* operation, const rrft_decoder_layer_args* args);
// Sequences and places in range, places of a sequence ascending.
rrft_status validate_decoder_layer_contents(const char* operation, const rrft_decoder_layer_args& args);

// Of the rows that count, token ids lie in [0, V) and temperatures are positive. `prefix` goes before the argument's
// name in the message.
rrft_status validate_row_contents(const char* operation, const char* prefix, const rrft_log_probs_args& rows);
// Rewards are finite or NaN, their weights finite, lengths (where they matter) in range.
rrft_status validate_rewards(const char* operation, const rrft_group_advantages_args& args);

}  // namespace rrft
