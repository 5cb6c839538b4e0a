// linear and decoder_layer: the CPU backend against the double-precision reference over awkward sizes, known numbers, and
// the promise that a token's bits do not depend on its neighbours, its place in a call or the number of threads.
#include <algorithm>
#include <random>
#include <vector>

#include "check.h"

using namespace rrft_test;

namespace {

using Values = std::vector<float>;

Values random_values(size_t count, float scale, unsigned seed) {
  std::mt19937 generator(seed);
  std::normal_distribution<float> normal(0.0f, scale);
  Values values(count);
  for (float& value : values) value = normal(generator);
  return values;
}

double largest_difference(const Values& a, const Values& b) {
  double largest = 0;
  for (size_t i = 0; i < a.size(); ++i) largest = std::max(largest, std::fabs(double(a[i]) - double(b[i])));
  return largest;
}

void check_linear(int64_t rows, int64_t inputs, int64_t outputs, bool norm, bool bias) {
  const int64_t stride = inputs + 3, y_stride = outputs + 2;
  const Values x = random_values(size_t(rows * stride), 1, 1), weight = random_values(size_t(inputs * outputs), 1, 2);
  const Values scale = random_values(size_t(inputs), 1, 3), constant = random_values(size_t(outputs), 1, 4);
  Values wanted(size_t(rows * y_stride), 7), got = wanted;
  rrft_linear_args args{};
  args.struct_size = sizeof args;
  args.rows = rows;
  args.inputs = inputs;
  args.outputs = outputs;
  args.x = x.data();
  args.x_stride = stride;
  args.weight = weight.data();
  args.norm_weight = norm ? scale.data() : nullptr;
  args.norm_epsilon = 1e-6f;
  args.bias = bias ? constant.data() : nullptr;
  args.y_stride = y_stride;
  args.threads = 3;
  args.y = wanted.data();
  CHECK_OK(rrft_reference_linear(&args));
  args.y = got.data();
  CHECK_OK(rrft_cpu_linear(&args));
  const double bound = 2e-6 * std::sqrt(double(inputs)) * 8;
  CHECK_THAT(largest_difference(wanted, got) <= bound, "linear %lld x %lld x %lld: error %g, wanted at most %g",
             (long long)rows, (long long)inputs, (long long)outputs, largest_difference(wanted, got), bound);
  // Each row alone gives the same bits, and nothing is written between rows.
  for (int64_t row = 0; row < rows; ++row) {
    Values alone(size_t(outputs), 0);
    args.rows = 1;
    args.x = x.data() + row * stride;
    args.y = alone.data();
    args.threads = 1;
    CHECK_OK(rrft_cpu_linear(&args));
    CHECK(std::memcmp(alone.data(), got.data() + row * y_stride, size_t(outputs) * sizeof(float)) == 0);
    for (int64_t gap = outputs; gap < y_stride; ++gap) CHECK(got[size_t(row * y_stride + gap)] == 7);
  }
}

struct Sizes {
  int64_t hidden, inner, heads, key_value_heads, head_size;
};

// A layer with random weights and a cache for `sequences`.
class Layer {
 public:
  Layer(const Sizes& sizes, int64_t sequences, int64_t places) : sizes_(sizes) {
    const int64_t projected = (sizes.heads + 2 * sizes.key_value_heads) * sizes.head_size;
    const int64_t queries = sizes.heads * sizes.head_size;
    weights_ = {random_values(size_t(sizes.hidden), 1, 10),
                random_values(size_t(projected * sizes.hidden), scale(sizes.hidden), 11),
                random_values(size_t(projected), 1, 12),
                random_values(size_t(sizes.hidden * queries), scale(queries), 13),
                random_values(size_t(sizes.hidden), 1, 14),
                random_values(size_t(2 * sizes.inner * sizes.hidden), scale(sizes.hidden), 15),
                random_values(size_t(sizes.hidden * sizes.inner), scale(sizes.inner), 16)};
    // What a place holds before it is filled must not matter.
    keys.assign(size_t(sequences * sizes.key_value_heads * places * sizes.head_size), std::nanf(""));
    values = keys;
    args.struct_size = sizeof args;
    args.hidden = sizes.hidden;
    args.inner = sizes.inner;
    args.heads = sizes.heads;
    args.key_value_heads = sizes.key_value_heads;
    args.head_size = sizes.head_size;
    args.sequences = sequences;
    args.places = places;
    args.input_norm = weights_[0].data();
    args.qkv_weight = weights_[1].data();
    args.qkv_bias = weights_[2].data();
    args.out_weight = weights_[3].data();
    args.inner_norm = weights_[4].data();
    args.gate_up_weight = weights_[5].data();
    args.down_weight = weights_[6].data();
    args.norm_epsilon = 1e-5f;
  }

  // Tokens (sequence, place) with hidden states that follow from these two alone.
  Values run(rrft_status (*operation)(const rrft_decoder_layer_args*), const std::vector<std::pair<int64_t, int64_t>>& at,
             int32_t threads) {
    const int64_t half = sizes_.head_size / 2;
    Values x, cos, sin;
    std::vector<int64_t> sequence, place;
    for (const auto& [s, p] : at) {
      const Values state = random_values(size_t(sizes_.hidden), 1, unsigned(1000 * s + p));
      x.insert(x.end(), state.begin(), state.end());
      for (int64_t i = 0; i < half; ++i) {
        const float angle = float(p) / float(1 + i);
        cos.push_back(std::cos(angle));
        sin.push_back(std::sin(angle));
      }
      sequence.push_back(s);
      place.push_back(p);
    }
    args.tokens = int64_t(at.size());
    args.x = x.data();
    args.sequence = sequence.data();
    args.place = place.data();
    args.cos = cos.data();
    args.sin = sin.data();
    args.keys = keys.data();
    args.values = values.data();
    args.threads = threads;
    CHECK_OK(operation(&args));
    return x;
  }

  rrft_decoder_layer_args args{};
  Values keys, values;

 private:
  static float scale(int64_t inputs) { return 1.0f / std::sqrt(float(inputs)); }

  Sizes sizes_;
  std::vector<Values> weights_;
};

// Sequences of the given lengths, one after another.
std::vector<std::pair<int64_t, int64_t>> prompts(const std::vector<int64_t>& lengths) {
  std::vector<std::pair<int64_t, int64_t>> at;
  for (size_t s = 0; s < lengths.size(); ++s)
    for (int64_t p = 0; p < lengths[s]; ++p) at.emplace_back(int64_t(s), p);
  return at;
}

void check_layer(const Sizes& sizes, const std::vector<int64_t>& lengths) {
  const int64_t sequences = int64_t(lengths.size());
  Layer reference(sizes, sequences, 96), together(sizes, sequences, 96), stepwise(sizes, sequences, 112);
  const auto at = prompts(lengths);
  const Values wanted = reference.run(rrft_reference_decoder_layer, at, 1);
  const Values got = together.run(rrft_cpu_decoder_layer, at, 3);
  CHECK_THAT(largest_difference(wanted, got) <= 2e-5, "decoder_layer, hidden %lld: error %g",
             (long long)sizes.hidden, largest_difference(wanted, got));

  // Token by token across the sequences, on one thread, in a larger cache: the same bits.
  const size_t width = size_t(sizes.hidden) * sizeof(float);
  for (int64_t p = 0; p < *std::max_element(lengths.begin(), lengths.end()); ++p) {
    std::vector<std::pair<int64_t, int64_t>> step;
    for (int64_t s = sequences - 1; s >= 0; --s)
      if (p < lengths[size_t(s)]) step.emplace_back(s, p);
    const Values state = stepwise.run(rrft_cpu_decoder_layer, step, 1);
    for (size_t i = 0; i < step.size(); ++i) {
      const size_t token = size_t(std::find(at.begin(), at.end(), step[i]) - at.begin());
      CHECK_THAT(std::memcmp(state.data() + i * size_t(sizes.hidden), got.data() + token * size_t(sizes.hidden), width) == 0,
                 "sequence %lld, place %lld: other bits alone than in a batch", (long long)step[i].first, (long long)p);
    }
  }
}

// Caching all tokens and then running the last ones gives those, and the cache, the same bits as one whole call.
void check_cache_only(const Sizes& sizes, const std::vector<int64_t>& lengths) {
  const int64_t sequences = int64_t(lengths.size());
  for (const auto operation : {rrft_reference_decoder_layer, rrft_cpu_decoder_layer}) {
    Layer whole(sizes, sequences, 96), last(sizes, sequences, 96);
    const auto at = prompts(lengths);
    const Values wanted = whole.run(operation, at, 2);
    last.args.cache_only = 1;
    const Values untouched = last.run(operation, at, 2);
    for (size_t i = 0; i < at.size(); ++i) {
      const Values state = random_values(size_t(sizes.hidden), 1, unsigned(1000 * at[i].first + at[i].second));
      CHECK(std::memcmp(untouched.data() + i * state.size(), state.data(), state.size() * sizeof(float)) == 0);
    }
    CHECK(std::memcmp(last.keys.data(), whole.keys.data(), last.keys.size() * sizeof(float)) == 0);
    CHECK(std::memcmp(last.values.data(), whole.values.data(), last.values.size() * sizeof(float)) == 0);
    last.args.cache_only = 0;
    std::vector<std::pair<int64_t, int64_t>> ends;
    for (size_t s = 0; s < lengths.size(); ++s) ends.emplace_back(int64_t(s), lengths[s] - 1);
    const Values got = last.run(operation, ends, 1);
    const size_t width = size_t(sizes.hidden) * sizeof(float);
    for (size_t i = 0; i < ends.size(); ++i) {
      const size_t token = size_t(std::find(at.begin(), at.end(), ends[i]) - at.begin());
      CHECK(std::memcmp(got.data() + i * size_t(sizes.hidden), wanted.data() + token * size_t(sizes.hidden), width) == 0);
    }
  }
}

// One head, one token: attention is its own value, whatever the query.
void check_known_numbers() {
  Values x = {3, 4}, norm = {1, 1}, qkv(12, 0), out = {1, 0, 0, 1}, inner_norm = {1, 1}, gate_up(4, 0), down(2, 0);
  qkv[8] = qkv[11] = 1;  // the value is the normalised state
  Values keys(32, 0), values(32, 0), cos = {1}, sin = {0};
  const int64_t zero = 0;
  rrft_decoder_layer_args args{};
  args.struct_size = sizeof args;
  args.tokens = args.inner = args.heads = args.key_value_heads = args.sequences = 1;
  args.hidden = args.head_size = 2;
  args.places = 16;
  args.x = x.data();
  args.sequence = args.place = &zero;
  args.cos = cos.data();
  args.sin = sin.data();
  args.input_norm = norm.data();
  args.qkv_weight = qkv.data();
  args.out_weight = out.data();
  args.inner_norm = inner_norm.data();
  args.gate_up_weight = gate_up.data();
  args.down_weight = down.data();
  args.keys = keys.data();
  args.values = values.data();
  args.norm_epsilon = 1e-12f;
  CHECK_OK(rrft_cpu_decoder_layer(&args));
  const double root = std::sqrt(12.5);
  CHECK_CLOSE(x[0], 3 + 3 / root, 1e-6, 0);
  CHECK_CLOSE(x[1], 4 + 4 / root, 1e-6, 0);
  CHECK_CLOSE(values[1], 4 / root, 1e-6, 0);
}

template <typename Args>
void expect(rrft_status (*operation)(const Args*), const Args& args, rrft_status wanted, const char* names) {
  const rrft_status status = operation(&args);
  CHECK_THAT(status == wanted, "%s: status %d, wanted %d (%s)", names, status, wanted, rrft_last_error());
  CHECK_THAT(std::strstr(rrft_last_error(), names) != nullptr, "\"%s\" does not name %s", rrft_last_error(), names);
}

void check_misuse() {
  Layer layer({8, 8, 2, 1, 4}, 2, 16);
  layer.run(rrft_cpu_decoder_layer, {{0, 0}, {1, 0}}, 1);
  Values x(16, 1), cos(4, 1), sin(4, 0);
  std::vector<int64_t> sequence = {0, 1}, place = {1, 1};
  rrft_decoder_layer_args good = layer.args;
  good.x = x.data();
  good.cos = cos.data();
  good.sin = sin.data();
  good.sequence = sequence.data();
  good.place = place.data();
  const auto spoil = [&](auto change, rrft_status status, const char* names) {
    rrft_decoder_layer_args args = good;
    change(args);
    expect(rrft_cpu_decoder_layer, args, status, names);
    expect(rrft_reference_decoder_layer, args, status, names);
  };
  using Args = rrft_decoder_layer_args;
  spoil([](Args& a) { a.struct_size = 8; }, RRFT_ERROR_STRUCT_SIZE, "struct_size is 8");
  spoil([](Args& a) { a.tokens = -1; }, RRFT_ERROR_SHAPE, "tokens is -1");
  spoil([](Args& a) { a.hidden = 0; }, RRFT_ERROR_SHAPE, "hidden is 0");
  spoil([](Args& a) { a.inner = 0; }, RRFT_ERROR_SHAPE, "inner is 0");
  spoil([](Args& a) { a.hidden = int64_t{1} << 40; }, RRFT_ERROR_VALUE, "hidden is");
  spoil([](Args& a) { a.heads = 0; }, RRFT_ERROR_SHAPE, "heads is 0");
  spoil([](Args& a) { a.key_value_heads = 0; }, RRFT_ERROR_SHAPE, "key_value_heads is 0");
  spoil([](Args& a) { a.heads = 3, a.key_value_heads = 2; }, RRFT_ERROR_VALUE, "multiple of key_value_heads");
  spoil([](Args& a) { a.head_size = 3; }, RRFT_ERROR_VALUE, "head_size is 3");
  spoil([](Args& a) { a.places = 0; }, RRFT_ERROR_SHAPE, "places is 0");
  spoil([](Args& a) { a.places = 15; }, RRFT_ERROR_VALUE, "places is 15");
  spoil([](Args& a) { a.places = int64_t{1} << 60; }, RRFT_ERROR_SHAPE, "places");
  spoil([](Args& a) { a.sequences = int64_t{1} << 60; }, RRFT_ERROR_SHAPE, "sequences");
  spoil([](Args& a) { a.norm_epsilon = 0; }, RRFT_ERROR_VALUE, "norm_epsilon is 0");
  spoil([](Args& a) { a.threads = 2000; }, RRFT_ERROR_VALUE, "threads is 2000");
  spoil([](Args& a) { a.x = nullptr; }, RRFT_ERROR_NULL_POINTER, "x is NULL");
  spoil([](Args& a) { a.qkv_weight = nullptr; }, RRFT_ERROR_NULL_POINTER, "qkv_weight is NULL");
  spoil([](Args& a) { a.values = a.keys; }, RRFT_ERROR_OVERLAP, "keys");
  struct Token {
    int64_t sequence, place;
    const char* names;
  };
  for (const Token& token : {Token{2, 1, "sequence[1] is 2"}, Token{-1, 1, "sequence[1] is -1"},
                             Token{1, 16, "place[1] is 16"}, Token{1, -1, "place[1] is -1"},
                             Token{0, 1, "place[1] is 1, wanted 2 to 15"}}) {
    sequence[1] = token.sequence;
    place[1] = token.place;
    spoil([](Args&) {}, RRFT_ERROR_VALUE, token.names);
  }
  CHECK(x == Values(16, 1));

  Values y(4, 1), weight(4, 1), norm(2, 1);
  rrft_linear_args linear{};
  linear.struct_size = sizeof linear;
  linear.rows = linear.inputs = linear.outputs = linear.x_stride = linear.y_stride = 2;
  linear.x = x.data();
  linear.weight = weight.data();
  linear.y = y.data();
  const auto spoil_linear = [&](auto change, rrft_status status, const char* names) {
    rrft_linear_args args = linear;
    change(args);
    expect(rrft_cpu_linear, args, status, names);
    expect(rrft_reference_linear, args, status, names);
  };
  using Linear = rrft_linear_args;
  spoil_linear([](Linear& a) { a.struct_size = 0; }, RRFT_ERROR_STRUCT_SIZE, "struct_size");
  spoil_linear([](Linear& a) { a.rows = -1; }, RRFT_ERROR_SHAPE, "rows is -1");
  spoil_linear([](Linear& a) { a.inputs = 0; }, RRFT_ERROR_SHAPE, "inputs is 0");
  spoil_linear([](Linear& a) { a.outputs = 0; }, RRFT_ERROR_SHAPE, "outputs is 0");
  spoil_linear([](Linear& a) { a.inputs = a.outputs = int64_t{1} << 40; }, RRFT_ERROR_SHAPE, "inputs * outputs");
  spoil_linear([](Linear& a) { a.x_stride = 1; }, RRFT_ERROR_STRIDE, "x_stride is 1");
  spoil_linear([](Linear& a) { a.y_stride = 0; }, RRFT_ERROR_STRIDE, "y_stride is 0");
  spoil_linear([](Linear& a) { a.weight = nullptr; }, RRFT_ERROR_NULL_POINTER, "weight is NULL");
  spoil_linear([&](Linear& a) { a.norm_weight = norm.data(); }, RRFT_ERROR_VALUE, "norm_epsilon is 0");
  spoil_linear([&](Linear& a) { a.y = x.data(); }, RRFT_ERROR_OVERLAP, "overlap");
  spoil_linear([](Linear& a) { a.threads = -1; }, RRFT_ERROR_VALUE, "threads is -1");
}

}  // namespace

int main() {
  if (!backend_runs_here()) return kSkipped;
  // Rows: part of a vector, one, part of two, a panel, several panels, several blocks. Outputs around a tile of 12 or 6.
  for (const int64_t rows : {0, 1, 3, 8, 16, 17, 31, 32, 33, 65, 140})
    for (const int64_t outputs : {1, 5, 6, 12, 13, 49, 100})
      for (const int64_t inputs : {1, 7, 16, 33, 130}) check_linear(rows, inputs, outputs, inputs % 2 == 0, rows % 2 == 0);
  check_layer({64, 160, 4, 2, 16}, {1, 5, 17, 40, 2});
  check_layer({6, 5, 1, 1, 2}, {3, 1});
  check_layer({24, 40, 3, 1, 10}, {33, 70});
  check_layer({96, 50, 6, 2, 32}, {2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2,
                                   2, 2, 2, 2, 2, 2, 2, 2, 2, 2});
  check_cache_only({64, 160, 4, 2, 16}, {1, 5, 17, 40, 2});
  check_cache_only({6, 5, 1, 1, 2}, {3, 1});
  check_known_numbers();
  check_misuse();
  return report();
}
