// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <base/errc.hh>
#include <base/types.hh>
#include <string_view>

/// One line in the kernel log for everything that an application asked for and did not get because
/// Osprey lacks it: once for each (call, flag), so that the log names what is missing and is not
/// flooded. Context: inside a system call.
namespace osprey::abi {

/// The running call has no handler.
void report_missing_call(u64 number) noexcept;
/// The running call was given flag bits that it refuses.
void report_flags(u64 bits, errc refusal) noexcept;
/// The running call was given a command, option or request that it refuses.
void report_value(u64 value, errc refusal) noexcept;
/// The running call does not support `what`; `topic` (0…63) keeps lines of one call apart.
void report_unsupported(unsigned topic, std::string_view what, errc refusal) noexcept;

}  // namespace osprey::abi
