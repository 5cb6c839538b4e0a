// What a launch is made of while it runs. Private to the execution layer.
#pragma once

#include <deque>
#include <memory>
#include <new>
#include <vector>

#include "fiber.h"
#include "simt.h"

namespace simt {

enum class State { kReady, kPaused, kAtBarrier, kInExchange, kAtCluster, kEnded };
enum class Exchange { kBarrier, kShuffle, kBallot, kFold };

struct Block;
struct Cluster;

struct Thread {
  Thread(char* stack, void (*entry)()) : fiber(stack, entry) {}

  Fiber fiber;
  Block* block = nullptr;
  Index index;
  int number = 0;  // within the block
  State state = State::kEnded;
  Site site = {};  // where it waits
  bool arrived_at_cluster = false;
  uint64_t cluster_phase = 0;
};

// The exchanges that lanes of a warp wait in, and what came of them.
struct Warp {
  struct Lane {
    uint32_t mask;
    Exchange exchange;
    int source;
    uint64_t value;
    Site site;
    uint32_t (*combine)(uint32_t, uint32_t);
  };
  uint32_t living = 0;
  uint32_t waiting = 0;
  bool agreed = true;  // those that wait came with one mask, from one place
  int last = 0;        // of them to come
  Lane lanes[kWarp];
};

struct SharedObject {
  const void* key;
  size_t bytes;
  char* memory;
};

constexpr size_t kSharedAlignment = 128;

struct Block {
  ~Block() { release(); }

  void* allocate(const void* key, size_t bytes) {
    for (const SharedObject& object : shared)
      if (object.key == key) return object.memory;
    char* memory = static_cast<char*>(::operator new(bytes, std::align_val_t{kSharedAlignment}));
    std::memset(memory, 0xff, bytes);
    shared.push_back({key, bytes, memory});
    shared_bytes += bytes;
    return memory;
  }

  void release() {
    for (const SharedObject& object : shared) ::operator delete(object.memory, std::align_val_t{kSharedAlignment});
    shared.clear();
  }

  Cluster* cluster = nullptr;
  Index index;
  unsigned rank = 0;
  std::vector<Thread*> threads;
  std::vector<Warp> warps;
  size_t ended = 0;
  size_t at_barrier = 0;
  std::vector<SharedObject> shared;
  size_t shared_bytes = 0;
};

struct Cluster {
  std::deque<Block> blocks;
  size_t threads = 0;
  size_t arrived = 0;
  size_t ended = 0;
  uint64_t phase = 0;
};

// The thread that runs; nullptr between threads.
extern Thread* self;
// The launch that runs.
extern Launch running;
extern const std::function<void()>* kernel;
// Set by fault(): the launch is over.
extern bool failed;
extern char fault_text[1024];

// What fibers do: the kernel, as one thread after another.
void run_thread();

// "thread 3 of block 7 at __syncthreads (block.cuh:40)"
struct Name {
  explicit Name(const Thread& thread, bool with_site = true);
  char text[256];
};

}  // namespace simt
