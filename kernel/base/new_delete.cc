// SPDX-License-Identifier: BSD-3-Clause
// What the compiler calls for new and delete. Only forms that can report failure (`new
// (std::nothrow)`) and that know the size (`delete` of a complete type) exist: any other fails to
// link. Arrays are `vector`.
#include <base/assert.hh>
#include <base/heap.hh>

const std::nothrow_t std::nothrow{};

#pragma GCC diagnostic ignored "-Wsized-deallocation"  // see above: on purpose

void* operator new(std::size_t bytes, const std::nothrow_t&) noexcept {
    return osprey::allocate(bytes);
}
void* operator new(std::size_t bytes, std::align_val_t alignment, const std::nothrow_t&) noexcept {
    return osprey::allocate(bytes, static_cast<osprey::usize>(alignment));
}
void operator delete(void* memory, std::size_t bytes) noexcept {
    osprey::deallocate(memory, bytes);
}
void operator delete(void* memory, std::size_t bytes, std::align_val_t) noexcept {
    osprey::deallocate(memory, bytes);
}

extern "C" [[noreturn]] void __cxa_pure_virtual() {
    osprey::panic("pure virtual function called");
}
extern "C" [[noreturn]] void abort() noexcept {
    osprey::panic("abort");
}

// Inline functions of the standard library report misuse through these.
namespace std {
[[noreturn]] void __throw_out_of_range_fmt(const char* what, ...) {
    osprey::panic(what);
}
[[noreturn]] void __throw_bad_variant_access(const char* what) {
    osprey::panic(what);
}
[[noreturn]] void __throw_bad_function_call() {
    osprey::panic("empty function");
}
}  // namespace std
