// A pool that a JVM can live with: threads start with the first call that wants them, carry no signal handling of their
// own (all signals stay with the JVM's threads), and are never joined, so neither exit nor unloading waits for them.
// The library is linked with -z nodelete: its code stays mapped while they sleep in it.
//
// To wake a sleeping thread takes tens of microseconds, as long as a whole call for the loss of 65,536 tokens. So a
// worker looks out for the next call for a while before it sleeps, and a caller for the last worker, unless there are
// more threads than processors.
#include "thread_pool.h"

#include <atomic>
#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <mutex>
#include <system_error>
#include <thread>

#include <pthread.h>
#include <signal.h>
#include <unistd.h>

namespace rrft {
namespace {

constexpr int32_t kMaximumThreads = 1024;
constexpr std::chrono::microseconds kLookOut{100};

// Tells the processor that this is a loop of waiting.
inline void relax() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("isb" ::: "memory");
#endif
}

// Waits for kLookOut at most; after a tenth of that without keeping a thread that is ready off this processor.
template <typename Ready>
void look_out(const Ready& ready) {
  const auto begin = std::chrono::steady_clock::now();
  auto now = begin;
  do {
    for (int i = 0; i < 16; ++i) {
      if (ready()) return;
      relax();
    }
    if (now > begin + kLookOut / 10) std::this_thread::yield();
    now = std::chrono::steady_clock::now();
  } while (now < begin + kLookOut);
}

// The processors a container may use under a cgroup v2 quota, rounded up; 0 without one.
int32_t cgroup_processors() {
  std::FILE* file = std::fopen("/sys/fs/cgroup/cpu.max", "re");
  if (file == nullptr) return 0;
  long long quota = 0;
  long long period = 0;
  const bool limited = std::fscanf(file, "%lld %lld", &quota, &period) == 2 && quota > 0 && period > 0;
  std::fclose(file);
  return limited ? static_cast<int32_t>((quota + period - 1) / period) : 0;
}

int32_t processors() {
  int32_t result = static_cast<int32_t>(std::thread::hardware_concurrency());
  const int32_t quota = cgroup_processors();
  if (quota > 0 && quota < result) result = quota;
  return result < 1 ? 1 : (result > kMaximumThreads ? kMaximumThreads : result);
}

// The mutex is held for some instructions only, so that waiting in a loop beats sleeping.
std::unique_lock<std::mutex> hold(std::mutex& mutex) {
  for (int attempt = 0; attempt < 100; ++attempt) {
    if (mutex.try_lock()) return std::unique_lock<std::mutex>(mutex, std::adopt_lock);
    relax();
  }
  return std::unique_lock<std::mutex>(mutex);
}

// A stretch of the indices of a job, of which threads take one piece after another.
struct alignas(64) Share {
  std::atomic<int64_t> next{0};
  int64_t end = 0;
};

// Lives on the stack of the calling thread, which leaves only after every worker has.
//
// A thread starts with the share of its own number and then helps with the others. So it meets in the next call what it
// has in its cache from the last one, and no counter is fought over until the end.
struct Job {
  static constexpr int64_t kShares = 16;

  RangeFunction function;
  void* context;
  int64_t grain;
  int64_t shares;
  Share share[kShares];
  int32_t wanted = 0;               // workers that may still join; guarded by the pool's mutex
  std::atomic<int32_t> working{0};  // workers that have joined and not left; changed under the pool's mutex
  std::condition_variable left;

  Job(RangeFunction function_of_range, void* context_of_function, int64_t count, int64_t piece, int32_t threads)
      : function(function_of_range),
        context(context_of_function),
        grain(piece),
        shares(threads < kShares ? threads : kShares) {
    const int64_t pieces = (count + grain - 1) / grain;
    for (int64_t k = 0; k < shares; ++k) {
      share[k].next.store(k * pieces / shares * grain, std::memory_order_relaxed);
      share[k].end = k + 1 < shares ? (k + 1) * pieces / shares * grain : count;
    }
  }

  void run(int32_t thread) {
    for (int64_t k = 0; k < shares; ++k) {
      Share& mine = share[(thread + k) % shares];
      for (;;) {
        if (mine.next.load(std::memory_order_relaxed) >= mine.end) break;
        const int64_t begin = mine.next.fetch_add(grain, std::memory_order_relaxed);
        if (begin >= mine.end) break;
        function(context, begin, begin + grain < mine.end ? begin + grain : mine.end);
      }
    }
  }
};

class ThreadPool {
 public:
  void run(Job& job, int32_t workers) {
    std::unique_lock<std::mutex> lock = hold(mutex_);
    start(workers);
    job.wanted = workers;
    jobs_.push_back(&job);
    waiting_.store(true, std::memory_order_relaxed);
    lock.unlock();
    if (workers == 1) {
      available_.notify_one();
    } else {
      available_.notify_all();
    }
    job.run(0);
    lock = hold(mutex_);
    remove(job);
    const auto all_left = [&] { return job.working.load(std::memory_order_relaxed) == 0; };
    if (looks_out_ && !all_left()) {
      lock.unlock();
      look_out(all_left);
      lock = hold(mutex_);  // the last worker leaves the job before it lets go of the mutex
    }
    job.left.wait(lock, all_left);
  }

 private:
  // A machine that refuses another thread gets the work done by fewer; results do not depend on it.
  void start(int32_t workers) {
    if (started_ >= workers) return;
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    try {
      for (; started_ < workers; ++started_) std::thread([this, number = started_ + 1] { work(number); }).detach();
    } catch (const std::system_error&) {
    }
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
    looks_out_ = started_ < processors();
  }

  // With the mutex held.
  void remove(const Job& job) {
    for (auto it = jobs_.begin(); it != jobs_.end(); ++it) {
      if (*it == &job) {
        jobs_.erase(it);
        break;
      }
    }
    waiting_.store(!jobs_.empty(), std::memory_order_relaxed);
  }

  void work(int32_t number) {
    std::unique_lock<std::mutex> lock = hold(mutex_);
    for (;;) {
      if (jobs_.empty() && looks_out_) {
        lock.unlock();
        look_out([this] { return waiting_.load(std::memory_order_relaxed); });
        lock = hold(mutex_);
      }
      available_.wait(lock, [this] { return !jobs_.empty(); });
      Job& job = *jobs_.front();
      job.working.fetch_add(1, std::memory_order_relaxed);
      if (--job.wanted == 0) remove(job);
      lock.unlock();
      job.run(number);
      lock = hold(mutex_);
      if (job.working.fetch_sub(1, std::memory_order_relaxed) == 1) job.left.notify_one();
    }
  }

  std::mutex mutex_;
  std::condition_variable available_;
  std::deque<Job*> jobs_;             // that more workers may join
  int32_t started_ = 0;               // workers
  bool looks_out_ = false;            // there are enough processors to wait in a loop
  std::atomic<bool> waiting_{false};  // there are jobs; for looking without the mutex
};

ThreadPool& pool() {
  static ThreadPool* const instance = new ThreadPool;  // never destroyed: its threads outlive static destructors
  return *instance;
}

int32_t parse_threads(const char* text) {
  char* end = nullptr;
  errno = 0;
  const long value = std::strtol(text, &end, 10);
  const bool valid = end != text && *end == '\0' && errno == 0 && value >= 1 && value <= kMaximumThreads;
  return valid ? static_cast<int32_t>(value) : 0;
}

struct Defaults {
  char text[64];
  int32_t threads;

  Defaults() : text(), threads(0) {
    const char* value = std::getenv("REASONRFT_NUM_THREADS");
    if (value != nullptr) std::snprintf(text, sizeof text, "%s", value);
    threads = value != nullptr ? parse_threads(value) : processors();
  }
};

std::atomic<int32_t> configured_threads{0};

const Defaults& defaults() {
  static const Defaults instance;
  return instance;
}

}  // namespace

int32_t default_threads() noexcept {
  const int32_t configured = configured_threads.load(std::memory_order_relaxed);
  return configured > 0 ? configured : defaults().threads;
}

void set_default_threads(int32_t threads) noexcept {
  configured_threads.store(threads, std::memory_order_relaxed);
}

const char* default_threads_text() noexcept {
  return defaults().text;
}

void parallel_ranges(int64_t count, int64_t grain, int32_t threads, RangeFunction function, void* context) {
  if (count <= 0) return;
  const int64_t pieces = (count + grain - 1) / grain;
  if (threads > pieces) threads = static_cast<int32_t>(pieces);
  if (threads <= 1) {
    function(context, 0, count);
    return;
  }
  Job job(function, context, count, grain, threads);
  pool().run(job, threads - 1);
}

}  // namespace rrft
