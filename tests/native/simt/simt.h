// Runs CUDA device code, compiled as plain C++, on the processor: one fiber per thread of a block.
//
// A thread runs until it waits at a barrier, exchanges something with its warp, or ends; then the next thread runs.
// Which one is next is a Schedule's choice. Correct device code gives the same bits under every schedule, so tests run
// several and compare: a missing barrier lets one of them read what has not been written yet. Shared memory is made of
// heap blocks filled with 0xff bytes (NaN), so that AddressSanitizer sees an index out of bounds, and a schedule a read
// before a write.
//
// A launch ends with a fault, which last_fault() describes, where threads of a block wait at different barriers, a
// thread leaves while others wait for it, lanes of a warp disagree about what they exchange, everybody waits for
// somebody else, or shared memory or a launch exceeds the machine.
//
// What it cannot show: missing memory fences and atomics (one thread runs at a time), and anything about speed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>

namespace simt {

constexpr int kWarp = 32;

// As dim3 and uint3 of CUDA.
struct Index {
  unsigned x, y, z;
  constexpr Index(unsigned a = 1, unsigned b = 1, unsigned c = 1) : x(a), y(b), z(c) {}
  constexpr uint64_t count() const { return uint64_t{x} * y * z; }
};

// Where device code calls something, for the text of a fault.
struct Site {
  const char* file;
  int line;
  const char* what;
};

// ---- For tests

enum class Order { kForward, kReverse, kShuffled };

struct Schedule {
  Order order = Order::kForward;  // of the threads within a turn, and of the blocks
  uint64_t seed = 1;              // of kShuffled, which draws anew for every turn
  int resident = 1;               // clusters (blocks, without clusters) that run at the same time
};
void set_schedule(const Schedule& schedule);

// The limits of a GPU that a launch has to keep.
struct Machine {
  int major, minor;
  size_t shared_bytes_per_block;  // with cudaFuncAttributeMaxDynamicSharedMemorySize
  int multiprocessors;
};
constexpr Machine kAmpere = {8, 0, 163 * 1024, 108};
constexpr Machine kAda = {8, 9, 99 * 1024, 128};
constexpr Machine kHopper = {9, 0, 227 * 1024, 132};
void set_machine(const Machine& machine);
const Machine& machine();

// What ended the last launch that failed; "" before one.
const char* last_fault();

// ---- For the CUDA runtime's stand-in

struct Launch {
  Index grid, block;
  unsigned cluster = 1;  // blocks, along x
  size_t dynamic_shared_bytes = 0;
};
// Runs body() as every thread of the grid. False: a fault.
bool launch(const Launch& launch, const std::function<void()>& body);

// ---- For device code; only while a launch runs

// Of the thread that runs; read only.
extern Index thread_index, block_index, block_size, grid_size;

void block_barrier(const Site& site);

// Exchanges within the lanes of `mask`, all of which have to come with the same mask, from the same place.
void warp_barrier(uint32_t mask, const Site& site);
uint64_t warp_shuffle(uint32_t mask, uint64_t value, int source_lane, const Site& site);
uint32_t warp_ballot(uint32_t mask, bool predicate, const Site& site);
uint32_t warp_fold(uint32_t mask, uint32_t value, uint32_t (*combine)(uint32_t, uint32_t), const Site& site);
int lane();

unsigned cluster_rank();
unsigned cluster_blocks();
void cluster_arrive(const Site& site);
void cluster_wait(const Site& site);
// The place in another block's shared memory that `address` is in the caller's.
void* map_shared(const void* address, unsigned rank);

// Lets others run, from within a loop that waits for memory to change. A fault where nothing else ever happens.
void pause(const Site& site);

// The block's memory for `key`: the same for all its threads, gone when its last thread ends.
void* shared_memory(const void* key, size_t bytes);
void* dynamic_shared();

// A fault of the calling thread, with text as of printf.
[[noreturn, gnu::format(printf, 1, 2)]] void fault(const char* format, ...);

// One array or object per block and place in the source. Site is the type of a lambda, so that every place has its own.
template <typename T, typename Place>
T& shared(Place) {
  static const char key = 0;
  return *static_cast<T*>(shared_memory(&key, sizeof(T)));
}

template <typename T>
T warp_shuffle_value(uint32_t mask, T value, int source_lane, const Site& site) {
  static_assert(sizeof(T) <= 8, "shuffles move up to 8 bytes");
  uint64_t bits = 0;
  std::memcpy(&bits, &value, sizeof value);
  bits = warp_shuffle(mask, bits, source_lane, site);
  std::memcpy(&value, &bits, sizeof value);
  return value;
}

}  // namespace simt
