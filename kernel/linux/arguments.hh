// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <base/types.hh>
#include <linux/report.hh>
#include <memory/user_pointer.hh>
#include <span>
#include <string_view>

/// The types of system-call arguments. Each is one register wide and says what the register means,
/// so that the prototype of a handler is at once its description (syscalls.def).
namespace osprey::abi {

/// An open descriptor.
struct fd_number {
    i32 value;
};
/// A descriptor of a directory, or `at_cwd`, from which a relative path starts.
struct dir_fd {
    i32 value;
};
inline constexpr dir_fd at_cwd{-100};

struct pid_number {
    i32 value;
};
struct signal_number {
    i32 value;
};
struct mode_bits {
    u32 value;
};
/// An address that the handler itself treats; printed in hexadecimal.
struct address {
    u64 value;
    template <typename T>
    [[nodiscard]] constexpr memory::user_ptr<T> as() const noexcept {
        return memory::user_ptr<T>{value};
    }
    constexpr explicit operator bool() const noexcept { return value != 0; }
};
/// A terminated string that names a file, or something else.
struct user_path {
    virtual_address where;
};
struct user_text {
    virtual_address where;
};

enum class use : u8 { in, out, inout };
enum class null : u8 { refused, allowed };
/// A pointer to one object of the application.
template <typename T, use Use, null Null = null::refused>
struct pointer : memory::user_ptr<std::conditional_t<Use == use::in, const T, T>> {
    using memory::user_ptr<std::conditional_t<Use == use::in, const T, T>>::user_ptr;
};
template <typename T>
using in = pointer<T, use::in>;
template <typename T>
using out = pointer<T, use::out>;
template <typename T>
using inout = pointer<T, use::inout>;
template <typename T>
using maybe_in = pointer<T, use::in, null::allowed>;
template <typename T>
using maybe_out = pointer<T, use::out, null::allowed>;
template <typename T>
using maybe_inout = pointer<T, use::inout, null::allowed>;

/// Bytes whose number is argument `Length` (counted from 0).
template <use Use, unsigned Length>
struct bytes {
    virtual_address where;
    [[nodiscard]] void* pointer() const noexcept { return reinterpret_cast<void*>(where); }
};
template <unsigned Length>
using bytes_in = bytes<use::in, Length>;
template <unsigned Length>
using bytes_out = bytes<use::out, Length>;
/// An array of struct iovec whose number of elements is argument `Length`.
template <use Use, unsigned Length>
struct vector_of {
    virtual_address where;
};
template <unsigned Length>
using vector_in = vector_of<use::in, Length>;
template <unsigned Length>
using vector_out = vector_of<use::out, Length>;

/// A struct sockaddr whose length is argument `Length`, or (out) is where argument `Length` points.
template <use Use, unsigned Length>
struct socket_name {
    virtual_address where;
    constexpr explicit operator bool() const noexcept { return where != 0; }
};
template <unsigned Length>
using socket_name_in = socket_name<use::in, Length>;
template <unsigned Length>
using socket_name_out = socket_name<use::out, Length>;
/// A struct msghdr with what it refers to.
template <use Use>
struct message_pointer {
    virtual_address where;
};
using message_in = message_pointer<use::in>;
using message_out = message_pointer<use::out>;

/// Name of a bit or of a value.
struct value_name {
    u64 value;
    std::string_view name;
};

/// A set of bits with names. `Set::names` lists them, several bits together before their parts.
/// Most are an `int` of Linux, which ignores the upper half of the register; an `unsigned long` has
/// `Set::wide`.
template <typename Set>
struct flags {
    static constexpr bool narrow = !requires { Set::wide; };
    std::conditional_t<narrow, u32, u64> bits;

    static constexpr u64 known() noexcept {
        u64 all = 0;
        for (const value_name& n : Set::names)
            all |= n.value;
        return all;
    }
    [[nodiscard]] constexpr bool has(u64 wanted) const noexcept {
        return (bits & wanted) == wanted;
    }
    [[nodiscard]] constexpr bool any(u64 wanted) const noexcept { return bits & wanted; }
    /// Refuses bits outside `allowed`, and leaves one line in the log for each new one.
    [[nodiscard]] result<void> only(u64 allowed = known(),
                                    errc refusal = errc::invalid_argument) const noexcept {
        if (u64 others = bits & ~allowed) [[unlikely]] {
            report_flags(others, refusal);
            return refusal;
        }
        return {};
    }
};

/// One of several named values.
template <typename Set>
struct choice {
    u64 bits;
    /// The value as the `int` that most calls take; the upper half of the register is noise.
    [[nodiscard]] constexpr i32 value() const noexcept { return static_cast<i32>(bits); }
    /// Answers `refusal` for a value that nobody handles, with one line in the log.
    [[nodiscard]] errc unknown(errc refusal = errc::invalid_argument) const noexcept {
        report_value(bits, refusal);
        return refusal;
    }
};

}  // namespace osprey::abi
