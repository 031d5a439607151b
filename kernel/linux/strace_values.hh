// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <base/format.hh>
#include <linux/arguments.hh>
#include <span>

/// How strace(1) shows one value. What lies in application memory and cannot be read is shown as
/// its address. Context: threads, may sleep.
namespace osprey::abi {

void append_signal(text_sink& to, i32 number) noexcept;
/// In quotes, escaped as in C; bytes without an escape of their own in octal.
void append_quoted(text_sink& to, std::string_view text) noexcept;
/// A terminated string of the application.
void append_text(text_sink& to, virtual_address where) noexcept;
/// The first of `size` bytes of the application.
void append_bytes(text_sink& to, virtual_address where, u64 size) noexcept;
/// `count` elements of struct iovec; `filled` says how many of the bytes that they stand for mean
/// anything.
void append_vector(text_sink& to, virtual_address where, u64 count, u64 filled) noexcept;
void append_bits(text_sink& to, u64 bits, std::span<const value_name> names) noexcept;
void append_value(text_sink& to, u64 value, std::span<const value_name> names) noexcept;
/// Small structures as a list of their 64-bit words, an int as itself; the others by address.
void append_structure(text_sink& to, virtual_address where, usize size) noexcept;

}  // namespace osprey::abi
