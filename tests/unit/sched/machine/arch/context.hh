// SPDX-License-Identifier: BSD-3-Clause
// Threads have no code of their own here: a switch changes only who is current, and the test goes
// on in the name of that thread. So the scheduler's functions return at once, on the same stack.
#pragma once

#include <atomic>
#include <base/types.hh>
#include <csetjmp>

namespace osprey::arch {

inline constexpr usize kernel_stack_bytes = 16 * 1024;
struct thread_head {
    std::atomic<u32> return_work{0};
};

struct thread_context {
    void* fpu = nullptr;
};
inline usize fpu_state_size() noexcept {
    return 64;
}
inline void fpu_init(void*) noexcept {}
/// Where a thread that ends leaves the scheduler, which never comes back to it.
inline thread_local std::jmp_buf* way_out = nullptr;
inline void switch_context(thread_context&, thread_context&) noexcept {
    if (way_out)
        std::longjmp(*way_out, 1);
}
inline void prepare_kernel_entry(thread_context&, u64, void (*)(void*), void*) noexcept {}

}  // namespace osprey::arch
