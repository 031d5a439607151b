// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <base/string.hh>
#include <base/vector.hh>
#include <process/elf.hh>
#include <process/process.hh>

namespace osprey::proc {

/// One ELF file that is about to be mapped: opened and checked.
struct elf_file {
    vfs::path location;
    refptr<memory::vm_object> pages;
    refptr<shared_name> name;  // absolute, for /proc/PID/maps
    elf_program program;
};

/// A program to run, with everything checked that can be checked before the old one is gone.
struct prepared_program {
    unique_ptr<elf_file> executable;
    unique_ptr<elf_file> interpreter;    // null: static
    vector<std::string_view> arguments;  // with what "#!" lines put before them
    vector<string> owned;                // text behind some of `arguments`
    string name;                         // for AT_EXECFN
};

/// Opens and checks a program, its "#!" interpreter and its ELF interpreter. Errors as execve(2);
/// those about the content of files are logged with file and reason. Context: threads.
///
/// `reach`: an interpreter of scripts opens the script by its name; one that is known only by a
/// descriptor that exec closes cannot be opened (`errc::no_entry`).
enum class reach : u8 { by_name, not_after_exec };
result<prepared_program> prepare_program(vfs::directory_context& directories, vfs::path program,
                                         std::string_view name,
                                         std::span<const std::string_view> arguments,
                                         reach found = reach::by_name) noexcept;

/// Where a mapped program begins.
struct entry_point {
    virtual_address instruction, stack;
};

/// What the last line of the log about a refused file said, without its file; empty: none since the
/// last call. For the report of a first program. Context: threads.
void take_last_refusal(text_sink& out) noexcept;

/// Maps a prepared program into `p`'s address space, which must be the one that is loaded on this
/// CPU, and makes its stack. Context: a thread whose `space` is `p.space`.
result<entry_point> map_program(process& p, const prepared_program& what,
                                std::span<const std::string_view> environment) noexcept;

}  // namespace osprey::proc
