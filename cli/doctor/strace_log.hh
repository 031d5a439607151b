// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <iosfwd>
#include <map>
#include <string>

namespace osprey::cli::doctor {

/// What a log of strace(1) says a program did: calls by name, each with how often it was seen and
/// the constants in its arguments.
struct observed_call {
    size_t times = 0;
    std::map<std::string, size_t> constants;
};
using observed_calls = std::map<std::string, observed_call>;

/// Reads `strace`, `strace -f` (process numbers in front) and their forms with times. Lines that
/// are not calls are passed over.
[[nodiscard]] observed_calls read_strace(std::istream& log);

}  // namespace osprey::cli::doctor
