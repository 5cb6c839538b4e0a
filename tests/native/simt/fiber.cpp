// ucontext would do, at a system call per switch; a block of 1,024 threads makes tens of thousands of switches.
#include "fiber.h"

#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>
#include <cstring>
#include <new>

#if defined(__SANITIZE_ADDRESS__)
#define SIMT_ADDRESS_SANITIZER 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SIMT_ADDRESS_SANITIZER 1
#endif
#endif
#ifdef SIMT_ADDRESS_SANITIZER
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#endif

// simt_switch(save, load): keeps the stack pointer in *save and goes on where `load` was kept. Registers that a call
// preserves lie on the stack; the thread's floating-point modes are those of all fibers.
#if defined(__APPLE__)
#define SIMT_SWITCH_SYMBOL "_simt_switch"
#else
#define SIMT_SWITCH_SYMBOL "simt_switch"
#endif
extern "C" void simt_switch(void** save, void* load);

#if defined(__x86_64__)
asm(".text\n"
    ".p2align 4\n"
    ".globl " SIMT_SWITCH_SYMBOL "\n" SIMT_SWITCH_SYMBOL
    ":\n"
    "  pushq %rbp\n  pushq %rbx\n  pushq %r12\n  pushq %r13\n  pushq %r14\n  pushq %r15\n"
    "  movq %rsp, (%rdi)\n"
    "  movq %rsi, %rsp\n"
    "  popq %r15\n  popq %r14\n  popq %r13\n  popq %r12\n  popq %rbx\n  popq %rbp\n"
    "  popq %rcx\n"
    "  jmp *%rcx\n");
#elif defined(__aarch64__)
asm(".text\n"
    ".p2align 4\n"
    ".globl " SIMT_SWITCH_SYMBOL "\n" SIMT_SWITCH_SYMBOL
    ":\n"
    "  sub sp, sp, #160\n"
    "  stp x19, x20, [sp]\n  stp x21, x22, [sp, #16]\n  stp x23, x24, [sp, #32]\n  stp x25, x26, [sp, #48]\n"
    "  stp x27, x28, [sp, #64]\n  stp x29, x30, [sp, #80]\n"
    "  stp d8, d9, [sp, #96]\n  stp d10, d11, [sp, #112]\n  stp d12, d13, [sp, #128]\n  stp d14, d15, [sp, #144]\n"
    "  mov x9, sp\n  str x9, [x0]\n"
    "  mov sp, x1\n"
    "  ldp x19, x20, [sp]\n  ldp x21, x22, [sp, #16]\n  ldp x23, x24, [sp, #32]\n  ldp x25, x26, [sp, #48]\n"
    "  ldp x27, x28, [sp, #64]\n  ldp x29, x30, [sp, #80]\n"
    "  ldp d8, d9, [sp, #96]\n  ldp d10, d11, [sp, #112]\n  ldp d12, d13, [sp, #128]\n  ldp d14, d15, [sp, #144]\n"
    "  add sp, sp, #160\n"
    "  ret\n");
#endif

namespace simt {
namespace {

#ifdef SIMT_ADDRESS_SANITIZER
constexpr size_t kStackBytes = size_t{256} << 10;  // red zones make frames several times as large
#else
constexpr size_t kStackBytes = size_t{64} << 10;
#endif

Fiber* starting = nullptr;  // passed to begin(), which is entered without arguments

size_t page() {
  return static_cast<size_t>(sysconf(_SC_PAGESIZE));
}

}  // namespace

size_t Stacks::size() {
  return kStackBytes;
}

Stacks::Stacks(size_t count) : bytes_(count * (kStackBytes + page())) {
  void* memory = mmap(nullptr, bytes_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANON, -1, 0);
  if (memory == MAP_FAILED) throw std::bad_alloc();
  memory_ = static_cast<char*>(memory);
  for (size_t i = 0; i < count; ++i) mprotect(bottom(i) - page(), page(), PROT_NONE);
}

Stacks::~Stacks() {
  munmap(memory_, bytes_);
}

char* Stacks::bottom(size_t index) const {
  return memory_ + index * (kStackBytes + page()) + page();
}

Fiber::Fiber(char* stack_bottom, void (*entry)()) : stack_bottom_(stack_bottom), entry_(entry) {
  restart();
}

void Fiber::restart() {
#ifdef SIMT_ADDRESS_SANITIZER
  __asan_unpoison_memory_region(stack_bottom_, kStackBytes);
#endif
  // What simt_switch finds when it goes on for the first time: registers of no interest, then the address of begin().
  void** const top = reinterpret_cast<void**>(stack_bottom_ + kStackBytes);
  void (*const first)() = &Fiber::begin;
#if defined(__x86_64__)
  constexpr int kWords = 8, kAddress = 6;  // entered with the stack as after a call: 8 bytes past a multiple of 16
#else
  constexpr int kWords = 20, kAddress = 11;
#endif
  std::memset(top - kWords, 0, kWords * sizeof(void*));
  std::memcpy(top - kWords + kAddress, &first, sizeof first);
  stack_pointer_ = top - kWords;
}

void Fiber::begin() {
  Fiber* const self = starting;
#ifdef SIMT_ADDRESS_SANITIZER
  __sanitizer_finish_switch_fiber(nullptr, &self->resumer_bottom_, &self->resumer_size_);
#endif
  for (;;) {
    self->entry_();
    self->suspend();
  }
}

void Fiber::resume() {
  starting = this;
#ifdef SIMT_ADDRESS_SANITIZER
  void* own_fake_stack;
  __sanitizer_start_switch_fiber(&own_fake_stack, stack_bottom_, kStackBytes);
#endif
  simt_switch(&resumer_, stack_pointer_);
#ifdef SIMT_ADDRESS_SANITIZER
  __sanitizer_finish_switch_fiber(own_fake_stack, nullptr, nullptr);
#endif
}

void Fiber::suspend() {
#ifdef SIMT_ADDRESS_SANITIZER
  __sanitizer_start_switch_fiber(&fake_stack_, resumer_bottom_, resumer_size_);
#endif
  simt_switch(&stack_pointer_, resumer_);
#ifdef SIMT_ADDRESS_SANITIZER
  __sanitizer_finish_switch_fiber(fake_stack_, &resumer_bottom_, &resumer_size_);
#endif
}

}  // namespace simt
