// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <base/format.hh>
#include <linux/description.hh>
#include <linux/reply.hh>

namespace osprey::abi {

/// A system call with the registers that it came with.
struct traced_call {
    u64 number;
    const call* description;  ///< null: Linux has no such call
    u64 arguments[6];
};

/// Writes `name(arguments)`. Without an answer, what the call fills in is shown by its address.
/// Context: threads; reads application memory, so it may sleep.
void append_call(text_sink& to, const traced_call& c, const reply* answer) noexcept;
/// Writes ` = 3` or ` = -1 ENOENT`.
void append_answer(text_sink& to, const traced_call& c, reply answer) noexcept;

}  // namespace osprey::abi
