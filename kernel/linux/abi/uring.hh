// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <base/types.hh>
#include <linux/abi/time.hh>

/// Structures of io_uring(7) (include/uapi/linux/io_uring.h).
namespace osprey::abi {

struct abi_uring_sqe {
    u8 opcode, flags;
    u16 priority;  // and flags of accept, send, receive
    i32 fd;
    u64 offset;   // or a second address
    u64 address;  // or the offset of what is spliced from
    u32 length;
    u32 how;  // flags of the operation
    u64 user_data;
    u16 buffer;  // index of a fixed buffer, or a group of buffers
    u16 personality;
    u32 file_index;  // or the descriptor that is spliced from
    u64 address3, padding;
};
static_assert(sizeof(abi_uring_sqe) == 64);
static_assert(__builtin_offsetof(abi_uring_sqe, buffer) == 40);

struct abi_uring_cqe {
    u64 user_data;
    i32 result;
    u32 flags;
};
static_assert(sizeof(abi_uring_cqe) == 16);

struct abi_sq_offsets {
    u32 head, tail, mask, entries, flags, dropped, array, reserved;
    u64 reserved2;
};
struct abi_cq_offsets {
    u32 head, tail, mask, entries, overflow, cqes, flags, reserved;
    u64 reserved2;
};
struct abi_uring_parameters {
    u32 sq_entries, cq_entries, flags, sq_thread_cpu, sq_thread_idle, features, wq_fd;
    u32 reserved[3];
    abi_sq_offsets sq;
    abi_cq_offsets cq;
};
static_assert(sizeof(abi_uring_parameters) == 120);

/// The last argument of io_uring_enter(2) with IORING_ENTER_EXT_ARG.
struct abi_uring_wait {
    u64 mask;
    u32 mask_size, padding;
    u64 timeout;
};
static_assert(sizeof(abi_uring_wait) == 24);

struct abi_uring_probe {
    u8 last_operation, count;
    u16 reserved;
    u32 reserved2[3];
};
struct abi_uring_probe_entry {
    u8 operation, reserved;
    u16 flags;
    u32 reserved2;
};
static_assert(sizeof(abi_uring_probe) == 16 && sizeof(abi_uring_probe_entry) == 8);

struct abi_uring_buffer {
    u64 address;
    u32 length;
    u16 id;
    u16 tail;  // of the ring, in the first entry
};
static_assert(sizeof(abi_uring_buffer) == 16);

struct abi_buffer_ring {
    u64 address;
    u32 entries;
    u16 group, padding;
    u64 reserved[3];
};
static_assert(sizeof(abi_buffer_ring) == 40);

struct abi_files_update {
    u32 offset, reserved;
    u64 descriptors;
};
static_assert(sizeof(abi_files_update) == 16);

/// IORING_REGISTER_FILES2, _BUFFERS2.
struct abi_uring_resources {
    u32 count, flags;
    u64 reserved, data, tags;
};
static_assert(sizeof(abi_uring_resources) == 32);

struct abi_sync_cancel {
    u64 address;
    i32 fd;
    u32 flags;
    abi_timespec timeout;
    u64 reserved[4];
};
static_assert(sizeof(abi_sync_cancel) == 64);

struct abi_index_range {
    u32 offset, length;
    u64 reserved;
};
static_assert(sizeof(abi_index_range) == 16);

}  // namespace osprey::abi
