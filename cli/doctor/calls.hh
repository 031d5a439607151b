// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace osprey::cli::doctor {

/// What the kernel says to a system call, or to one flag of it, that it does not do.
struct lack {
    std::string_view call;
    std::string_view flag;  ///< empty: the call itself
    std::string answer;     ///< "ENOSYS: why"
};

/// Whether Linux has a call of this name. The tables are the kernel's own
/// (kernel/linux/syscalls.def, exceptions.def).
[[nodiscard]] bool is_call(std::string_view name);
/// Nothing if the call is there.
[[nodiscard]] std::optional<lack> missing_call(std::string_view name);
/// Flags and values of the call that are refused.
[[nodiscard]] std::span<const lack> refused_flags();

/// The system call that a function of the C library makes and that a guest may lack, by the
/// function's name: `fork` for `daemon`. Empty if there is none to worry about.
[[nodiscard]] std::string_view call_behind(std::string_view function);

}  // namespace osprey::cli::doctor
