// The execution layer itself: that it runs what CUDA would, and that it notices what CUDA would not.
#include <cuda_runtime.h>

#include <cstdlib>
#include <string>
#include <vector>

#include "../check.h"
#include "reasonrft/cuda/block.cuh"

using namespace rrft::cuda;
using rrft_test::check;

namespace {

constexpr simt::Order kOrders[] = {simt::Order::kForward, simt::Order::kReverse, simt::Order::kShuffled};

template <typename... Parameters, typename... Arguments>
cudaError_t run(unsigned blocks, unsigned threads, void (*kernel)(Parameters...), Arguments... arguments) {
  cudaLaunchConfig_t configuration{};
  configuration.gridDim = dim3(blocks);
  configuration.blockDim = dim3(threads);
  return cudaLaunchKernelEx(&configuration, kernel, arguments...);
}

template <typename... Parameters, typename... Arguments>
cudaError_t run_clusters(unsigned blocks, unsigned threads, unsigned size, void (*kernel)(Parameters...),
                         Arguments... arguments) {
  cudaLaunchAttribute attribute{};
  attribute.id = cudaLaunchAttributeClusterDimension;
  attribute.val.clusterDim = {size, 1, 1};
  cudaLaunchConfig_t configuration{};
  configuration.gridDim = dim3(blocks);
  configuration.blockDim = dim3(threads);
  configuration.attrs = &attribute;
  configuration.numAttrs = 1;
  return cudaLaunchKernelEx(&configuration, kernel, arguments...);
}

#define EXPECT_FAULT(call, text)                                                                                   \
  do {                                                                                                             \
    CHECK((call) == cudaErrorLaunchFailure);                                                                       \
    CHECK_THAT(std::strstr(simt::last_fault(), text) != nullptr, "\"%s\" does not say \"%s\"", simt::last_fault(), \
               text);                                                                                              \
  } while (0)

// ---- What is right

void indices(unsigned* out) {
  const unsigned thread = threadIdx.x + blockDim.x * (threadIdx.y + blockDim.y * threadIdx.z);
  const unsigned block = blockIdx.x + gridDim.x * (blockIdx.y + gridDim.y * blockIdx.z);
  out[block * (blockDim.x * blockDim.y * blockDim.z) + thread] += 1 + thread + 1000 * block;
}

void every_thread_runs_once() {
  cudaLaunchConfig_t configuration{};
  configuration.gridDim = dim3(3, 2, 2);
  configuration.blockDim = dim3(5, 3, 2);
  for (const simt::Order order : kOrders) {
    simt::set_schedule({order, 7, 4});
    std::vector<unsigned> out(12 * 30);
    CHECK(cudaLaunchKernelEx(&configuration, indices, out.data()) == cudaSuccess);
    for (unsigned i = 0; i < out.size(); ++i) CHECK(out[i] == 1 + i % 30 + 1000 * (i / 30));
  }
}

void exchanges(unsigned* out) {
  const int lane = static_cast<int>(threadIdx.x % 32);
  unsigned* mine = out + threadIdx.x * 8;
  mine[0] = __shfl_xor_sync(kAllLanes, threadIdx.x, 5);
  mine[1] = static_cast<unsigned>(__shfl_down_sync(kAllLanes, double{1} * threadIdx.x, 30));
  mine[2] = __shfl_up_sync(kAllLanes, threadIdx.x, 1);
  mine[3] = __ballot_sync(kAllLanes, lane % 3 == 0);
  mine[4] = __reduce_add_sync(kAllLanes, threadIdx.x);
  const unsigned half = lane < 16 ? 0xffffu : 0xffff0000u;
  mine[5] = __shfl_sync(half, threadIdx.x, lane < 16 ? 3 : 20);
  mine[6] =
      static_cast<unsigned>(__any_sync(half, lane == 17)) + 2 * static_cast<unsigned>(__all_sync(half, lane < 16));
  mine[7] = block_reduce(threadIdx.x, Sum{}, 0u);
}

void warps_exchange() {
  for (const simt::Order order : kOrders) {
    simt::set_schedule({order, 3});
    std::vector<unsigned> out(96 * 8);
    CHECK(run(1, 96, exchanges, out.data()) == cudaSuccess);
    for (unsigned i = 0; i < 96; ++i) {
      const unsigned* mine = &out[i * 8];
      const unsigned warp = i / 32 * 32, lane = i % 32;
      CHECK(mine[0] == (i ^ 5u) && mine[1] == (lane < 2 ? i + 30 : i) && mine[2] == (lane > 0 ? i - 1 : i));
      CHECK(mine[3] == 0x49249249u && mine[4] == 32 * warp + 496 && mine[5] == warp + (lane < 16 ? 3 : 20));
      CHECK(mine[6] == (lane < 16 ? 2u : 1u) && mine[7] == 95 * 48);
    }
  }
}

// Each block of a cluster leaves its number with the next one, which reads it where it is, too.
void neighbours(unsigned* out) {
  RRFT_SHARED(inbox, unsigned[2]);
  const unsigned rank = simt::cluster_rank(), next = (rank + 1) % simt::cluster_blocks();
  if (threadIdx.x == 0) {
    inbox[0] = 100 * blockIdx.x;
    *static_cast<unsigned*>(simt::map_shared(&inbox[1], next)) = blockIdx.x;
  }
  simt::cluster_arrive({__FILE__, __LINE__, "arrive"});
  simt::cluster_wait({__FILE__, __LINE__, "wait"});
  out[blockIdx.x * blockDim.x + threadIdx.x] =
      inbox[1] + *static_cast<const unsigned*>(simt::map_shared(&inbox[0], next));
  simt::cluster_arrive({__FILE__, __LINE__, "arrive"});
  simt::cluster_wait({__FILE__, __LINE__, "wait"});
}

void clusters_share() {
  for (const simt::Order order : kOrders) {
    simt::set_schedule({order, 5, 2});
    std::vector<unsigned> out(8 * 32);
    CHECK(run_clusters(8, 32, 4, neighbours, out.data()) == cudaSuccess);
    for (unsigned i = 0; i < out.size(); ++i) {
      const unsigned block = i / 32, first = block / 4 * 4;
      CHECK(out[i] == first + (block + 3) % 4 + 100 * (first + (block + 1) % 4));
    }
  }
}

void wait_for_the_first(int* tickets, int* ready, int* out) {
  RRFT_SHARED(ticket, int);
  if (threadIdx.x == 0) ticket = atomicAdd(tickets, 1);
  __syncthreads();
  if (ticket == 0) {
    __syncthreads();
    if (threadIdx.x == 0) *ready = 42;
  }
  while (*ready == 0) simt::pause({__FILE__, __LINE__, "pause"});
  out[blockIdx.x * blockDim.x + threadIdx.x] = *ready;
}

void blocks_wait_for_blocks_that_run() {
  for (const int resident : {1, 3}) {
    simt::set_schedule({simt::Order::kShuffled, 11, resident});
    int tickets = 0, ready = 0;
    std::vector<int> out(6 * 32);
    CHECK(run(6, 32, wait_for_the_first, &tickets, &ready, out.data()) == cudaSuccess);
    for (const int value : out) CHECK(value == 42);
  }
}

// ---- What is wrong

// A sum without the barrier between the writes and the reads of `parts`.
void careless_sum(float* out) {
  RRFT_SHARED(parts, float[64]);
  parts[threadIdx.x] = static_cast<float>(threadIdx.x);
  float sum = 0;
  for (const float part : parts) sum += part;
  out[threadIdx.x] = sum;
}

void a_missing_barrier_changes_results() {
  std::vector<float> results[3];
  for (const simt::Order order : kOrders) {
    std::vector<float>& out = results[static_cast<int>(order)];
    out.resize(64);
    simt::set_schedule({order, 1});
    CHECK(run(1, 64, careless_sum, out.data()) == cudaSuccess);
  }
  CHECK(std::memcmp(results[0].data(), results[1].data(), 256) != 0);
  CHECK(std::memcmp(results[0].data(), results[2].data(), 256) != 0);
  CHECK(results[0][63] == 63 * 32 &&
        std::isnan(results[0][0]));  // the last one reads everything, the first one too early
}

void half_of_a_barrier() {
  if (threadIdx.x < 32) __syncthreads();
}
void two_barriers() {
  if (threadIdx.x < 32)
    __syncthreads();
  else
    __syncthreads();
}
void early_return() {
  if (threadIdx.x == 7) return;
  __syncthreads();
}
void lanes_disagree() {
  if (threadIdx.x % 2 == 0)
    __shfl_xor_sync(kAllLanes, 1, 1);
  else
    __syncwarp();
}
void wrong_mask() {
  __syncwarp(0xffff0000u);
}
void lane_outside_the_mask() {
  if (threadIdx.x < 16) __shfl_sync(0xffffu, 1, 20);
}
void lane_that_ended() {
  if (threadIdx.x == 3) return;
  __syncwarp();
}
void no_such_lane() {
  __syncwarp();
}
// Lane 0 is at the barrier, its neighbours are not.
void warps_wait_for_each_other() {
  if (threadIdx.x > 0 && threadIdx.x < 32) __syncwarp();
  __syncthreads();
}
void waits_for_nothing(int* memory) {
  while (*memory == 0) simt::pause({__FILE__, __LINE__, "pause"});
}
void too_much_shared() {
  RRFT_SHARED(large, char[300 * 1024]);
  large[0] = 0;
}
void leaves_its_cluster() {
  simt::cluster_arrive({__FILE__, __LINE__, "arrive"});
  if (blockIdx.x == 0) simt::cluster_wait({__FILE__, __LINE__, "wait"});
}
// Block 1 ends while block 0 still wants its memory.
void peer_is_gone(int* out) {
  RRFT_SHARED(value, int);
  value = 1;
  if (simt::cluster_rank() == 1) return;
  for (int i = 0; i < 5; ++i) __syncthreads();
  *out = *static_cast<int*>(simt::map_shared(&value, 1));
}
void maps_private_memory() {
  int own = 0;
  simt::map_shared(&own, 0);
}

void faults_are_found() {
  for (const simt::Order order : kOrders) {
    simt::set_schedule({order, 9});
    // Depending on who comes first, the one who waits or the one who ended.
    CHECK(run(1, 64, half_of_a_barrier) == cudaErrorLaunchFailure &&
          std::strstr(simt::last_fault(), "ended") != nullptr);
    CHECK(run(1, 64, early_return) == cudaErrorLaunchFailure && std::strstr(simt::last_fault(), "ended") != nullptr);
    CHECK(run(1, 32, lane_that_ended) == cudaErrorLaunchFailure && std::strstr(simt::last_fault(), "ended") != nullptr);
    EXPECT_FAULT(run(1, 64, two_barriers), "barrier divergence: thread");
    EXPECT_FAULT(run(1, 32, lanes_disagree), "warp divergence: thread");
    EXPECT_FAULT(run(1, 32, wrong_mask), "is not in its own mask ffff0000");
    EXPECT_FAULT(run(1, 32, lane_outside_the_mask), "reads lane 20");
    EXPECT_FAULT(run(1, 20, no_such_lane), "names lanes fff00000");
    EXPECT_FAULT(run(1, 64, warps_wait_for_each_other), "deadlock: everybody waits, thread");
    int zero = 0;
    EXPECT_FAULT(run(1, 64, waits_for_nothing, &zero), "pause (simt_test.cpp:");
    EXPECT_FAULT(run(1, 64, too_much_shared), "307200 bytes of shared memory");
    EXPECT_FAULT(run_clusters(2, 32, 2, leaves_its_cluster), "ended");
    EXPECT_FAULT(run_clusters(2, 32, 2, peer_is_gone, &zero), "which has ended");
    EXPECT_FAULT(run(1, 32, maps_private_memory), "not in its shared memory");
    // A fault leaves nothing behind.
    std::vector<unsigned> out(96 * 8);
    CHECK(run(1, 96, exchanges, out.data()) == cudaSuccess);
  }
  // The text says who and where.
  simt::set_schedule({});
  run(1, 64, two_barriers);
  CHECK_THAT(
      std::strstr(simt::last_fault(), "thread 32 of block (0, 0, 0) at __syncthreads (simt_test.cpp:") != nullptr &&
          std::strstr(simt::last_fault(), ", thread 0 of block (0, 0, 0) at") != nullptr,
      "%s", simt::last_fault());
}

void nothing() {}

void launches_beyond_the_machine_are_refused() {
  simt::set_schedule({});
  CHECK(run(1, 1025, nothing) == cudaErrorInvalidConfiguration);
  CHECK(run(0, 32, nothing) == cudaErrorInvalidConfiguration);
  CHECK(run_clusters(6, 32, 4, nothing) == cudaErrorInvalidConfiguration);
  CHECK(run_clusters(16, 32, 16, nothing) == cudaErrorInvalidConfiguration);
  cudaLaunchConfig_t configuration{};
  configuration.dynamicSmemBytes = 64 * 1024;
  CHECK(cudaLaunchKernelEx(&configuration, nothing) == cudaErrorInvalidValue);
  CHECK(cudaFuncSetAttribute(nothing, cudaFuncAttributeMaxDynamicSharedMemorySize, 64 * 1024) == cudaSuccess);
  CHECK(cudaLaunchKernelEx(&configuration, nothing) == cudaSuccess);
  CHECK(cudaFuncSetAttribute(nothing, cudaFuncAttributeMaxDynamicSharedMemorySize, 228 * 1024) ==
        cudaErrorInvalidValue);
  simt::set_machine(simt::kAmpere);
  CHECK(run_clusters(8, 32, 4, nothing) == cudaErrorInvalidConfiguration);
  simt::set_machine(simt::kHopper);
}

// ---- Ends the process, under AddressSanitizer: run by tests of their own that expect it to

void beyond_shared(int index) {
  RRFT_SHARED(values, int[32]);
  int* beyond = values + index;
  beyond[threadIdx.x] = 1;
}
int sum_on_the_stack(int depth) {
  volatile int frame[1024];
  frame[depth] = depth;
  return depth > 0 ? sum_on_the_stack(depth - 1) + frame[depth] : 0;
}
void beyond_the_stack(int depth) {
  CHECK(sum_on_the_stack(depth) > 0);
}

}  // namespace

int main(int count, char** arguments) {
  const std::string choice = count > 1 ? arguments[1] : "";
  if (choice == "overrun") return run(1, 32, beyond_shared, 1) == cudaSuccess ? 0 : 1;
  if (choice == "stack") return run(1, 32, beyond_the_stack, 300) == cudaSuccess ? 0 : 1;
  every_thread_runs_once();
  warps_exchange();
  clusters_share();
  blocks_wait_for_blocks_that_run();
  a_missing_barrier_changes_results();
  faults_are_found();
  launches_beyond_the_machine_are_refused();
  return rrft_test::report();
}
