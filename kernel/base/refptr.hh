// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <atomic>
#include <base/heap.hh>
#include <base/result.hh>
#include <base/types.hh>

namespace osprey {

/// Base of objects that live as long as somebody refers to them. The count is born as one.
/// Derived classes with subclasses declare a virtual destructor or override `destroy` by CRTP.
template <typename T>
class ref_counted {
public:
    ref_counted(const ref_counted&) = delete;
    ref_counted& operator=(const ref_counted&) = delete;

    void add_ref() const noexcept { references_.fetch_add(1, std::memory_order_relaxed); }

    /// Takes a reference unless the last one is already gone: for look-ups under RCU.
    [[nodiscard]] bool try_add_ref() const noexcept {
        u32 seen = references_.load(std::memory_order_relaxed);
        while (seen != 0)
            if (references_.compare_exchange_weak(seen, seen + 1, std::memory_order_acquire,
                                                  std::memory_order_relaxed))
                return true;
        return false;
    }

    /// Drops a reference; the last one calls `T::last_reference_gone()` (default: delete).
    void drop_ref() const noexcept {
        if (references_.fetch_sub(1, std::memory_order_release) == 1) {
            // A load, not a fence: equally cheap, and ThreadSanitizer understands it.
            (void)references_.load(std::memory_order_acquire);
            static_cast<T*>(const_cast<ref_counted*>(this))->last_reference_gone();
        }
    }

    /// Drops the reference if it is the last one, without calling `last_reference_gone`: for caches
    /// that give up what nobody else uses. Afterwards `try_add_ref` fails.
    [[nodiscard]] bool try_drop_last_ref() const noexcept {
        u32 one = 1;
        return references_.compare_exchange_strong(one, 0, std::memory_order_acq_rel,
                                                   std::memory_order_relaxed);
    }

    [[nodiscard]] u32 reference_count() const noexcept {
        return references_.load(std::memory_order_relaxed);
    }

protected:
    ref_counted() noexcept = default;
    ~ref_counted() = default;
    void last_reference_gone() noexcept { delete static_cast<T*>(this); }

private:
    mutable std::atomic<u32> references_{1};
};

/// A counted reference to a `ref_counted` object.
template <typename T>
class refptr {
public:
    constexpr refptr() noexcept = default;
    constexpr refptr(std::nullptr_t) noexcept {}
    /// Takes one more reference to `object`.
    explicit refptr(T* object) noexcept : object_{object} {
        if (object_)
            object_->add_ref();
    }
    refptr(const refptr& other) noexcept : refptr{other.object_} {}
    refptr(refptr&& other) noexcept : object_{other.release()} {}
    template <typename U>
    requires std::is_convertible_v<U*, T*> refptr(const refptr<U>& other)
    noexcept : refptr{static_cast<T*>(other.get())} {}
    template <typename U>
    requires std::is_convertible_v<U*, T*> refptr(refptr<U>&& other)
    noexcept : object_{other.release()} {}
    refptr& operator=(refptr other) noexcept {
        std::swap(object_, other.object_);
        return *this;
    }
    ~refptr() {
        if (object_)
            object_->drop_ref();
    }

    /// Wraps a reference that the caller already owns.
    [[nodiscard]] static refptr adopt(T* object) noexcept {
        refptr result;
        result.object_ = object;
        return result;
    }

    T* get() const noexcept { return object_; }
    T* operator->() const noexcept { return object_; }
    T& operator*() const noexcept { return *object_; }
    explicit operator bool() const noexcept { return object_ != nullptr; }
    [[nodiscard]] T* release() noexcept { return std::exchange(object_, nullptr); }
    void reset() noexcept { *this = nullptr; }
    friend bool operator==(const refptr& a, const refptr& b) noexcept {
        return a.object_ == b.object_;
    }

private:
    T* object_ = nullptr;
};

/// Makes a counted T on the kernel heap, or fails with `errc::out_of_memory`.
template <typename T, typename... Args>
result<refptr<T>> make_ref(Args&&... args) noexcept {
    T* object = new (std::nothrow) T(std::forward<Args>(args)...);
    if (!object)
        return errc::out_of_memory;
    return refptr<T>::adopt(object);
}

}  // namespace osprey
