// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <base/result.hh>
#include <base/types.hh>
#include <new>
#include <utility>

namespace osprey {

/// Kernel heap. Implemented by `memory/heap.cc` in the guest and by malloc in host tests.
/// Context: threads (may sleep for memory); never interrupt handlers, never with preemption off.
/// @param alignment a power of two, at most `page_size`.
/// @return null when memory is exhausted.
[[nodiscard]] void* allocate(usize bytes, usize alignment = alignof(std::max_align_t)) noexcept;

/// Gives back memory of `allocate`; `bytes` is the size asked for. Null is allowed.
/// Context: threads; may also run with preemption off (RCU callbacks).
void deallocate(void* memory, usize bytes) noexcept;

/// Owns one heap object.
template <typename T>
class unique_ptr {
public:
    constexpr unique_ptr() noexcept = default;
    constexpr unique_ptr(std::nullptr_t) noexcept {}
    explicit unique_ptr(T* object) noexcept : object_{object} {}
    unique_ptr(unique_ptr&& other) noexcept : object_{other.release()} {}
    template <typename U>
    requires std::is_convertible_v<U*, T*> unique_ptr(unique_ptr<U>&& other)
    noexcept : object_{other.release()} {}
    unique_ptr& operator=(unique_ptr&& other) noexcept {
        reset(other.release());
        return *this;
    }
    ~unique_ptr() { reset(); }

    T* get() const noexcept { return object_; }
    T* operator->() const noexcept { return object_; }
    T& operator*() const noexcept { return *object_; }
    explicit operator bool() const noexcept { return object_ != nullptr; }
    T* release() noexcept { return std::exchange(object_, nullptr); }
    void reset(T* object = nullptr) noexcept {
        if (T* old = std::exchange(object_, object))
            delete old;
    }

private:
    T* object_ = nullptr;
};

/// Makes a T on the kernel heap, or fails with `errc::out_of_memory`.
template <typename T, typename... Args>
result<unique_ptr<T>> make_unique(Args&&... args) noexcept {
    T* object = new (std::nothrow) T(std::forward<Args>(args)...);
    if (!object)
        return errc::out_of_memory;
    return unique_ptr<T>{object};
}

}  // namespace osprey
