// rrft_cpu_<op> as the tests call it, done by rrft_cuda_<op>: copies what the struct points to onto the device, calls,
// and copies back. Tests of the CPU backend become tests of the CUDA backend by being compiled with
// -Drrft_cpu_<op>=rrft_on_cuda_<op> (cuda.cmake).
//
// Copies are as long as the arrays and lie at the same place within 16 bytes, so that on the execution layer for
// machines without a GPU (simt/) AddressSanitizer sees every access beyond them, and vector loads meet every alignment.
// There, each call is made under one of three schedules, and every fourth under two, whose results have to be the same
// bits.
#include "cuda_backend.h"

#include <cuda_runtime.h>

#include <cstdio>
#include <mutex>
#include <vector>

#include "element.h"
#include "reasonrft/kernels_cuda.h"
#include "rewards.h"
#include "validate.h"

namespace {

using rrft::element_size;

#ifdef RRFT_SIMT
constexpr size_t kLarge = size_t{4} << 20;  // a call that takes a second; smaller ones have the same code to run
#endif

rrft_status report(const char* what, const char* text) {
  std::printf("%s: %s\n", what, text);
  return RRFT_ERROR_INTERNAL;
}

class Device {
 public:
  ~Device() {
    for (const Copy& copy : copies_) cudaFree(copy.allocation);
  }

  // The copy of an array; the same one for the same address.
  template <typename T>
  T* copy(T* host, int64_t bytes) {
    if (host == nullptr || bytes <= 0) return host;
    for (const Copy& made : copies_)
      if (made.host == host) return reinterpret_cast<T*>(made.device);
    Copy made{const_cast<void*>(static_cast<const void*>(host)), nullptr, nullptr, static_cast<size_t>(bytes)};
    const size_t offset = reinterpret_cast<uintptr_t>(host) % 16;
    if (cudaMalloc(&made.allocation, made.bytes + offset) != cudaSuccess) return nullptr;
    made.device = static_cast<char*>(made.allocation) + offset;
    cudaMemcpy(made.device, host, made.bytes, cudaMemcpyHostToDevice);
    copies_.push_back(made);
    return reinterpret_cast<T*>(made.device);
  }

  // Memory that is not copied back.
  void* lend(const std::vector<uint8_t>& contents) {
    Copy made{nullptr, nullptr, nullptr, 0};
    if (cudaMalloc(&made.allocation, contents.size()) != cudaSuccess) return nullptr;
    cudaMemcpy(made.allocation, contents.data(), contents.size(), cudaMemcpyHostToDevice);
    copies_.push_back(made);
    return made.allocation;
  }

  void fetch() const {
    for (const Copy& copy : copies_) cudaMemcpy(copy.host, copy.device, copy.bytes, cudaMemcpyDeviceToHost);
  }

  size_t bytes() const {
    size_t sum = 0;
    for (const Copy& copy : copies_) sum += copy.bytes;
    return sum;
  }

  std::vector<char> contents() const {
    std::vector<char> all;
    for (const Copy& copy : copies_) {
      const size_t at = all.size();
      all.resize(at + copy.bytes);
      cudaMemcpy(all.data() + at, copy.device, copy.bytes, cudaMemcpyDeviceToHost);
    }
    return all;
  }

 private:
  struct Copy {
    void* host;
    void* allocation;
    char* device;
    size_t bytes;
  };
  std::vector<Copy> copies_;
};

int64_t extent(int64_t rows, int64_t stride) { return rows > 1 ? (rows - 1) * stride : 0; }

int64_t logits_bytes(const rrft_log_probs_args& a, int64_t batch_stride, int64_t token_stride) {
  if (a.batch * a.tokens == 0) return 0;
  return (extent(a.batch, batch_stride) + extent(a.tokens, token_stride) + a.vocabulary) *
         static_cast<int64_t>(element_size(a.logits_dtype));
}

void move(Device& device, rrft_log_probs_args& a) {
  const int64_t count = a.batch * a.tokens;
  a.logits = device.copy(a.logits, logits_bytes(a, a.logits_batch_stride, a.logits_token_stride));
  a.grad_logits = device.copy(a.grad_logits, logits_bytes(a, a.grad_logits_batch_stride, a.grad_logits_token_stride));
  const int64_t ids = count == 0 ? 0 : extent(a.batch, a.token_ids_batch_stride) + a.tokens;
  a.token_ids = device.copy(a.token_ids, ids * static_cast<int64_t>(element_size(a.token_ids_dtype)));
  a.mask = device.copy(a.mask, count);
  for (const float** array : {&a.temperatures, &a.grad_log_probs, &a.grad_entropy})
    *array = device.copy(*array, 4 * count);
  for (float** array : {&a.log_probs, &a.log_sum_exp, &a.entropy}) *array = device.copy(*array, 4 * count);
}

void move(Device& device, rrft_linear_log_probs_args& a) {
  const int64_t element = static_cast<int64_t>(element_size(a.logits_dtype)), n = a.rows;
  if (n > 0) {
    a.logits = device.copy(a.logits, (extent(n, a.logits_stride) + a.tile_size) * element);
    a.grad_logits = device.copy(a.grad_logits, (extent(n, a.grad_logits_stride) + a.tile_size) * element);
  }
  a.token_ids = device.copy(a.token_ids, n * static_cast<int64_t>(element_size(a.token_ids_dtype)));
  a.mask = device.copy(a.mask, n);
  a.state = device.copy(a.state, n * RRFT_TILE_STATE_BYTES);
  for (const float** array : {&a.temperatures, &a.grad_log_probs, &a.grad_entropy}) *array = device.copy(*array, 4 * n);
  for (float** array : {&a.log_probs, &a.log_sum_exp, &a.entropy}) *array = device.copy(*array, 4 * n);
}

void move(Device& device, rrft_group_advantages_args& a) {
  const int64_t n = rrft::completion_count(a), k = rrft::reward_count(a);
  const int64_t rewards = n == 0 ? 0 : extent(k, rrft::reward_stride(a)) + extent(n, rrft::completion_stride(a)) + 1;
  a.rewards = device.copy(a.rewards, 4 * rewards);
  a.group_ids = device.copy(a.group_ids, 8 * n);
  a.lengths = device.copy(a.lengths, 8 * n);
  a.reward_weights = device.copy(a.reward_weights, 4 * k);
  const int64_t statistics = rrft::groups_by_id(a) ? n : a.groups;
  a.advantages = device.copy(a.advantages, 4 * n);
  a.group_mean = device.copy(a.group_mean, 4 * statistics);
  a.group_std = device.copy(a.group_std, 4 * statistics);
  a.zero_spread_fraction = device.copy(a.zero_spread_fraction, 8);
}

template <typename Args>
void move_loss(Device& device, Args& a, int64_t batch, int64_t count) {
  a.advantages = device.copy(a.advantages, 4 * batch);
  for (const float** array : {&a.old_log_probs, &a.ref_log_probs, &a.token_advantages, &a.sampling_log_probs})
    *array = device.copy(*array, 4 * count);
  a.metrics = device.copy(a.metrics, sizeof *a.metrics);
}

void move(Device& device, rrft_policy_loss_args& a) {
  const int64_t count = a.batch * a.tokens;
  move_loss(device, a, a.batch, count);
  a.log_probs = device.copy(a.log_probs, 4 * count);
  a.entropy = device.copy(a.entropy, 4 * count);
  a.mask = device.copy(a.mask, count);
  for (float** array : {&a.grad_log_probs, &a.grad_entropy}) *array = device.copy(*array, 4 * count);
}

void move(Device& device, rrft_fused_policy_loss_args& a) {
  move(device, a.rows);
  move_loss(device, a, a.rows.batch, a.rows.batch * a.rows.tokens);
}

// The entries of the library as one kind of function.
template <typename Args>
using Entry = rrft_status (*)(const Args* args, void* workspace, int64_t workspace_bytes);
template <typename Args, rrft_status (*kOperation)(const Args*, void*, int32_t)>
rrft_status without_workspace(const Args* args, void*, int64_t) {
  return kOperation(args, nullptr, 0);
}
template <typename Args, rrft_status (*kOperation)(const Args*, void*, int64_t, void*, int32_t)>
rrft_status in_workspace(const Args* args, void* workspace, int64_t bytes) {
  return kOperation(args, workspace, bytes, nullptr, 0);
}
int64_t workspace_of(const rrft_log_probs_args*) { return 0; }
int64_t workspace_of(const rrft_linear_log_probs_args*) { return 0; }
int64_t workspace_of(const rrft_group_advantages_args* args) { return rrft_cuda_group_advantages_workspace(args); }
int64_t workspace_of(const rrft_policy_loss_args* args) { return rrft_cuda_policy_loss_workspace(args); }
int64_t workspace_of(const rrft_fused_policy_loss_args* args) { return rrft_cuda_fused_policy_loss_workspace(args); }

template <typename Args>
rrft_status once(Entry<Args> entry, Args args, Device& device) {
  move(device, args);
  const int64_t bytes = workspace_of(&args);
  if (bytes < 0) return report("the workspace", rrft_cuda_last_error()), static_cast<rrft_status>(bytes);
  std::vector<uint8_t> garbage(static_cast<size_t>(bytes), 0xa5);
  void* const workspace = bytes == 0 ? nullptr : device.lend(garbage);
  const rrft_status status = entry(&args, workspace, bytes);
  if (status != RRFT_OK) return report("the call", rrft_cuda_last_error()), status;
  const cudaError_t error = cudaDeviceSynchronize();
  return error == cudaSuccess ? RRFT_OK : report("the device", cudaGetErrorString(error));
}

template <typename Args>
rrft_status on_cuda(Entry<Args> entry, const Args* args) {
  static std::mutex one_at_a_time;
  const std::lock_guard<std::mutex> lock(one_at_a_time);
  Device device;
#ifdef RRFT_SIMT
  static uint64_t calls = 0;
  ++calls;
  constexpr simt::Order kOrders[] = {simt::Order::kForward, simt::Order::kReverse, simt::Order::kShuffled};
  simt::set_schedule({kOrders[calls % 3], calls, 1 + static_cast<int>(calls % 2)});
  const rrft_status status = once(entry, *args, device);
  if (status == RRFT_OK && (calls * 0x9e3779b97f4a7c15u >> 62) == 0 && device.bytes() < kLarge) {
    simt::set_schedule({kOrders[(calls + 1 + calls % 2) % 3], calls, 3});
    Device other;
    if (once(entry, *args, other) != RRFT_OK || device.contents() != other.contents())
      return report("the order of threads", "changes the results: a barrier is missing");
  }
#else
  const rrft_status status = once(entry, *args, device);
#endif
  if (status == RRFT_OK) device.fetch();
  return status;
}

}  // namespace

#define RRFT_ON_CUDA(operation, args_of, kind)                                                      \
  extern "C" rrft_status rrft_on_cuda_##operation(const rrft_##args_of##_args* args) {              \
    return on_cuda<rrft_##args_of##_args>(kind<rrft_##args_of##_args, rrft_cuda_##operation>, args); \
  }
RRFT_ON_CUDA(log_probs_forward, log_probs, without_workspace)
RRFT_ON_CUDA(log_probs_backward, log_probs, without_workspace)
RRFT_ON_CUDA(linear_log_probs_merge, linear_log_probs, without_workspace)
RRFT_ON_CUDA(linear_log_probs_finish, linear_log_probs, without_workspace)
RRFT_ON_CUDA(linear_log_probs_backward, linear_log_probs, without_workspace)
RRFT_ON_CUDA(group_advantages, group_advantages, in_workspace)
RRFT_ON_CUDA(policy_loss, policy_loss, in_workspace)
RRFT_ON_CUDA(fused_policy_loss, fused_policy_loss, in_workspace)
