// Loading, using and unloading the library as a JVM's class loader does, without linking to it: neither unloading nor
// exit may wait for the pool's threads or pull the code from under them. Usage: unload_test LIBRARY
#include <dlfcn.h>

#include <cstdio>
#include <vector>

#include "reasonrft/kernels.h"

int main(int count, char** arguments) {
  if (count != 2) return 2;
  for (int round = 0; round < 3; ++round) {
    void* library = dlopen(arguments[1], RTLD_NOW | RTLD_LOCAL);
    if (library == nullptr) {
      std::printf("%s\n", dlerror());
      return 1;
    }
    const auto forward =
        reinterpret_cast<decltype(&rrft_cpu_log_probs_forward)>(dlsym(library, "rrft_cpu_log_probs_forward"));
    if (forward == nullptr) return 1;
    constexpr int64_t kRows = 64, kVocabulary = 20000;
    std::vector<float> logits(kRows * kVocabulary, 1.0f), log_probs(kRows);
    const std::vector<int32_t> ids(kRows, 7);
    rrft_log_probs_args args{};
    args.struct_size = sizeof args;
    args.batch = 1;
    args.tokens = kRows;
    args.vocabulary = kVocabulary;
    args.logits = logits.data();
    args.token_ids_dtype = RRFT_I32;
    args.logits_token_stride = kVocabulary;
    args.token_ids = ids.data();
    args.temperature = 1;
    args.threads = 4;
    args.log_probs = log_probs.data();
    if (forward(&args) != RRFT_OK || !(log_probs[kRows - 1] < -9.9f)) return 1;
    dlclose(library);
  }
  std::printf("loaded, used and unloaded 3 times\n");
  return 0;
}
