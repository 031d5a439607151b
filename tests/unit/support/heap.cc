// SPDX-License-Identifier: BSD-3-Clause
// The kernel heap on the host: malloc, plus a switch that makes allocations fail.
#include "heap_control.hh"

#include <atomic>
#include <base/heap.hh>
#include <cstdlib>

namespace test {
std::atomic<long> allocations_left{-1};
}  // namespace test

namespace {
bool may_allocate() {
    if (test::allocations_left.load() < 0)
        return true;
    return test::allocations_left.fetch_sub(1) > 0 || (test::allocations_left = 0, false);
}
}  // namespace

void* osprey::allocate(usize bytes, usize alignment) noexcept {
    if (!may_allocate())
        return nullptr;
    if (alignment < sizeof(void*))
        alignment = sizeof(void*);
    void* p = nullptr;
    if (posix_memalign(&p, alignment, bytes) != 0)
        return nullptr;
    return p;
}

void osprey::deallocate(void* memory, usize) noexcept {
    std::free(memory);
}

// Kernel objects come by `new (std::nothrow)`: those can be made to fail, too. The memory is the
// host's own, so that its `delete` and the sanitizers are content.
void* operator new(std::size_t bytes, const std::nothrow_t&) noexcept {
    return may_allocate() ? ::operator new(bytes) : nullptr;
}
void* operator new(std::size_t bytes, std::align_val_t alignment, const std::nothrow_t&) noexcept {
    return may_allocate() ? ::operator new(bytes, alignment) : nullptr;
}
