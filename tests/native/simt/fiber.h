// A thread of execution that gives up the processor by itself: a stack, and where on it the thread stands.
#pragma once

#include <cstddef>

namespace simt {

// Stacks of one size in one mapping, each above a page that faults when it overflows. Nothing is touched before use.
class Stacks {
 public:
  explicit Stacks(size_t count);
  ~Stacks();
  Stacks(const Stacks&) = delete;
  Stacks& operator=(const Stacks&) = delete;

  char* bottom(size_t index) const;
  static size_t size();

 private:
  char* memory_;
  size_t bytes_;
};

// Runs entry() each time it is resumed after the entry has returned, and from where it stood when it has not.
class Fiber {
 public:
  Fiber(char* stack_bottom, void (*entry)());

  // From outside: goes on with the fiber until it suspends itself or its entry returns.
  void resume();
  // From inside: back to whoever resumed it.
  void suspend();
  // From outside: forgets where it stood. What lay on its stack is not destroyed.
  void restart();

 private:
  static void begin();

  char* const stack_bottom_;
  void (*const entry_)();
  void* stack_pointer_;
  void* resumer_ = nullptr;
  // What AddressSanitizer wants to know of a change of stacks.
  void* fake_stack_ = nullptr;
  const void* resumer_bottom_ = nullptr;
  size_t resumer_size_ = 0;
};

}  // namespace simt
