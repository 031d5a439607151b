// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <base/errc.hh>
#include <memory>
#include <type_traits>
#include <utility>

namespace osprey {

/// A value of type T, or the Linux error that prevented it. `result<void>` carries only success.
///
/// Converts implicitly from both, so functions `return value;` or `return errc::no_entry;`.
/// Propagate with `TRY` / `TRY_VOID`. Context: any.
template <typename T>
class [[nodiscard]] result {
public:
    using value_type = T;

    constexpr result(errc error) noexcept : error_{error} {}
    template <typename U = T>
    requires(std::is_constructible_v<T, U&&> && !std::is_same_v<std::remove_cvref_t<U>, errc> &&
             !std::is_same_v<std::remove_cvref_t<U>, result>) constexpr result(U&& value) noexcept
        : error_{}, value_(std::forward<U>(value)) {}
    constexpr result(result&& other) noexcept : error_{other.error_} {
        if (has_value())
            std::construct_at(&value_, std::move(other.value_));
    }
    result(const result&) = delete;
    result& operator=(const result&) = delete;
    constexpr result& operator=(result&& other) noexcept {
        if (this != &other) {
            this->~result();
            std::construct_at(this, std::move(other));
        }
        return *this;
    }
    constexpr ~result() {
        if (has_value())
            value_.~T();
    }

    [[nodiscard]] constexpr bool has_value() const noexcept { return error_ == errc{}; }
    constexpr explicit operator bool() const noexcept { return has_value(); }
    [[nodiscard]] constexpr errc error() const noexcept { return error_; }
    constexpr T& value() & noexcept { return value_; }
    constexpr const T& value() const& noexcept { return value_; }
    constexpr T&& value() && noexcept { return std::move(value_); }
    constexpr T& operator*() noexcept { return value_; }
    constexpr const T& operator*() const noexcept { return value_; }
    constexpr T* operator->() noexcept { return &value_; }
    constexpr const T* operator->() const noexcept { return &value_; }
    constexpr T value_or(T other) const noexcept { return has_value() ? value_ : other; }

private:
    errc error_;  // zero: the value is alive
    union {
        T value_;
    };
};

template <>
class [[nodiscard]] result<void> {
public:
    using value_type = void;
    constexpr result() noexcept = default;
    constexpr result(errc error) noexcept : error_{error} {}
    [[nodiscard]] constexpr bool has_value() const noexcept { return error_ == errc{}; }
    constexpr explicit operator bool() const noexcept { return has_value(); }
    [[nodiscard]] constexpr errc error() const noexcept { return error_; }

private:
    errc error_{};
};

/// The success of a `result<void>`.
inline constexpr struct {
    constexpr operator result<void>() const noexcept { return {}; }
} ok;

/// Yields the value of a `result<T>`, or returns its error from the enclosing function.
#define TRY(expression)                  \
    ({                                   \
        auto try_result_ = (expression); \
        if (!try_result_) [[unlikely]]   \
            return try_result_.error();  \
        std::move(try_result_).value();  \
    })

/// Returns the error of a `result` from the enclosing function, if there is one.
#define TRY_VOID(expression)                                              \
    do {                                                                  \
        if (auto try_outcome_ = (expression); !try_outcome_) [[unlikely]] \
            return try_outcome_.error();                                  \
    } while (false)

}  // namespace osprey
