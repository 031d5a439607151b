// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <base/result.hh>
#include <base/types.hh>

namespace osprey::abi {

/// What a system call answers, in the form in which it goes into the register: a value, or minus
/// an errno. Unlike `result` it travels in one register, which the trap path is counted in.
class [[nodiscard]] reply {
public:
    constexpr reply(errc error) noexcept : value_{-static_cast<i64>(error)} {}
    constexpr reply(i64 value) noexcept : value_{value} {}
    constexpr reply(u64 value) noexcept : value_{static_cast<i64>(value)} {}
    constexpr reply(i32 value) noexcept : value_{value} {}
    constexpr reply(u32 value) noexcept : value_{value} {}
    constexpr reply(result<void>&& outcome) noexcept
        : value_{outcome ? 0 : -static_cast<i64>(outcome.error())} {}
    template <typename T>
    requires std::is_integral_v<T>
    constexpr reply(result<T>&& outcome) noexcept
        : value_{outcome ? static_cast<i64>(outcome.value()) : -static_cast<i64>(outcome.error())} {
    }

    [[nodiscard]] constexpr i64 value() const noexcept { return value_; }
    /// Linux keeps the last page of the number range for errors.
    [[nodiscard]] constexpr bool failed() const noexcept {
        return static_cast<u64>(value_) > static_cast<u64>(-4096);
    }

private:
    i64 value_;
};

/// The outcome of an operation that a signal may interrupt, for the calls that Linux restarts when
/// the handler was set up with SA_RESTART (signal(7)).
template <typename T>
reply restartable(result<T>&& outcome) noexcept {
    if (!outcome && outcome.error() == errc::interrupted)
        return errc::restart_always;
    return std::move(outcome);
}

/// The success of a call that yields nothing.
inline constexpr reply done{0};

}  // namespace osprey::abi
