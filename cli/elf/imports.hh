// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace osprey::cli::elf {

/// Names of the functions that an ELF file takes from others (undefined dynamic symbols), sorted.
/// Empty for static programs, and for files whose tables cannot be read.
[[nodiscard]] std::vector<std::string> imported_functions(const std::filesystem::path& path);

}  // namespace osprey::cli::elf
