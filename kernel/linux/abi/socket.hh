// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <base/types.hh>

/// Structures of socket calls (include/linux/socket.h).
namespace osprey::abi {

/// struct user_msghdr
struct abi_msghdr {
    u64 name;
    i32 name_length;
    u32 padding;
    u64 vector, vector_count;
    u64 control, control_length;
    u32 flags;
    u32 padding2;
};
static_assert(sizeof(abi_msghdr) == 56);
static_assert(__builtin_offsetof(abi_msghdr, control_length) == 40);

/// struct mmsghdr
struct abi_mmsghdr {
    abi_msghdr header;
    u32 bytes;
    u32 padding;
};
static_assert(sizeof(abi_mmsghdr) == 64);

/// struct cmsghdr
struct abi_cmsghdr {
    u64 length;
    i32 level, type;
};
static_assert(sizeof(abi_cmsghdr) == 16);

}  // namespace osprey::abi
