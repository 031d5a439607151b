// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <base/vector.hh>
#include <span>
#include <string_view>

namespace osprey::proc {

/// Keys of the auxiliary vector (getauxval(3), linux/auxvec.h).
enum class auxiliary : u64 {
    null = 0,
    program_headers = 3,
    program_header_bytes = 4,
    program_header_count = 5,
    page_bytes = 6,
    interpreter_base = 7,
    flags = 8,
    entry = 9,
    uid = 11,
    euid = 12,
    gid = 13,
    egid = 14,
    platform = 15,
    hardware = 16,
    clock_ticks = 17,
    secure = 23,
    random = 25,
    hardware_2 = 26,
    executable_name = 31,
    vdso = 33,
    least_signal_stack = 51,
};

struct auxiliary_entry {
    auxiliary key;
    u64 value;
};

/// What a program finds on its stack (System V ABI x86-64 §3.4.1; the same order as Linux).
struct initial_stack_request {
    u64 top = 0;  // exclusive, 16-byte aligned
    std::span<const std::string_view> arguments, environment;
    std::string_view executable_name;
    std::string_view platform;
    u8 random[16] = {};
    /// Entries whose value is the address of something here (platform, random, executable_name)
    /// are filled in; the closing null entry is added.
    std::span<const auxiliary_entry> auxiliary_vector;
};

struct initial_stack {
    vector<u8> image;       // what belongs at [stack_pointer, top)
    u64 stack_pointer = 0;  // 16-byte aligned
    u64 arguments_start = 0, arguments_end = 0, environment_start = 0, environment_end = 0;
    u64 auxiliary_start = 0, auxiliary_end = 0;
};

/// @return `errc::argument_list_too_long` above `limit` bytes or with one string above 128 KB;
/// `errc::out_of_memory`. Context: threads.
result<initial_stack> build_initial_stack(const initial_stack_request& what, u64 limit) noexcept;

}  // namespace osprey::proc
