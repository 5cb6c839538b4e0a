// The specification of decoder_layer: token by token, all in double but the cache and the layer's result.
#include <algorithm>

#include "../status.h"
#include "../validate.h"
#include "products.h"

namespace rrft::reference {
namespace {

void rotate(const rrft_decoder_layer_args& args, int64_t n, double* head) {
  const int64_t half = args.head_size / 2;
  for (int64_t i = 0; i < half; ++i) {
    const double cos = static_cast<double>(args.cos[n * half + i]), sin = static_cast<double>(args.sin[n * half + i]);
    const double a = head[i], b = head[i + half];
    head[i] = a * cos - b * sin;
    head[i + half] = b * cos + a * sin;
  }
}

// Of one query head to the places of its sequence, added to result.
void attend(const rrft_decoder_layer_args& args, int64_t length, const double* query, int64_t first, double* result) {
  const int64_t size = args.head_size;
  Row weights(static_cast<size_t>(length));
  for (int64_t s = 0; s < length; ++s) {
    double& score = weights[static_cast<size_t>(s)];
    for (int64_t d = 0; d < size; ++d) score += query[d] * static_cast<double>(args.keys[first + d * args.places + s]);
    score /= std::sqrt(static_cast<double>(size));
  }
  const double top = *std::max_element(weights.begin(), weights.end());
  double sum = 0;
  for (double& weight : weights) sum += weight = std::exp(weight - top);
  for (int64_t s = 0; s < length; ++s)
    for (int64_t d = 0; d < size; ++d)
      result[d] += weights[static_cast<size_t>(s)] / sum * static_cast<double>(args.values[first + s * size + d]);
}

void run(const rrft_decoder_layer_args& args, int64_t n) {
  const int64_t size = args.head_size, key_heads = args.key_value_heads;
  const double epsilon = static_cast<double>(args.norm_epsilon);
  Row x(args.x + n * args.hidden, args.x + (n + 1) * args.hidden);
  Row qkv = product(normalised(x, args.input_norm, epsilon), args.qkv_weight, (args.heads + 2 * key_heads) * size,
                    args.qkv_bias);
  for (int64_t head = 0; head < args.heads + key_heads; ++head) rotate(args, n, qkv.data() + head * size);
  Row attended(static_cast<size_t>(args.heads * size));
  for (int64_t head = 0; head < key_heads; ++head) {
    const int64_t first = (args.sequence[n] * key_heads + head) * args.places * size;
    for (int64_t d = 0; d < size; ++d) {
      const int64_t place = args.place[n];
      const size_t key = static_cast<size_t>((args.heads + head) * size + d);
      args.keys[first + d * args.places + place] = static_cast<float>(qkv[key]);
      args.values[first + place * size + d] = static_cast<float>(qkv[key + static_cast<size_t>(key_heads * size)]);
    }
    if (args.cache_only != 0) continue;
    const int64_t group = args.heads / key_heads;
    for (int64_t query = head * group; query < (head + 1) * group; ++query)
      attend(args, args.place[n] + 1, qkv.data() + query * size, first, attended.data() + query * size);
  }
  if (args.cache_only != 0) return;
  const Row out = product(attended, args.out_weight, args.hidden, nullptr);
  for (size_t i = 0; i < x.size(); ++i) x[i] += out[i];
  const Row gate_up = product(normalised(x, args.inner_norm, epsilon), args.gate_up_weight, 2 * args.inner, nullptr);
  Row inner(static_cast<size_t>(args.inner));
  for (size_t i = 0; i < inner.size(); ++i)
    inner[i] = gate_up[i] / (1 + std::exp(-gate_up[i])) * gate_up[i + inner.size()];
  const Row down = product(inner, args.down_weight, args.hidden, nullptr);
  for (size_t i = 0; i < x.size(); ++i)
    args.x[n * args.hidden + static_cast<int64_t>(i)] = static_cast<float>(x[i] + down[i]);
}

}  // namespace
}  // namespace rrft::reference

rrft_status rrft_reference_decoder_layer(const rrft_decoder_layer_args* args) {
  constexpr const char* kOperation = "rrft_reference_decoder_layer";
  return rrft::guarded(kOperation, [&] {
    if (const rrft_status status = rrft::validate_decoder_layer_arguments(kOperation, args)) return status;
    if (const rrft_status status = rrft::validate_decoder_layer_contents(kOperation, *args)) return status;
    for (int64_t n = 0; n < args->tokens; ++n) rrft::reference::run(*args, n);
    return RRFT_OK;
  });
}
