// The CUDA kernels beside what the memory of the same device does in the same minute, as CSV.
//
// Each round runs every subject once, timed by events on the stream; the table gives medians over the rounds and, per
// subject, the median of its ratio to the copy of the same round: a cudaMemcpyAsync of the logits into the gradient's
// memory, one read and one write of the tensor. A subject's bytes are those that have to move: logits in, gradient out.
#include <cuda_runtime.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <string>
#include <vector>

#include "element.h"
#include "reasonrft/kernels_cuda.h"

namespace {

struct Sizes {
  int64_t batch = 16;
  int64_t tokens = 2048;
  int64_t vocabulary = 151936;
  int64_t rounds = 21;
  int64_t device = 0;
};

void require(cudaError_t error, const char* call) {
  if (error == cudaSuccess) return;
  std::fprintf(stderr, "%s: %s\n", call, cudaGetErrorString(error));
  std::exit(1);
}
#define REQUIRE(call) require(call, #call)

void require(rrft_status status) {
  if (status == RRFT_OK) return;
  std::fprintf(stderr, "%s\n", rrft_cuda_last_error());
  std::exit(1);
}

// Memory of the device, freed with the process.
template <typename T>
T* allocate(int64_t count) {
  void* memory = nullptr;
  REQUIRE(cudaMalloc(&memory, static_cast<size_t>(count) * sizeof(T)));
  return static_cast<T*>(memory);
}

template <typename T>
T* upload(const std::vector<T>& values) {
  T* const memory = allocate<T>(static_cast<int64_t>(values.size()));
  REQUIRE(cudaMemcpy(memory, values.data(), values.size() * sizeof(T), cudaMemcpyHostToDevice));
  return memory;
}

uint64_t mix(uint64_t z) {
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return z ^ (z >> 31);
}

// In [0, 1).
double uniform(uint64_t n) { return static_cast<double>(mix(n + 1) >> 11) * 0x1p-53; }

struct Subject {
  const char* name;
  double bytes;  // 0: small, its time alone counts
  std::function<void()> run;
  std::vector<double> milliseconds;
};

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

class Tensors {
 public:
  Tensors(const Sizes& sizes, int32_t dtype, cudaStream_t stream)
      : sizes_(sizes), dtype_(dtype), stream_(stream), device_(static_cast<int32_t>(sizes.device)) {
    const int64_t rows = sizes.batch * sizes.tokens;
    bytes_ = static_cast<size_t>(rows * sizes.vocabulary) * rrft::element_size(dtype);
    REQUIRE(cudaMalloc(&logits_, bytes_));
    REQUIRE(cudaMalloc(&gradient_, bytes_));
    // One row of random logits, repeated at 64 shifts: as hard for the kernels, and quick to make.
    std::vector<uint8_t> row(static_cast<size_t>(sizes.vocabulary + 64) * rrft::element_size(dtype));
    for (int64_t v = 0; v < sizes.vocabulary + 64; ++v) {
      const uint64_t n = static_cast<uint64_t>(v);
      const double bell = uniform(4 * n) + uniform(4 * n + 1) + uniform(4 * n + 2) + uniform(4 * n + 3) - 2.0;
      rrft::set_logit(row.data(), dtype, v, static_cast<float>(5.2 * bell));
    }
    void* const source = upload(row);
    for (int64_t n = 0; n < rows; ++n)
      REQUIRE(cudaMemcpyAsync(
          rrft::element_address(logits_, dtype, n * sizes.vocabulary), rrft::element_address(source, dtype, n % 64),
          static_cast<size_t>(sizes.vocabulary) * rrft::element_size(dtype), cudaMemcpyDeviceToDevice, stream));
    REQUIRE(cudaStreamSynchronize(stream));
    std::vector<int64_t> ids(static_cast<size_t>(rows));
    for (size_t n = 0; n < ids.size(); ++n)
      ids[n] = static_cast<int64_t>(mix(n) % static_cast<uint64_t>(sizes.vocabulary));
    ids_ = upload(ids);
    old_log_probs_ = upload(std::vector<float>(static_cast<size_t>(rows), -12.0f));
    grad_log_probs_ = upload(std::vector<float>(static_cast<size_t>(rows), 0.25f));
    advantages_ = upload(std::vector<float>(static_cast<size_t>(sizes.batch), 0.5f));
    log_probs_ = allocate<float>(rows);
    entropy_ = allocate<float>(rows);
    metrics_ = allocate<rrft_policy_metrics>(1);
    const rrft_fused_policy_loss_args fused = fused_arguments(logits_);
    const rrft_policy_loss_args loss = policy_loss_arguments();
    workspace_bytes_ = std::max(rrft_cuda_fused_policy_loss_workspace(&fused), rrft_cuda_policy_loss_workspace(&loss));
    require(static_cast<rrft_status>(std::min<int64_t>(workspace_bytes_, RRFT_OK)));
    workspace_ = allocate<char>(workspace_bytes_);
  }
  ~Tensors() {
    cudaFree(logits_);
    cudaFree(gradient_);
  }
  Tensors(const Tensors&) = delete;
  Tensors& operator=(const Tensors&) = delete;

  std::vector<Subject> subjects() {
    const double once = static_cast<double>(bytes_);
    return {
        {"copy", 2 * once,
         [this] { REQUIRE(cudaMemcpyAsync(gradient_, logits_, bytes_, cudaMemcpyDeviceToDevice, stream_)); }, {}},
        {"log_probs_forward", once,
         [this] {
           const rrft_log_probs_args args = rows();
           require(rrft_cuda_log_probs_forward(&args, stream_, device_));
         }, {}},
        {"log_probs_backward", 2 * once,
         [this] {
           rrft_log_probs_args args = rows();
           args.grad_log_probs = grad_log_probs_;
           args.grad_logits = gradient_;
           require(rrft_cuda_log_probs_backward(&args, stream_, device_));
         }, {}},
        {"fused_policy_loss", 2 * once, [this] { fused(logits_); }, {}},
        // Leaves gradients where logits were: on the copy, and last.
        {"fused_policy_loss_in_place", 2 * once, [this] { fused(gradient_); }, {}},
        {"policy_loss", 0, [this] { policy_loss(); }, {}},
    };
  }

 private:
  rrft_log_probs_args rows() const {
    rrft_log_probs_args args{};
    args.struct_size = sizeof args;
    args.batch = sizes_.batch;
    args.tokens = sizes_.tokens;
    args.vocabulary = sizes_.vocabulary;
    args.logits = logits_;
    args.logits_dtype = dtype_;
    args.token_ids_dtype = RRFT_I64;
    args.logits_batch_stride = args.grad_logits_batch_stride = sizes_.tokens * sizes_.vocabulary;
    args.logits_token_stride = args.grad_logits_token_stride = sizes_.vocabulary;
    args.token_ids = ids_;
    args.token_ids_batch_stride = sizes_.tokens;
    args.temperature = 0.9f;
    args.log_probs = log_probs_;
    args.entropy = entropy_;
    return args;
  }

  rrft_policy_loss_options options() const {
    rrft_policy_loss_options result{};
    result.epsilon_low = result.epsilon_high = 0.2f;
    result.reduction = RRFT_REDUCE_TOKEN_MEAN;
    return result;
  }

  rrft_fused_policy_loss_args fused_arguments(void* logits) const {
    rrft_fused_policy_loss_args args{};
    args.struct_size = sizeof args;
    args.rows = rows();
    args.rows.logits = logits;
    args.rows.grad_logits = gradient_;
    args.old_log_probs = old_log_probs_;
    args.advantages = advantages_;
    args.options = options();
    args.metrics = metrics_;
    return args;
  }
  void fused(void* logits) const {
    const rrft_fused_policy_loss_args args = fused_arguments(logits);
    require(rrft_cuda_fused_policy_loss(&args, workspace_, workspace_bytes_, stream_, device_));
  }

  rrft_policy_loss_args policy_loss_arguments() const {
    rrft_policy_loss_args args{};
    args.struct_size = sizeof args;
    args.batch = sizes_.batch;
    args.tokens = sizes_.tokens;
    args.log_probs = log_probs_;
    args.old_log_probs = old_log_probs_;
    args.advantages = advantages_;
    args.options = options();
    args.grad_log_probs = entropy_;
    args.metrics = metrics_;
    return args;
  }
  void policy_loss() const {
    const rrft_policy_loss_args args = policy_loss_arguments();
    require(rrft_cuda_policy_loss(&args, workspace_, workspace_bytes_, stream_, device_));
  }

  const Sizes sizes_;
  const int32_t dtype_;
  const cudaStream_t stream_;
  const int32_t device_;
  size_t bytes_ = 0;
  void* logits_ = nullptr;
  void* gradient_ = nullptr;
  const int64_t* ids_;
  const float *old_log_probs_, *grad_log_probs_, *advantages_;
  float *log_probs_, *entropy_;
  rrft_policy_metrics* metrics_;
  void* workspace_;
  int64_t workspace_bytes_;
};

void measure(const Sizes& sizes, int32_t dtype, const char* name, const char* device, cudaStream_t stream) {
  Tensors tensors(sizes, dtype, stream);
  std::vector<Subject> subjects = tensors.subjects();
  cudaEvent_t begin, end;
  REQUIRE(cudaEventCreate(&begin));
  REQUIRE(cudaEventCreate(&end));
  for (int64_t round = -2; round < sizes.rounds; ++round) {  // two rounds to warm up
    for (Subject& subject : subjects) {
      REQUIRE(cudaEventRecord(begin, stream));
      subject.run();
      REQUIRE(cudaEventRecord(end, stream));
      REQUIRE(cudaEventSynchronize(end));
      float elapsed = 0;
      REQUIRE(cudaEventElapsedTime(&elapsed, begin, end));
      if (round >= 0) subject.milliseconds.push_back(static_cast<double>(elapsed));
    }
  }
  REQUIRE(cudaEventDestroy(begin));
  REQUIRE(cudaEventDestroy(end));
  const Subject& copy = subjects.front();
  for (const Subject& subject : subjects) {
    std::vector<double> shares;
    for (size_t round = 0; round < subject.milliseconds.size(); ++round)
      shares.push_back(subject.bytes / subject.milliseconds[round] / (copy.bytes / copy.milliseconds[round]));
    const double time = median(subject.milliseconds);
    std::printf("%s,%s,%s,%lld,%lld,%lld,%.4f,%.4f", device, subject.name, name, static_cast<long long>(sizes.batch),
                static_cast<long long>(sizes.tokens), static_cast<long long>(sizes.vocabulary), time,
                *std::min_element(subject.milliseconds.begin(), subject.milliseconds.end()));
    if (subject.bytes > 0)
      std::printf(",%.1f,%.3f\n", 1e-6 * subject.bytes / time, median(shares));
    else
      std::printf(",,\n");
  }
}

int64_t number(const char* option, const char* text, int64_t least, int64_t most) {
  char* end = nullptr;
  const long long value = text != nullptr ? std::strtoll(text, &end, 10) : 0;
  if (text == nullptr || *text == '\0' || *end != '\0' || value < least || value > most) {
    std::fprintf(stderr, "%s is %s, wanted %lld to %lld\n", option, text != nullptr ? text : "missing",
                 static_cast<long long>(least), static_cast<long long>(most));
    std::exit(2);
  }
  return value;
}

Sizes parse(int count, char** arguments) {
  Sizes sizes;
  const struct {
    const char* name;
    int64_t* value;
    int64_t least, most;
  } options[] = {{"--batch", &sizes.batch, 1, 1 << 20},
                 {"--tokens", &sizes.tokens, 1, 1 << 24},
                 {"--vocabulary", &sizes.vocabulary, 1, 1 << 24},
                 {"--rounds", &sizes.rounds, 1, 10000},
                 {"--device", &sizes.device, 0, 1023}};
  for (int i = 1; i < count; i += 2) {
    bool known = false;
    for (const auto& option : options) {
      if (std::string(arguments[i]) != option.name) continue;
      *option.value = number(option.name, i + 1 < count ? arguments[i + 1] : nullptr, option.least, option.most);
      known = true;
    }
    if (!known) {
      std::fprintf(stderr, "usage: cuda_benchmark");
      for (const auto& option : options)
        std::fprintf(stderr, " [%s %lld]", option.name, static_cast<long long>(*option.value));
      std::fprintf(stderr, "\n");
      std::exit(2);
    }
  }
  return sizes;
}

}  // namespace

int main(int count, char** arguments) {
  const Sizes sizes = parse(count, arguments);
  REQUIRE(cudaSetDevice(static_cast<int>(sizes.device)));
  cudaDeviceProp properties;
  REQUIRE(cudaGetDeviceProperties(&properties, static_cast<int>(sizes.device)));
  cudaStream_t stream;
  REQUIRE(cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking));
  std::printf(
      "device,operation,dtype,batch,tokens,vocabulary,median_ms,least_ms,gigabytes_per_second,fraction_of_copy\n");
  measure(sizes, RRFT_BF16, "bf16", properties.name, stream);
  measure(sizes, RRFT_F16, "f16", properties.name, stream);
  Sizes half = sizes;  // the same bytes
  half.batch = std::max<int64_t>(1, sizes.batch / 2);
  measure(half, RRFT_F32, "f32", properties.name, stream);
  return 0;
}
