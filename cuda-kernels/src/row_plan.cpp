#include "reasonrft/cuda/row_plan.cuh"

#include <algorithm>
#include <cstdlib>
#include <cstring>

#include "element.h"
#include "status.h"

namespace rrft::cuda {
namespace {

constexpr int kThreads = 512;              // kMaximumThreads of block.cuh
constexpr int64_t kChunksAhead = 4;        // kInFlight of row_sweeps.cuh: a thread has at least as much to do
constexpr int64_t kOtherShared = 7 << 10;  // what a block has beside the row, with the system's 1 KB
constexpr int kLargestCluster = 8;         // on every GPU that has clusters

int64_t chunks_of(const rrft_log_probs_args& rows) {
  return (rows.vocabulary * static_cast<int64_t>(element_size(rows.logits_dtype)) + 15) / 16;
}

int threads_for(int64_t chunks) {
  const int64_t wanted = (chunks + kChunksAhead - 1) / kChunksAhead;
  return static_cast<int>(std::clamp<int64_t>((wanted + 31) / 32 * 32, 32, kThreads));
}

// Rows in parts over `cluster` blocks, each of which keeps up to `shared` bytes.
RowPlan divide(int64_t chunks, int cluster, int64_t shared) {
  RowPlan plan;
  plan.cluster = cluster;
  plan.threads = threads_for((chunks + cluster - 1) / cluster);
  const int64_t turns = (chunks + int64_t{plan.threads} * cluster - 1) / (int64_t{plan.threads} * cluster);
  plan.kept = static_cast<int>(std::min(turns, shared / (16 * plan.threads)));
  return plan;
}

// Two blocks on a multiprocessor hide each other's time between the sweeps, so rows are cut into parts of which two
// fit. Without clusters, a row that is larger than that has the multiprocessor to itself: what it cannot keep there has
// to stay in the second-level cache, together with that of all others.
RowPlan choose(int64_t chunks, int64_t shared, bool clusters) {
  const int64_t half = (shared - kOtherShared) / 2, bytes = 16 * chunks;
  int cluster = 1;
  while (clusters && cluster < kLargestCluster && bytes > half * cluster) cluster *= 2;
  return divide(chunks, cluster, bytes <= half * cluster ? half : shared);
}

}  // namespace

rrft_status check_rows(const char* operation, const rrft_log_probs_args& rows) {
  if (rows.vocabulary > INT32_MAX)
    return fail(RRFT_ERROR_SHAPE, operation, "vocabulary is %lld, wanted at most %d",
                static_cast<long long>(rows.vocabulary), INT32_MAX);
  return check_grid(operation, rows.batch * rows.tokens);
}

RowPlan one_block(const rrft_log_probs_args& rows) { return divide(chunks_of(rows), 1, 0); }

rrft_status plan_rows(const char* operation, const rrft_log_probs_args& rows, RowPlan* plan) {
  static const char* const forced = std::getenv("REASONRFT_CUDA_ROWS");
  int device = 0, major = 0, limit = 0;
  cudaError_t error = cudaGetDevice(&device);
  if (error == cudaSuccess) error = cudaDeviceGetAttribute(&major, cudaDevAttrComputeCapabilityMajor, device);
  if (error == cudaSuccess) error = cudaDeviceGetAttribute(&limit, cudaDevAttrMaxSharedMemoryPerBlockOptin, device);
  if (const rrft_status status = check(operation, "cudaDeviceGetAttribute", error)) return status;
  const int64_t shared = std::max<int64_t>(kOtherShared, limit - kOtherShared), chunks = chunks_of(rows);
  const bool clusters = major >= 9;
  if (forced == nullptr) {
    *plan = choose(chunks, shared, clusters);
  } else if (std::strcmp(forced, "cache") == 0) {
    *plan = divide(chunks, 1, 0);
  } else if (std::strcmp(forced, "shared") == 0) {
    *plan = divide(chunks, 1, shared);
  } else if (std::strcmp(forced, "cluster-2") == 0 || std::strcmp(forced, "cluster-4") == 0 ||
             std::strcmp(forced, "cluster-8") == 0) {
    if (!clusters)
      return fail(RRFT_ERROR_UNAVAILABLE, operation,
                  "REASONRFT_CUDA_ROWS is %s, wanted cache or shared on a GPU without clusters", forced);
    *plan = divide(chunks, forced[8] - '0', shared);
  } else {
    return fail(RRFT_ERROR_VALUE, operation,
                "REASONRFT_CUDA_ROWS is \"%s\", wanted cache, shared, cluster-2, cluster-4 or cluster-8", forced);
  }
  if (rows.grad_logits == nullptr) plan->kept = 0;  // one sweep, which adds up the same
  return RRFT_OK;
}

}  // namespace rrft::cuda
