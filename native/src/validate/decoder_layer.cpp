#include <vector>

#include "validation.h"

namespace rrft {

using namespace validation;

namespace {

// What keeps products of any three sizes within 64 bits.
constexpr int64_t kLargestSize = int64_t{1} << 20;

void check_sizes(Validation& check, const rrft_decoder_layer_args& args) {
  check.size("tokens", args.tokens, 0);
  check.size("hidden", args.hidden, 1);
  check.size("inner", args.inner, 1);
  check.size("heads", args.heads, 1);
  check.size("key_value_heads", args.key_value_heads, 1);
  check.size("head_size", args.head_size, 2);
  check.size("sequences", args.sequences, 0);
  check.size("places", args.places, 1);
  for (const auto& [name, value] : {std::pair("hidden", args.hidden), std::pair("inner", args.inner),
                                    std::pair("heads", args.heads), std::pair("head_size", args.head_size)})
    check.option(name, static_cast<double>(value), value <= kLargestSize, "at most 1048576");
  if (!check.ok()) return;
  check.option("head_size", static_cast<double>(args.head_size), args.head_size % 2 == 0, "an even number");
  check.option("places", static_cast<double>(args.places), args.places % RRFT_PLACE_ALIGNMENT == 0,
               "a multiple of RRFT_PLACE_ALIGNMENT (16)");
  check.option("heads", static_cast<double>(args.heads), args.heads % args.key_value_heads == 0,
               "a multiple of key_value_heads");
  check.product("tokens * hidden", args.tokens, args.hidden);
  check.product("tokens * head_size", args.tokens, args.head_size);
  check.product("places * key_value_heads * head_size", args.places, args.key_value_heads * args.head_size);
  if (!check.ok()) return;
  check.product("sequences * (places * key_value_heads * head_size)", args.sequences,
                args.places * args.key_value_heads * args.head_size);
}

}  // namespace

rrft_status validate_decoder_layer_arguments(const char* operation, const rrft_decoder_layer_args* args) {
  Validation check(operation);
  check.args(args);
  if (!check.ok()) return check.status();
  check_sizes(check, *args);
  check.option("norm_epsilon", static_cast<double>(args->norm_epsilon),
               args->norm_epsilon > 0 && std::isfinite(args->norm_epsilon), "a finite number above 0");
  check.threads(args->threads);
  if (!check.ok()) return check.status();
  const int64_t tokens = args->tokens;
  const int64_t projected = (args->heads + 2 * args->key_value_heads) * args->head_size;
  const int64_t cached = args->sequences * args->places * args->key_value_heads * args->head_size;
  const auto input = [&](const char* name, const void* pointer, int64_t elements, int64_t bytes) {
    check.dense(name, pointer, Presence::kRequired, Access::kInput, elements, bytes);
  };
  check.dense("x", args->x, Presence::kRequired, Access::kOutput, tokens * args->hidden, 4);
  input("sequence", args->sequence, tokens, 8);
  input("place", args->place, tokens, 8);
  input("cos", args->cos, tokens * args->head_size / 2, 4);
  input("sin", args->sin, tokens * args->head_size / 2, 4);
  input("input_norm", args->input_norm, args->hidden, 4);
  input("qkv_weight", args->qkv_weight, projected * args->hidden, 4);
  check.dense("qkv_bias", args->qkv_bias, Presence::kOptional, Access::kInput, projected, 4);
  input("out_weight", args->out_weight, args->hidden * args->heads * args->head_size, 4);
  input("inner_norm", args->inner_norm, args->hidden, 4);
  input("gate_up_weight", args->gate_up_weight, 2 * args->inner * args->hidden, 4);
  input("down_weight", args->down_weight, args->hidden * args->inner, 4);
  check.dense("keys", args->keys, Presence::kRequired, Access::kOutput, cached, 4);
  check.dense("values", args->values, Presence::kRequired, Access::kOutput, cached, 4);
  check.no_overlap();
  return check.status();
}

rrft_status validate_decoder_layer_contents(const char* operation, const rrft_decoder_layer_args& args) {
  std::vector<int64_t> last(static_cast<size_t>(args.sequences), -1);
  for (int64_t n = 0; n < args.tokens; ++n) {
    const int64_t sequence = args.sequence[n], place = args.place[n];
    if (sequence < 0 || sequence >= args.sequences)
      return fail(RRFT_ERROR_VALUE, operation, "sequence[%lld] is %lld, wanted 0 to %lld", static_cast<long long>(n),
                  static_cast<long long>(sequence), static_cast<long long>(args.sequences - 1));
    int64_t& before = last[static_cast<size_t>(sequence)];
    if (place <= before || place >= args.places)
      return fail(RRFT_ERROR_VALUE, operation, "place[%lld] is %lld, wanted %lld to %lld in ascending order",
                  static_cast<long long>(n), static_cast<long long>(place), static_cast<long long>(before + 1),
                  static_cast<long long>(args.places - 1));
    before = place;
  }
  return RRFT_OK;
}

}  // namespace rrft
