// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace osprey::cli::elf {

/// What the loader needs to know about one ELF file.
struct elf_file {
    std::string interpreter;          ///< PT_INTERP; empty: static or a shared object
    std::vector<std::string> needed;  ///< DT_NEEDED, in order
    std::vector<std::string> rpath;   ///< DT_RPATH entries, `$ORIGIN` not yet replaced
    std::vector<std::string> runpath;
    std::string soname;
    bool is_program = false;  ///< ET_EXEC or ET_DYN with an entry point
};

/// True if the file begins with the ELF magic number.
[[nodiscard]] bool has_elf_magic(const std::filesystem::path& path);

/// Reads headers and dynamic section of an x86-64 Linux ELF.
///
/// Throws `failure` (not_runnable) that says what is wrong: not an ELF, another architecture,
/// 32-bit, cut short. `name` is what the message calls the file.
[[nodiscard]] elf_file read_elf(const std::filesystem::path& path, const std::string& name);

/// As read_elf, but for candidates of a library search: nothing if the file is no usable x86-64
/// ELF (ld.so passes over such files, too).
[[nodiscard]] std::optional<elf_file> try_read_elf(const std::filesystem::path& path);

/// The words of a `#!` line: interpreter and at most one argument. Empty: not a script.
[[nodiscard]] std::vector<std::string> script_interpreter(const std::filesystem::path& path);

}  // namespace osprey::cli::elf
