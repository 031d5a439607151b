// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <base/types.hh>
#include <new>
#include <type_traits>
#include <utility>

namespace osprey {

/// A callable of any type that fits into `Capacity` bytes; never allocates. Move only.
template <typename Signature, usize Capacity = 3 * sizeof(void*)>
class inline_function;

template <typename R, typename... Args, usize Capacity>
class inline_function<R(Args...), Capacity> {
public:
    constexpr inline_function() noexcept = default;
    template <typename F>
    requires(std::is_invocable_r_v<R, F&, Args...> &&
             !std::is_same_v<std::remove_cvref_t<F>, inline_function>) inline_function(F&& function)
    noexcept {
        using D = std::decay_t<F>;
        static_assert(sizeof(D) <= Capacity && alignof(D) <= alignof(void*), "capture less");
        ::new (static_cast<void*>(storage_)) D(std::forward<F>(function));
        call_ = [](void* at, Args... args) -> R {
            return (*static_cast<D*>(at))(std::forward<Args>(args)...);
        };
        move_ = [](void* from, void* to) noexcept {
            if (to)
                ::new (to) D(std::move(*static_cast<D*>(from)));
            static_cast<D*>(from)->~D();
        };
    }
    inline_function(inline_function&& o) noexcept { take(o); }
    inline_function& operator=(inline_function&& o) noexcept {
        if (this != &o) {
            reset();
            take(o);
        }
        return *this;
    }
    ~inline_function() { reset(); }

    explicit operator bool() const noexcept { return call_ != nullptr; }
    R operator()(Args... args) { return call_(storage_, std::forward<Args>(args)...); }
    void reset() noexcept {
        if (move_)
            move_(storage_, nullptr);
        call_ = nullptr;
        move_ = nullptr;
    }

private:
    void take(inline_function& o) noexcept {
        if (o.move_)
            o.move_(o.storage_, storage_);
        call_ = std::exchange(o.call_, nullptr);
        move_ = std::exchange(o.move_, nullptr);
    }
    R (*call_)(void*, Args...) = nullptr;
    void (*move_)(void* from, void* to) noexcept = nullptr;  // to null: destroy only
    alignas(void*) unsigned char storage_[Capacity];
};

}  // namespace osprey
