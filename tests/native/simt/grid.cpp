// Runs launches: which threads there are, and whose turn it is.
#include <algorithm>
#include <cstdio>

#include "grid.h"

namespace simt {

Thread* self = nullptr;
Launch running;
const std::function<void()>* kernel = nullptr;
bool failed = false;
char fault_text[1024] = "";
Index thread_index, block_index, block_size, grid_size;

namespace {

constexpr size_t kStacksPerMapping = 1024;
constexpr int kIdleTurns = 1000;  // of nothing but pauses: whoever is waited for never comes

Schedule current_schedule;

class Random {
 public:
  explicit Random(uint64_t seed) : state_(seed * 2 + 1) {}
  size_t below(size_t limit) {
    state_ ^= state_ << 13, state_ ^= state_ >> 7, state_ ^= state_ << 17;
    return static_cast<size_t>(state_ % limit);
  }

 private:
  uint64_t state_;
};

template <typename T>
void arrange(std::vector<T>& items, Random& random) {
  if (current_schedule.order == Order::kShuffled)
    for (size_t i = items.size(); i > 1; --i) std::swap(items[i - 1], items[random.below(i)]);
}

// Threads keep their stacks from launch to launch.
class Pool {
 public:
  Thread* take() {
    if (free_.empty()) {
      stacks_.push_back(std::make_unique<Stacks>(kStacksPerMapping));
      for (size_t i = kStacksPerMapping; i-- > 0;) {
        threads_.emplace_back(stacks_.back()->bottom(i), run_thread);
        free_.push_back(&threads_.back());
      }
    }
    Thread* thread = free_.back();
    free_.pop_back();
    return thread;
  }
  void give_back(Thread* thread) { free_.push_back(thread); }

 private:
  std::vector<std::unique_ptr<Stacks>> stacks_;
  std::deque<Thread> threads_;
  std::vector<Thread*> free_;
};

Pool& pool() {
  static Pool instance;
  return instance;
}

class Grid {
 public:
  Grid() : random_(current_schedule.seed) {
    for (uint64_t i = 0; i < running.grid.count() / running.cluster; ++i) waiting_.push_back(i);
    // Taken from the back.
    if (current_schedule.order == Order::kForward) std::reverse(waiting_.begin(), waiting_.end());
    arrange(waiting_, random_);
  }

  bool run() {
    fill();
    int idle = 0;
    while (!clusters_.empty() && !failed) {
      const bool moved = turn();
      if (failed) break;
      retire();
      idle = moved ? 0 : idle + 1;
      if (idle > 0 && (idle > kIdleTurns || !anyone(State::kPaused))) describe_deadlock();
    }
    if (failed) abandon();
    return !failed;
  }

 private:
  void fill() {
    while (static_cast<int>(clusters_.size()) < std::max(1, current_schedule.resident) && !waiting_.empty()) {
      start(waiting_.back());
      waiting_.pop_back();
    }
    turn_.clear();
    for (const auto& cluster : clusters_)
      for (Block& block : cluster->blocks) turn_.insert(turn_.end(), block.threads.begin(), block.threads.end());
    if (current_schedule.order == Order::kReverse) std::reverse(turn_.begin(), turn_.end());
  }

  void start(uint64_t number) {
    clusters_.push_back(std::make_unique<Cluster>());
    Cluster& cluster = *clusters_.back();
    for (unsigned rank = 0; rank < running.cluster; ++rank) {
      Block& block = cluster.blocks.emplace_back();
      const uint64_t place = number * running.cluster + rank;
      block.cluster = &cluster;
      block.rank = rank;
      block.index = Index(static_cast<unsigned>(place % running.grid.x),
                          static_cast<unsigned>(place / running.grid.x % running.grid.y),
                          static_cast<unsigned>(place / running.grid.x / running.grid.y));
      for (unsigned i = 0; i < running.block.count(); ++i) {
        Thread* thread = pool().take();
        thread->block = &block;
        thread->number = static_cast<int>(i);
        thread->index =
            Index(i % running.block.x, i / running.block.x % running.block.y, i / running.block.x / running.block.y);
        thread->state = State::kReady;
        thread->arrived_at_cluster = false;
        block.threads.push_back(thread);
        if (i % kWarp == 0) block.warps.emplace_back();
        block.warps.back().living |= 1u << i % kWarp;
      }
      cluster.threads += block.threads.size();
    }
  }

  // Every thread that can run does, until it cannot. Whether any did more than pause.
  bool turn() {
    arrange(turn_, random_);
    bool moved = false;
    for (Thread* thread : turn_) {
      if (thread->state != State::kReady && thread->state != State::kPaused) continue;
      thread->state = State::kReady;
      self = thread;
      thread_index = thread->index;
      block_index = thread->block->index;
      thread->fiber.resume();
      self = nullptr;
      if (failed) return false;
      moved = moved || thread->state != State::kPaused;
    }
    return moved;
  }

  void retire() {
    const auto over = [](const std::unique_ptr<Cluster>& cluster) { return cluster->ended == cluster->threads; };
    if (std::none_of(clusters_.begin(), clusters_.end(), over)) return;
    for (const auto& cluster : clusters_)
      if (over(cluster)) give_back(*cluster);
    clusters_.erase(std::remove_if(clusters_.begin(), clusters_.end(), over), clusters_.end());
    fill();
  }

  void give_back(Cluster& cluster) {
    for (Block& block : cluster.blocks)
      for (size_t i = block.threads.size(); i-- > 0;) pool().give_back(block.threads[i]);
  }

  void abandon() {
    for (const auto& cluster : clusters_) {
      for (Block& block : cluster->blocks)
        for (Thread* thread : block.threads) thread->fiber.restart();
      give_back(*cluster);
    }
    clusters_.clear();
  }

  bool anyone(State state) const {
    return std::any_of(turn_.begin(), turn_.end(), [=](const Thread* thread) { return thread->state == state; });
  }

  void describe_deadlock();

  std::vector<std::unique_ptr<Cluster>> clusters_;
  std::vector<uint64_t> waiting_;
  std::vector<Thread*> turn_;
  Random random_;
};

void Grid::describe_deadlock() {
  failed = true;
  int used = std::snprintf(fault_text, sizeof fault_text, "deadlock: everybody waits");
  const Thread* shown[3] = {};
  int count = 0;
  for (const Thread* thread : turn_) {
    bool known = thread->state == State::kEnded || count == 3;
    for (int i = 0; i < count && !known; ++i)
      known = shown[i]->site.line == thread->site.line && shown[i]->site.what == thread->site.what;
    if (known) continue;
    shown[count++] = thread;
    used += std::snprintf(fault_text + used, sizeof fault_text - static_cast<size_t>(used), ", %s", Name(*thread).text);
  }
}

}  // namespace

void set_schedule(const Schedule& schedule) {
  current_schedule = schedule;
}

const char* last_fault() {
  return fault_text;
}

bool launch(const Launch& wanted, const std::function<void()>& body) {
  running = wanted;
  block_size = wanted.block;
  grid_size = wanted.grid;
  kernel = &body;
  failed = false;
  return Grid().run();
}

Name::Name(const Thread& thread, bool with_site) {
  const Index& b = thread.block->index;
  const int used = std::snprintf(text, sizeof text, "thread %d of block (%u, %u, %u)", thread.number, b.x, b.y, b.z);
  const char* slash = with_site ? std::strrchr(thread.site.file, '/') : nullptr;
  if (with_site)
    std::snprintf(text + used, sizeof text - static_cast<size_t>(used), " at %s (%s:%d)", thread.site.what,
                  slash != nullptr ? slash + 1 : thread.site.file, thread.site.line);
}

}  // namespace simt
