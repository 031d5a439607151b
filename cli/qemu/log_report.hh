// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>
#include <vector>

/// What the guest kernel's log tells about the end of a run. Lines come without times and ends.
namespace osprey::cli::qemu {

/// The last lines as they are, but for C++ names, which are made readable.
[[nodiscard]] std::vector<std::string> log_tail(const std::string& log, size_t most);

/// What the kernel panicked of; empty if it did not.
[[nodiscard]] std::string panic_message(const std::string& log);

/// What the program asked for and the kernel lacks: the program itself rarely says so.
[[nodiscard]] std::vector<std::string> missing_calls(const std::string& log);

/// The kernel's last report of who used the memory. Lack of it looks like a SIGKILL from nowhere.
[[nodiscard]] std::vector<std::string> memory_report(const std::string& log);

/// `line` with the C++ names in it as they were in the source: `_Z3foov+0x4` becomes `foo()+0x4`.
[[nodiscard]] std::string readable_names(const std::string& line);

}  // namespace osprey::cli::qemu
