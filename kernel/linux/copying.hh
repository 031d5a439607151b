// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <linux/arguments.hh>
#include <linux/flag_sets.hh>
#include <linux/reply.hh>

namespace osprey::abi {

/// splice(2) with positions as values, -1 for the file's own (IORING_OP_SPLICE).
reply splice_between(fd_number from, i64 from_offset, fd_number to, i64 to_offset, usize count,
                     flags<splice_flags> how) noexcept;

}  // namespace osprey::abi
