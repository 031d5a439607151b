// SPDX-License-Identifier: BSD-3-Clause
//
// io_uring: reading and writing.
#include <linux/descriptors.hh>
#include <linux/transfers.hh>
#include <linux/uring/operations.hh>

namespace osprey::abi::uring_ops {
namespace {

using o = uring_operations;
constexpr auto user_memory = vfs::io_buffer::memory_kind::application;

/// What has to be right before anything is read or written; once.
result<void> prepare(uring_request& r, bool writes) noexcept {
    if (r.prepared)
        return {};
    if (writes ? !r.file->writable() : !r.file->readable())
        return errc::bad_descriptor;
    // What the device would be asked for instead of waiting: no device here can be.
    if (r.ring->setup_flags() & uring_setup_flags::ioring_setup_iopoll)
        return errc::not_supported;
    if (r.file->is_epoll() || (r.file->node() && r.file->node()->is_directory()))
        return r.file->is_epoll() ? errc::invalid_argument : errc::is_directory;
    if (static_cast<i64>(r.sqe.offset) < own_position)
        return errc::invalid_argument;
    switch (r.sqe.opcode) {
        case o::ioring_op_readv:
        case o::ioring_op_writev:
            TRY_VOID(r.list.load(r.sqe.address, r.sqe.length));
            break;
        case o::ioring_op_read_fixed:
        case o::ioring_op_write_fixed:
            TRY_VOID(r.ring->buffers.check_fixed(r.sqe.buffer, r.address, r.length));
            break;
        default:
            break;
    }
    r.prepared = true;
    return {};
}

reply transfer(uring_request& r, bool writes) noexcept {
    TRY_VOID(prepare(r, writes));
    if (!writes)
        TRY_VOID(choose_buffer(r));
    vfs::io_segment whole{r.address, r.length < transfer_limit ? r.length : transfer_limit};
    std::span<const vfs::io_segment> pieces{&whole, 1};
    if (r.sqe.opcode == o::ioring_op_readv || r.sqe.opcode == o::ioring_op_writev) {
        pieces = r.list.segments();
        if (r.buffer_id >= 0)
            pieces = {&whole, 1};
    }
    for (const vfs::io_segment& piece : pieces)
        if (!memory::is_application_range(piece.base, piece.bytes))
            return errc::bad_address;
    vfs::io_buffer memory{pieces, user_memory};
    const flags<rwf_flags> how{r.sqe.how};
    const i64 offset = is_stream(*r.file) ? own_position : static_cast<i64>(r.sqe.offset);
    return writes ? write_file(*r.file, memory, offset, how)
                  : read_file(*r.file, memory, offset, how);
}

}  // namespace

reply read(uring_request& r) noexcept {
    const reply answer = transfer(r, false);
    if (!answer.failed() && r.buffer_id >= 0)
        r.completion_flags = used_buffer(r);
    return answer;
}

reply write(uring_request& r) noexcept {
    return transfer(r, true);
}

bool transfer_is_slow(uring_request& r) noexcept {
    return !is_quick(*r.file, r.sqe.offset, r.sqe.length);
}

reply fsync(uring_request& r) noexcept {
    constexpr u32 data_only = 1;
    if (r.sqe.address || r.sqe.buffer || r.sqe.file_index || r.sqe.how & ~data_only)
        return errc::invalid_argument;
    return r.file->synchronize(r.sqe.how & data_only);
}

bool fsync_is_slow(uring_request& r) noexcept {
    memory::vm_object* pages = r.file->node() ? r.file->node()->pages() : nullptr;
    return pages && pages->has_pager();
}

}  // namespace osprey::abi::uring_ops
