// What device code asks of the execution layer.
#include <algorithm>
#include <cstdarg>
#include <cstdio>

#include "grid.h"

namespace simt {
namespace {

Machine current_machine = kHopper;

bool same(const char* a, const char* b) {
  return a == b || std::strcmp(a, b) == 0;
}
bool same(const Site& a, const Site& b) {
  return a.line == b.line && same(a.file, b.file) && same(a.what, b.what);
}

void wait(State state) {
  self->state = state;
  self->fiber.suspend();
}

Warp& warp_of(const Thread& thread) {
  return thread.block->warps[static_cast<size_t>(thread.number / kWarp)];
}

// A lane of the running thread's warp; of one that does not exist, the thread itself.
const Thread& neighbour(int lane) {
  const size_t number = static_cast<size_t>(self->number / kWarp * kWarp + lane);
  return number < self->block->threads.size() ? *self->block->threads[number] : *self;
}

// Whoever waits for the thread that ends here would do so for ever.
void check_nobody_waits(const Block& block) {
  const auto check = [](const Thread& other, bool waits) {
    if (waits) fault("%s has ended, %s waits for it", Name(*self, false).text, Name(other).text);
  };
  const Warp& warp = warp_of(*self);
  const int own = self->number % kWarp;
  for (int lane = 0; lane < kWarp && warp.waiting != 0; ++lane)
    check(neighbour(lane), (warp.waiting >> lane & 1u) != 0 && (warp.lanes[lane].mask >> own & 1u) != 0);
  if (block.at_barrier > 0)
    for (const Thread* other : block.threads) check(*other, other->state == State::kAtBarrier);
  if (self->arrived_at_cluster) fault("%s has ended between cluster_arrive and cluster_wait", Name(*self, false).text);
  if (block.cluster->arrived > 0)
    for (const Block& each : block.cluster->blocks)
      for (const Thread* other : each.threads) check(*other, other->arrived_at_cluster);
}

// All lanes of the mask have come: what each gets.
void finish_exchange(Warp& warp, uint32_t mask) {
  uint64_t results[kWarp] = {};
  for (int lane = 0; lane < kWarp; ++lane) {
    if ((mask >> lane & 1u) == 0) continue;
    const Warp::Lane& mine = warp.lanes[lane];
    if (mine.exchange == Exchange::kShuffle) results[lane] = warp.lanes[mine.source].value;
    if (mine.exchange != Exchange::kBallot && mine.exchange != Exchange::kFold) continue;
    uint32_t folded = 0;
    bool any = false;
    for (int other = 0; other < kWarp; ++other) {
      if ((mask >> other & 1u) == 0) continue;
      const uint32_t value = static_cast<uint32_t>(warp.lanes[other].value);
      folded =
          mine.exchange == Exchange::kBallot ? folded | value << other : (any ? mine.combine(folded, value) : value);
      any = true;
    }
    results[lane] = folded;
  }
  for (int lane = 0; lane < kWarp; ++lane)
    if ((mask >> lane & 1u) != 0) warp.lanes[lane].value = results[lane];
  warp.waiting &= ~mask;
}

uint64_t exchange(const Warp::Lane& mine) {
  const int own = self->number % kWarp;
  const uint32_t mask = mine.mask;
  self->site = mine.site;
  if ((mask >> own & 1u) == 0) fault("%s is not in its own mask %08x", Name(*self).text, mask);
  if (mine.exchange == Exchange::kShuffle &&
      (mine.source < 0 || mine.source >= kWarp || (mask >> mine.source & 1u) == 0))
    fault("%s reads lane %d, which is not in the mask %08x", Name(*self).text, mine.source, mask);
  Warp& warp = warp_of(*self);
  if ((mask & ~warp.living) != 0)
    fault("%s names lanes %08x, which do not exist or have ended", Name(*self).text, mask & ~warp.living);
  const Warp::Lane& last = warp.lanes[warp.last];
  warp.agreed = warp.waiting == 0 || (warp.agreed && last.mask == mask && same(last.site, mine.site));
  for (int lane = 0; lane < kWarp && !warp.agreed; ++lane) {
    const Warp::Lane& other = warp.lanes[lane];
    if ((warp.waiting >> lane & 1u) == 0 || ((mask >> lane | other.mask >> own) & 1u) == 0) continue;
    if (other.mask != mask || !same(other.site, mine.site))
      fault("warp divergence: %s with mask %08x, %s with mask %08x", Name(*self).text, mask, Name(neighbour(lane)).text,
            other.mask);
  }
  warp.lanes[own] = mine;
  warp.waiting |= 1u << own;
  warp.last = own;
  if ((warp.waiting & mask) != mask) {
    wait(State::kInExchange);
    return warp.lanes[own].value;
  }
  finish_exchange(warp, mask);
  for (int lane = 0; lane < kWarp; ++lane)
    if ((mask >> lane & 1u) != 0)
      self->block->threads[static_cast<size_t>(self->number - own + lane)]->state = State::kReady;
  self->fiber.suspend();  // so that the next thread is the schedule's choice
  return warp.lanes[own].value;
}

}  // namespace

void run_thread() {
  (*kernel)();
  Block& block = *self->block;
  check_nobody_waits(block);
  self->state = State::kEnded;
  warp_of(*self).living &= ~(1u << self->number % kWarp);
  ++block.cluster->ended;
  if (++block.ended == block.threads.size()) block.release();
}

void set_machine(const Machine& machine) {
  current_machine = machine;
}
const Machine& machine() {
  return current_machine;
}

void fault(const char* format, ...) {
  va_list values;
  va_start(values, format);
  std::vsnprintf(fault_text, sizeof fault_text, format, values);
  va_end(values);
  failed = true;
  for (;;) self->fiber.suspend();
}

void block_barrier(const Site& site) {
  Block& block = *self->block;
  self->site = site;
  if (block.ended > 0) fault("%s waits for threads that have ended", Name(*self).text);
  if (block.at_barrier > 0)
    for (const Thread* other : block.threads) {
      if (other->state != State::kAtBarrier) continue;
      if (!same(other->site, site)) fault("barrier divergence: %s, %s", Name(*self).text, Name(*other).text);
      break;  // which has been compared with the rest
    }
  if (++block.at_barrier < block.threads.size()) return wait(State::kAtBarrier);
  block.at_barrier = 0;
  for (Thread* thread : block.threads) thread->state = State::kReady;
  self->fiber.suspend();  // so that the next thread is the schedule's choice
}

void warp_barrier(uint32_t mask, const Site& site) {
  exchange({mask, Exchange::kBarrier, 0, 0, site, nullptr});
}
uint64_t warp_shuffle(uint32_t mask, uint64_t value, int source_lane, const Site& site) {
  return exchange({mask, Exchange::kShuffle, source_lane, value, site, nullptr});
}
uint32_t warp_ballot(uint32_t mask, bool predicate, const Site& site) {
  return static_cast<uint32_t>(exchange({mask, Exchange::kBallot, 0, predicate ? 1u : 0u, site, nullptr}));
}
uint32_t warp_fold(uint32_t mask, uint32_t value, uint32_t (*combine)(uint32_t, uint32_t), const Site& site) {
  return static_cast<uint32_t>(exchange({mask, Exchange::kFold, 0, value, site, combine}));
}
int lane() {
  return self->number % kWarp;
}

unsigned cluster_rank() {
  return self->block->rank;
}
unsigned cluster_blocks() {
  return running.cluster;
}

void cluster_arrive(const Site& site) {
  Cluster& cluster = *self->block->cluster;
  self->site = site;
  if (self->arrived_at_cluster) fault("%s arrives twice without waiting", Name(*self).text);
  if (cluster.ended > 0) fault("%s waits for threads that have ended", Name(*self).text);
  self->arrived_at_cluster = true;
  self->cluster_phase = cluster.phase;
  if (++cluster.arrived < cluster.threads) return;
  cluster.arrived = 0;
  ++cluster.phase;
  for (Block& block : cluster.blocks)
    for (Thread* thread : block.threads)
      if (thread->state == State::kAtCluster) thread->state = State::kReady;
}

void cluster_wait(const Site& site) {
  self->site = site;
  if (!self->arrived_at_cluster) fault("%s waits without having arrived", Name(*self).text);
  if (self->block->cluster->phase == self->cluster_phase) wait(State::kAtCluster);
  self->arrived_at_cluster = false;
}

void* map_shared(const void* address, unsigned rank) {
  const char* wanted = static_cast<const char*>(address);
  if (rank >= running.cluster) fault("rank %u of a cluster of %u blocks", rank, running.cluster);
  Block& peer = self->block->cluster->blocks[rank];
  if (peer.ended == peer.threads.size()) fault("shared memory of block %u of the cluster, which has ended", rank);
  for (const SharedObject& object : self->block->shared)
    if (wanted >= object.memory && wanted < object.memory + object.bytes)
      return static_cast<char*>(peer.allocate(object.key, object.bytes)) + (wanted - object.memory);
  fault("%s maps an address that is not in its shared memory", Name(*self, false).text);
}

void pause(const Site& site) {
  self->site = site;
  wait(State::kPaused);
}

void* shared_memory(const void* key, size_t bytes) {
  void* memory = self->block->allocate(key, bytes);
  if (self->block->shared_bytes > current_machine.shared_bytes_per_block)
    fault("%zu bytes of shared memory, of %zu", self->block->shared_bytes, current_machine.shared_bytes_per_block);
  return memory;
}

void* dynamic_shared() {
  static const char key = 0;
  return shared_memory(&key, running.dynamic_shared_bytes);
}

}  // namespace simt
