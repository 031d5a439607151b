// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <fmt/format.h>

#include <stdexcept>
#include <string>
#include <utility>

namespace osprey::cli {

/// Exit codes of the tool itself. Everything else comes from the program in the guest.
enum class exit_status : int {
    usage = 2,           ///< the command line is wrong
    timed_out = 124,     ///< `--timeout` ran out (as timeout(1))
    tool_failed = 125,   ///< the tool, QEMU or the kernel failed (as env(1), docker)
    not_runnable = 126,  ///< the program was found but cannot run
    not_found = 127,     ///< the program was not found
};

/// What went wrong, what to do about it, and the exit code: thrown once, printed in main().
class failure : public std::runtime_error {
public:
    failure(exit_status status, const std::string& what, std::string hint = {})
        : std::runtime_error{what}, status_{status}, hint_{std::move(hint)} {}

    explicit failure(const std::string& what, std::string hint = {})
        : failure{exit_status::tool_failed, what, std::move(hint)} {}

    [[nodiscard]] exit_status status() const noexcept { return status_; }
    /// One sentence that says what to do; may be empty.
    [[nodiscard]] const std::string& hint() const noexcept { return hint_; }

private:
    exit_status status_;
    std::string hint_;
};

/// A failure made from errno: "cannot ACTION PATH: reason"; disk-full errors get a hint.
[[nodiscard]] failure system_failure(const std::string& action, int error);

}  // namespace osprey::cli
