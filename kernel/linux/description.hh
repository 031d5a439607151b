// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <base/errc.hh>
#include <base/types.hh>
#include <linux/arguments.hh>
#include <span>
#include <string_view>

namespace osprey::abi {

/// What a register holds, in the words of strace.
enum class argument_kind : u8 {
    signed_number,
    unsigned_number,
    octal,
    hexadecimal,
    descriptor,
    directory,
    process,
    signal,
    text,         // terminated string
    structure,    // pointer to `size` bytes
    bytes,        // pointer, length in argument `length`
    vector,       // array of iovec, count in argument `length`
    socket_name,  // struct sockaddr, length in argument `length` (in) or where it points (out)
    message,      // struct msghdr
    bits,         // named flags
    value,        // named values
};

struct argument {
    argument_kind kind;
    use direction = use::in;
    bool may_be_null = false;
    u8 length = 0;        // index of the argument that holds the length
    u16 size = 0;         // bytes of a structure
    bool narrow = false;  // only the lower 32 bits count
    std::span<const value_name> names;
};

enum class result_kind : u8 { none, number, bytes, fd, pid, address };

struct call {
    std::string_view name;        // "syscall_" precedes it in memory
    std::string_view parameters;  // as written in syscalls.def
    std::span<const argument> arguments;
    result_kind result;
    i16 arm64_number;
    bool implemented;
    /// Not implemented on purpose: what it answers, and why.
    errc refusal = errc::not_implemented;
    std::string_view reason{};

    /// "syscall_NAME", the name of its event.
    [[nodiscard]] std::string_view event_name() const noexcept {
        return {name.data() - event_prefix.size(), name.size() + event_prefix.size()};
    }
    static constexpr std::string_view event_prefix = "syscall_";
};

/// One more than the highest number of this architecture.
inline constexpr usize call_limit = 451;

/// The description of call `number`, or null when Linux has no such call. Any context.
const call* describe(u64 number) noexcept;

}  // namespace osprey::abi
