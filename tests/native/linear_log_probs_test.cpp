// linear_log_probs: tiles of a vocabulary against log_probs on the whole rows, bit for bit where the tiles are whole
// blocks, and against the double-precision reference where they are not.
#include <cstdlib>
#include <functional>

#include "cases.h"
#include "check.h"
#include "tiles.h"

using namespace rrft_test;

namespace {

using Operation = TileOperations::Operation;
constexpr TileOperations kReference = kReferenceTiles, kCpu = kCpuTiles;

std::vector<Shape> shapes() {
  std::vector<Shape> result;
  uint64_t seed = 100;
  for (const int64_t vocabulary :
       {int64_t{1}, int64_t{17}, int64_t{4096}, int64_t{4097}, int64_t{12288}, int64_t{32003}})
    for (const int32_t dtype : kLogitTypes)
      for (const bool own_temperatures : {false, true})
        result.push_back({1, 5, vocabulary, dtype, dtype == RRFT_BF16 ? Layout::kPaddedRows : Layout::kDense,
                          own_temperatures, 0.7f, own_temperatures ? RRFT_I32 : RRFT_I64, ++seed, 3.0f,
                          own_temperatures});
  if (!kOnExecutionLayer) result.push_back({1, 3, 151936, RRFT_F32, Layout::kDense, false, 1.0f, RRFT_I64, ++seed});
  return result;
}

void whole_blocks_give_the_bits_of_log_probs() {
  for (const Shape& shape : shapes()) {
    Case whole(shape);
    const rrft_log_probs_args rows = whole.rows();
    CHECK_OK(rrft_cpu_log_probs_forward(&rows));
    CHECK_OK(rrft_cpu_log_probs_backward(&rows));
    for (const int64_t blocks : {1, 3}) {
      for (const int32_t threads : {1, 3}) {
        Case tiled(shape);
        Tiles(tiled.rows(threads)).run(kCpu, blocks * RRFT_TILE_ALIGNMENT);
        CHECK_THAT(same_bits(tiled.log_probs, whole.log_probs) && same_bits(tiled.log_sum_exp, whole.log_sum_exp) &&
                       same_bits(tiled.entropy, whole.entropy) &&
                       tiled.grad_logits.bytes() == whole.grad_logits.bytes(),
                   "V=%lld dtype=%d blocks=%lld threads=%d", static_cast<long long>(shape.vocabulary), shape.dtype,
                   static_cast<long long>(blocks), threads);
      }
    }
  }
}

void compare(const Case& actual, const Case& expected, double error, const char* what, int64_t tile) {
  double worst = 0;
  const auto add = [&](double got, double want, double relative) {
    const double difference = std::fabs(got - want) - relative * std::fabs(want);
    worst = std::fmax(worst, std::isnan(difference) ? INFINITY : difference);
  };
  for (size_t n = 0; n < expected.log_probs.size(); ++n) {
    add(actual.log_probs[n], expected.log_probs[n], 2.4e-7);
    add(actual.log_sum_exp[n], expected.log_sum_exp[n], 2.4e-7);
    add(actual.entropy[n], expected.entropy[n], 1e-6);
  }
  const int32_t dtype = expected.shape.dtype;
  for (int64_t v = 0; v < expected.grad_logits.size(); ++v)
    add(actual.grad_logits.get(v), expected.grad_logits.get(v), std::fmax(relative_step(dtype), 2e-6));
  CHECK_THAT(worst <= error, "%s: V=%lld dtype=%d tile=%lld: error %.2g", what,
             static_cast<long long>(expected.shape.vocabulary), dtype, static_cast<long long>(tile), worst);
}

// Any tile size: an entry at a time, and sizes that cut blocks and vectors anywhere.
void any_tiles_give_the_numbers_of_log_probs() {
  for (const Shape& shape : shapes()) {
    if (shape.vocabulary > 40000) continue;
    Case whole(shape);
    const rrft_log_probs_args rows = whole.rows();
    CHECK_OK(rrft_reference_log_probs_forward(&rows));
    CHECK_OK(rrft_reference_log_probs_backward(&rows));
    for (const int64_t tile : {int64_t{1}, int64_t{13}, int64_t{1000}, int64_t{5001}}) {
      if (shape.vocabulary / tile > (kOnExecutionLayer ? 100 : 5000)) continue;
      Case reference(shape), cpu(shape);
      Tiles(reference.rows()).run(kReference, tile);
      Tiles(cpu.rows(2)).run(kCpu, tile);
      compare(reference, whole, 2e-7, "reference", tile);
      compare(cpu, whole, 2e-6, "cpu", tile);
    }
  }
}

// Tiles that rise from -inf to large, tiles without any finite logit, NaN that stays in its row.
void special_values() {
  for (const TileOperations& backend : {kReference, kCpu}) {
    Case in({1, 4, 12, RRFT_F32});
    for (int64_t v = 0; v < 12; ++v) {
      in.logits.set(v, v < 8 ? -kInfinity : static_cast<float>(v));  // the first two tiles of 4 hold nothing
      in.logits.set(12 + v, v < 4 ? -1e4f : (v < 8 ? 0.0f : 1e4f));  // each tile outweighs the one before
      in.logits.set(24 + v, v == 5 ? kNaN : 0.0f);
      in.logits.set(36 + v, v < 4 ? 1e4f : -kInfinity);  // nothing more to come
    }
    in.ids64 = {9, 9, 0, 2};
    Tiles tiles(in.rows());
    tiles.run(backend, 4);
    const double sum = 1 + std::exp(-1) + std::exp(-2) + std::exp(-3);
    CHECK_CLOSE(in.log_probs[0], -2 - std::log(sum), 1e-6, 0);
    CHECK_CLOSE(in.log_probs[1], -std::log(4.0), 1e-6, 0);
    CHECK_CLOSE(in.entropy[1], std::log(4.0), 1e-6, 0);
    CHECK(std::isnan(in.log_probs[2]) && std::isnan(in.grad_logits.get(24)));
    CHECK_CLOSE(in.log_probs[3], -std::log(4.0), 1e-6, 0);
    CHECK_CLOSE(in.log_sum_exp[3], 1e4 + std::log(4.0), 1e-3, 0);
    CHECK(in.grad_logits.get(0) == 0 && in.grad_logits.get(36 + 11) == 0);  // impossible entries
  }
}

// A second pass over the same state begins with tile 0; an in-place gradient is the one that goes elsewhere.
void state_is_used_again() {
  const Shape shape = {1, 6, 9000, RRFT_BF16, Layout::kDense, true};
  Case first(shape), again(shape);
  Tiles(first.rows()).run(kCpu, 4096);
  Tiles tiles(again.rows());
  tiles.merge(kCpu, 5000);
  tiles.merge(kCpu, 4096);
  CHECK_OK(kCpu.finish(&tiles.args));
  tiles.at(0, 9000);
  tiles.args.grad_logits = const_cast<void*>(tiles.args.logits);
  CHECK_OK(kCpu.backward(&tiles.args));
  CHECK(same_bits(first.log_probs, again.log_probs));
  for (int64_t n = 0; n < first.count; ++n)
    for (int64_t v = 0; v < 9000; ++v)
      if (first.grad_logits.get(n * 9000 + v) != again.logits.get(n * 9000 + v)) return CHECK(false);
}

void refuses(const char* argument, Operation operation, rrft_status wanted,
             const std::function<void(rrft_linear_log_probs_args&)>& spoil) {
  Case in({1, 3, 50, RRFT_F32, Layout::kDense, true});
  Tiles tiles(in.rows());
  tiles.merge(kCpu, 20);
  tiles.at(0, 20);
  spoil(tiles.args);
  const std::vector<float> before = in.log_probs;
  const std::vector<uint8_t> gradient = in.grad_logits.bytes();
  const rrft_status status = operation(&tiles.args);
  CHECK_THAT(status == wanted && std::strstr(rrft_last_error(), argument) != nullptr, "%s: status %d, \"%s\"", argument,
             status, rrft_last_error());
  CHECK(same_bits(before, in.log_probs) && gradient == in.grad_logits.bytes());
}

void misuse_is_named() {
  using Args = rrft_linear_log_probs_args;
  for (const TileOperations& b : {kReference, kCpu}) {
    refuses("struct_size", b.merge, RRFT_ERROR_STRUCT_SIZE, [](Args& a) { a.struct_size = 8; });
    refuses("rows", b.merge, RRFT_ERROR_SHAPE, [](Args& a) { a.rows = -1; });
    refuses("rows", b.merge, RRFT_ERROR_SHAPE, [](Args& a) { a.rows = INT64_MAX / 100; });
    refuses("vocabulary", b.merge, RRFT_ERROR_SHAPE, [](Args& a) { a.vocabulary = 0; });
    refuses("tile_begin", b.merge, RRFT_ERROR_SHAPE, [](Args& a) { a.tile_begin = -1; });
    refuses("tile_size", b.merge, RRFT_ERROR_SHAPE, [](Args& a) { a.tile_size = 0; });
    refuses("tile_begin + tile_size", b.merge, RRFT_ERROR_SHAPE, [](Args& a) { a.tile_size = 51; });
    refuses("tile_begin + tile_size", b.backward, RRFT_ERROR_SHAPE, [](Args& a) { a.tile_begin = INT64_MAX; });
    refuses("tile_begin", b.merge, RRFT_ERROR_VALUE, [](Args& a) { a.tile_begin = 20; });  // all 50 are there
    refuses("logits_dtype", b.merge, RRFT_ERROR_DTYPE, [](Args& a) { a.logits_dtype = 9; });
    refuses("token_ids_dtype", b.merge, RRFT_ERROR_DTYPE, [](Args& a) { a.token_ids_dtype = RRFT_F32; });
    refuses("logits_stride", b.merge, RRFT_ERROR_STRIDE, [](Args& a) { a.logits_stride = 19; });
    refuses("logits", b.merge, RRFT_ERROR_NULL_POINTER, [](Args& a) { a.logits = nullptr; });
    refuses("token_ids", b.merge, RRFT_ERROR_NULL_POINTER, [](Args& a) { a.token_ids = nullptr; });
    refuses("temperature", b.merge, RRFT_ERROR_VALUE, [](Args& a) { a.temperature = 0; });
    refuses("threads", b.merge, RRFT_ERROR_VALUE, [](Args& a) { a.threads = 1025; });
    refuses("state", b.merge, RRFT_ERROR_NULL_POINTER, [](Args& a) { a.state = nullptr; });
    refuses("state", b.merge, RRFT_ERROR_VALUE, [](Args& a) { a.state = static_cast<char*>(a.state) + 4; });
    refuses("overlap", b.merge, RRFT_ERROR_OVERLAP, [](Args& a) { a.state = const_cast<void*>(a.logits); });
    refuses("log_probs", b.finish, RRFT_ERROR_NULL_POINTER, [](Args& a) { a.log_probs = nullptr; });
    refuses("overlap", b.finish, RRFT_ERROR_OVERLAP, [](Args& a) { a.entropy = a.log_probs; });
    refuses("grad_log_probs", b.backward, RRFT_ERROR_NULL_POINTER, [](Args& a) { a.grad_log_probs = nullptr; });
    refuses("grad_logits", b.backward, RRFT_ERROR_NULL_POINTER, [](Args& a) { a.grad_logits = nullptr; });
    refuses("grad_logits_stride", b.backward, RRFT_ERROR_STRIDE, [](Args& a) { a.grad_logits_stride = 3; });
    refuses("overlap", b.backward, RRFT_ERROR_OVERLAP, [](Args& a) {
      a.grad_logits = const_cast<void*>(a.logits);
      a.grad_logits_stride = 25;
    });
    CHECK(b.merge(nullptr) == RRFT_ERROR_NULL_POINTER);
  }
}

// Results before all tiles are in, and gradients of tiles that are not.
void missing_tiles_are_named() {
  for (const TileOperations& backend : {kReference, kCpu}) {
    Case in({1, 3, 50, RRFT_F32});
    Tiles tiles(in.rows());
    CHECK_OK(backend.merge(tiles.at(0, 20)));
    CHECK(backend.merge(tiles.at(30, 20)) == RRFT_ERROR_VALUE);
    CHECK_THAT(std::strstr(rrft_last_error(), "tile_begin is 30, wanted 20") != nullptr, "%s", rrft_last_error());
    CHECK(backend.finish(&tiles.args) == RRFT_ERROR_VALUE);
    CHECK(backend.backward(tiles.at(0, 20)) == RRFT_ERROR_VALUE);
    CHECK_THAT(std::strstr(rrft_last_error(), "state has 20 of 50") != nullptr, "%s", rrft_last_error());
    CHECK_OK(backend.merge(tiles.at(20, 30)));
    CHECK_OK(backend.finish(&tiles.args));
    in.ids64[1] = 50;
    CHECK(backend.finish(&tiles.args) == RRFT_ERROR_TOKEN_ID);
    in.ids64[1] = 5;
    Case own({1, 2, 50, RRFT_F32, Layout::kDense, false, 1.0f, RRFT_I64, 1, 3.0f, true});
    own.temperatures[1] = 0;
    CHECK(backend.merge(Tiles(own.rows()).at(0, 50)) == RRFT_ERROR_VALUE);
  }
}

// A device's arrays are out of sight of the checks: what they would refuse comes out as NaN, in its row alone.
void a_device_answers_with_nan() {
  const auto row = [](const Case& in, size_t n) {
    return std::isnan(in.log_probs[n]) && std::isnan(in.grad_logits.get(in.offset(0, static_cast<int64_t>(n))));
  };
  Case in({1, 3, 50, RRFT_F32});
  Tiles tiles(in.rows());
  in.ids64[1] = 50;
  tiles.run(kCpu, 20);
  CHECK(!row(in, 0) && row(in, 1) && !row(in, 2) && std::isfinite(in.entropy[1]));

  Case skipped({1, 3, 50, RRFT_F32, Layout::kDense, true});
  skipped.mask = {1, 1, 0};
  Tiles some(skipped.rows());
  CHECK_OK(kCpu.merge(some.at(0, 20)));
  CHECK_OK(kCpu.merge(some.at(30, 20)));
  CHECK_OK(kCpu.finish(&some.args));
  CHECK_OK(kCpu.backward(some.at(0, 20)));
  CHECK(row(skipped, 0) && row(skipped, 1) && std::isnan(skipped.entropy[0]) && std::isnan(skipped.log_sum_exp[0]));
  CHECK(skipped.log_probs[2] == 0 && skipped.grad_logits.get(skipped.offset(0, 2)) == 0);
  CHECK_OK(kCpu.merge(some.at(0, 20)));
  CHECK_OK(kCpu.finish(&some.args));  // of 20 entries
  CHECK(std::isnan(skipped.log_probs[0]));
}

void nothing_is_fine() {
  for (const TileOperations& backend : {kReference, kCpu}) {
    rrft_linear_log_probs_args args{};
    args.struct_size = sizeof args;
    args.vocabulary = args.tile_size = args.logits_stride = 7;
    args.token_ids_dtype = RRFT_I64;
    args.temperature = 1;
    CHECK_OK(backend.merge(&args));
    CHECK_OK(backend.finish(&args));
    CHECK_OK(backend.backward(&args));
  }
}

}  // namespace

int main() {
  if (!backend_runs_here()) return kSkipped;
  any_tiles_give_the_numbers_of_log_probs();
  special_values();
  state_is_used_again();
  nothing_is_fine();
  if (kOnDevice) {
    a_device_answers_with_nan();
  } else {
    whole_blocks_give_the_bits_of_log_probs();
    misuse_is_named();
    missing_tiles_are_named();
  }
  return report();
}
