// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <base/types.hh>

/// Structures of native AIO (include/uapi/linux/aio_abi.h).
namespace osprey::abi {

struct abi_iocb {
    u64 data;
    u32 key;
    u32 rw_flags;
    u16 opcode;
    i16 priority;
    u32 fd;
    u64 buffer, bytes;
    i64 offset;
    u64 reserved;
    u32 flags;
    u32 event_fd;
};
static_assert(sizeof(abi_iocb) == 64);

struct abi_io_event {
    u64 data, object;
    i64 result, result2;
};
static_assert(sizeof(abi_io_event) == 32);

/// What io_pgetevents(2) gets as its last argument.
struct abi_aio_mask {
    u64 mask, size;
};
static_assert(sizeof(abi_aio_mask) == 16);

/// What io_setup(2) maps: libaio reaps events from it without a system call.
struct abi_aio_ring {
    u32 id, count, head, tail;
    u32 magic, compatible, incompatible, header_bytes;
};
static_assert(sizeof(abi_aio_ring) == 32);
inline constexpr u32 aio_ring_magic = 0xa10a10a1;

}  // namespace osprey::abi
