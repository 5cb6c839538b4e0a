// decoder_layer: a Qwen2 layer over tokens of any sequences, with a cache of keys and values.
//
// All activations lie in panels (matrix_kernels.h): norms, rotations, sums of residuals and products need no step
// across lanes, and only attention takes a token out of its panel. kBlock tokens pass through the layer together, so
// that the panels stay near the processor; the weights are read once per block: 4 (H (heads + 2 K) D + H heads D + 3 H
// I) bytes. A token's result is the same bits whatever tokens are beside it, on any number of threads.
#include "../dispatch.h"
#include "../status.h"
#include "../validate.h"
#include "panels.h"

namespace rrft::cpu {
namespace {

constexpr int64_t kBlock = 64;
constexpr int64_t kTokensPerPiece = 4;  // of attention

class DecoderLayer {
 public:
  DecoderLayer(const rrft_decoder_layer_args& args, const MatrixKernels& kernels, int32_t threads)
      : args_(args),
        kernels_(kernels),
        threads_(threads),
        queries_(args.heads * args.head_size),
        projected_(queries_ + 2 * args.key_value_heads * args.head_size),
        group_(args.heads / args.key_value_heads) {
    const int64_t most = Panels{kernels, std::min(kBlock, args.tokens), threads}.padded();
    state_ = workspace(most * args.hidden);
    normal_ = workspace(most * args.hidden);
    qkv_ = workspace(most * projected_);
    attended_ = workspace(most * queries_);
    inner_ = workspace(most * args.inner);
    cos_ = workspace(most * args.head_size / 2);
    sin_ = workspace(most * args.head_size / 2);
    scores_ = workspace(group_ * args.places * attention_pieces(std::min(kBlock, args.tokens)));
  }

  void run() {
    for (int64_t first = 0; first < args_.tokens; first += kBlock)
      run(first, Panels{kernels_, std::min(kBlock, args_.tokens - first), threads_});
  }

 private:
  void run(int64_t first, const Panels& panels) {
    project(first, panels);
    if (args_.cache_only != 0) return;
    const int64_t hidden = args_.hidden;
    attend(first, panels);
    multiply(panels, args_.out_weight, 0, hidden, queries_, nullptr, attended_.get(), true, state_.get());
    panels.for_panels(3 * hidden, [&](int64_t panel) {
      const int64_t begin = panels.begin(panel, hidden);
      kernels_.normalise(state_.get() + begin, args_.inner_norm, hidden, args_.norm_epsilon, normal_.get() + begin);
    });
    panels.for_rows(0, args_.inner, 2 * hidden, [&](int64_t panel, int64_t begin, int64_t end) {
      kernels_.gated(args_.gate_up_weight, args_.inner, begin, end, hidden, normal_.get() + panels.begin(panel, hidden),
                     panels.tokens_of(panel), inner_.get() + panels.begin(panel, args_.inner));
    });
    multiply(panels, args_.down_weight, 0, hidden, args_.inner, nullptr, inner_.get(), true, state_.get());
    panels.for_panels(hidden, [&](int64_t panel) {
      kernels_.unpack(state_.get() + panels.begin(panel, hidden), panels.tokens_of(panel), hidden,
                      args_.x + (first + panel * kernels_.lanes) * hidden, hidden);
    });
  }

  // Queries, keys and values of the block's tokens, the latter two into the cache; without queries if that is all.
  void project(int64_t first, const Panels& panels) {
    const int64_t hidden = args_.hidden, half = args_.head_size / 2;
    const int64_t head = args_.cache_only != 0 ? args_.heads : 0;
    panels.for_panels(4 * hidden, [&](int64_t panel) {
      const int64_t token = first + panel * kernels_.lanes, tokens = panels.tokens_of(panel);
      float* const state = state_.get() + panels.begin(panel, hidden);
      kernels_.pack(args_.x + token * hidden, hidden, tokens, hidden, state);
      kernels_.pack(args_.cos + token * half, half, tokens, half, cos_.get() + panels.begin(panel, half));
      kernels_.pack(args_.sin + token * half, half, tokens, half, sin_.get() + panels.begin(panel, half));
      kernels_.normalise(state, args_.input_norm, hidden, args_.norm_epsilon,
                         normal_.get() + panels.begin(panel, hidden));
    });
    multiply(panels, args_.qkv_weight, head * args_.head_size, projected_, hidden, args_.qkv_bias, normal_.get(), false,
             qkv_.get());
    panels.for_panels(8 * projected_, [&](int64_t panel) { cache(first, panels, panel, head); });
  }

  // Rows [begin, end) of a weight.
  void multiply(const Panels& panels, const float* weight, int64_t begin, int64_t end, int64_t inputs,
                const float* bias, const float* x, bool accumulate, float* out) const {
    panels.for_rows(begin, end, inputs, [&](int64_t panel, int64_t first, int64_t last) {
      kernels_.product(weight, inputs, first, last, inputs, bias, x + panels.begin(panel, inputs),
                       panels.tokens_of(panel), accumulate, out + panels.begin(panel, end));
    });
  }

  // Turns queries and keys from a head on, and takes keys and values into the cache.
  void cache(int64_t first, const Panels& panels, int64_t panel, int64_t from) {
    const int64_t size = args_.head_size, lanes = kernels_.lanes, key_heads = args_.key_value_heads;
    float* const qkv = qkv_.get() + panels.begin(panel, projected_);
    for (int64_t head = from; head < args_.heads + key_heads; ++head)
      kernels_.rotate(qkv + head * size * lanes, cos_.get() + panels.begin(panel, size / 2),
                      sin_.get() + panels.begin(panel, size / 2), size);
    for (int64_t lane = 0; lane < panels.tokens_of(panel); ++lane) {
      const int64_t token = first + panel * lanes + lane;
      for (int64_t head = 0; head < key_heads; ++head) {
        const int64_t place = args_.place[token], begin = cached(args_.sequence[token], head);
        const float* const key = qkv + (args_.heads + head) * size * lanes + lane;
        for (int64_t d = 0; d < size; ++d) args_.keys[begin + d * args_.places + place] = key[d * lanes];
        kernels_.unpack(key + key_heads * size * lanes, 1, size, args_.values + begin + place * size, size);
      }
    }
  }

  int64_t cached(int64_t sequence, int64_t head) const {
    return (sequence * args_.key_value_heads + head) * args_.places * args_.head_size;
  }

  int64_t attention_pieces(int64_t tokens) const {
    return (tokens + kTokensPerPiece - 1) / kTokensPerPiece * args_.key_value_heads;
  }

  void attend(int64_t first, const Panels& panels) {
    int64_t visible = 0;
    for (int64_t n = first; n < first + panels.tokens; ++n) visible += args_.place[n] + 1;
    const int64_t pieces = attention_pieces(panels.tokens);
    const int64_t work = std::max<int64_t>(1, 2 * visible * queries_ / pieces);
    parallel_for(pieces, std::max<int64_t>(1, kWorkPerPiece / 4 / work), threads_, [&](int64_t piece) {
      const int64_t head = piece % args_.key_value_heads;
      const int64_t begin = piece / args_.key_value_heads * kTokensPerPiece;
      float* const scores = scores_.get() + piece * group_ * args_.places;
      for (int64_t n = begin; n < std::min(panels.tokens, begin + kTokensPerPiece); ++n) {
        const int64_t panel = n / kernels_.lanes, lane = n % kernels_.lanes, token = first + n;
        const int64_t query = head * group_ * args_.head_size * kernels_.lanes + lane;
        const int64_t cache = cached(args_.sequence[token], head);
        const int64_t next = n + 1 < panels.tokens ? cached(args_.sequence[token + 1], head) : cache;
        kernels_.attend(qkv_.get() + panels.begin(panel, projected_) + query, args_.keys + cache, args_.values + cache,
                        args_.keys + next, args_.values + next, group_, args_.head_size, args_.places, args_.place[token] + 1, scores,
                        attended_.get() + panels.begin(panel, queries_) + query);
      }
    });
    // Lanes without a token enter the product too.
    const int64_t last = panels.count() - 1;
    float* const attended = attended_.get() + panels.begin(last, queries_);
    for (int64_t f = 0; f < queries_; ++f)
      for (int64_t lane = panels.tokens_of(last); lane < kernels_.lanes; ++lane)
        attended[f * kernels_.lanes + lane] = 0;
  }

  const rrft_decoder_layer_args& args_;
  const MatrixKernels& kernels_;
  const int32_t threads_;
  const int64_t queries_;    // values of all query heads
  const int64_t projected_;  // and of key and value heads
  const int64_t group_;      // query heads that share a key head
  std::unique_ptr<float[]> state_, normal_, qkv_, attended_, inner_, cos_, sin_, scores_;
};

}  // namespace
}  // namespace rrft::cpu

rrft_status rrft_cpu_decoder_layer(const rrft_decoder_layer_args* args) {
  constexpr const char* kOperation = "rrft_cpu_decoder_layer";
  return rrft::guarded(kOperation, [&] {
    if (const rrft_status status = rrft::validate_decoder_layer_arguments(kOperation, args)) return status;
    if (const rrft_status status = rrft::validate_decoder_layer_contents(kOperation, *args)) return status;
    const rrft::RowKernels* kernels = nullptr;
    int32_t threads = 0;
    if (const rrft_status status = rrft::cpu_backend(kOperation, args->threads, &kernels, &threads)) return status;
    rrft::cpu::DecoderLayer(*args, *kernels->matrices, threads).run();
    return RRFT_OK;
  });
}
