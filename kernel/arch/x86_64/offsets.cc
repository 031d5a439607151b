// SPDX-License-Identifier: BSD-3-Clause
// Offsets of C++ members, as absolute symbols that the assembly files refer to.
#include <arch/context.hh>
#include <arch/cpu.hh>

#include <cstddef>

namespace osprey::arch {

#define DEFINE_OFFSET(symbol, type, member) \
    asm volatile(".globl " #symbol "\n\t.set " #symbol ", %c0" ::"i"(offsetof(type, member)))

/// Never called: its text is only assembled.
[[gnu::used]] void define_offsets() noexcept {
    DEFINE_OFFSET(thread_return_work, thread_head, return_work);
    DEFINE_OFFSET(context_stack_pointer, thread_context, stack_pointer);
}

static_assert(offsetof(cpu_block, self) == 0);
static_assert(offsetof(cpu_block, current) == 8);
static_assert(offsetof(cpu_block, kernel_stack_top) == 16);
static_assert(offsetof(cpu_block, scratch) == 24);
static_assert(offsetof(cpu_block, preempt_count) == 32);
static_assert(offsetof(cpu_block, need_resched) == 36);
static_assert(offsetof(cpu_block, id) == 40);
static_assert(offsetof(cpu_block, interrupt_depth) == 44);
static_assert(offsetof(cpu_block, percpu_base) == 48);
static_assert(offsetof(cpu_block, emergency_stack) == 56);
static_assert(sizeof(register_frame) == 176);
static_assert(offsetof(register_frame, vector) == 120 && offsetof(register_frame, ss) == 168);
static_assert(kernel_stack_bytes == 16384, "known to entry.S");

}  // namespace osprey::arch
