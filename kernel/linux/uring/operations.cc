// SPDX-License-Identifier: BSD-3-Clause
//
// The table of the operations of io_uring.
#include <array>
#include <linux/descriptors.hh>
#include <linux/flag_sets.hh>
#include <linux/uring/operations.hh>

namespace osprey::abi {
namespace {

using o = uring_operations;
constexpr u32 in = vfs::poll_in | vfs::poll_rdnorm, out = vfs::poll_out | vfs::poll_wrnorm;
constexpr usize operation_count = o::ioring_op_sendmsg_zc + 1;

constexpr auto operations = [] {
    namespace u = uring_ops;
    std::array<uring_operation, operation_count> t{};
    const uring_operation read{u::read, in, true, u::transfer_is_slow};
    const uring_operation write{u::write, out, true, u::transfer_is_slow};
    t[o::ioring_op_nop] = {u::nop};
    t[o::ioring_op_readv] = t[o::ioring_op_read] = t[o::ioring_op_read_fixed] = read;
    t[o::ioring_op_writev] = t[o::ioring_op_write] = t[o::ioring_op_write_fixed] = write;
    t[o::ioring_op_fsync] = {u::fsync, 0, true, u::fsync_is_slow};
    t[o::ioring_op_poll_add] = {u::poll_add, in, true};
    t[o::ioring_op_poll_remove] = {u::poll_remove};
    t[o::ioring_op_sync_file_range] = {u::sync_file_range};
    t[o::ioring_op_sendmsg] = {u::send_message, out, true};
    t[o::ioring_op_recvmsg] = {u::receive_message, in, true};
    t[o::ioring_op_timeout] = {u::timeout};
    t[o::ioring_op_timeout_remove] = {u::timeout_remove};
    t[o::ioring_op_accept] = {u::accept, in, true};
    t[o::ioring_op_async_cancel] = {u::async_cancel};
    t[o::ioring_op_link_timeout] = {u::link_timeout};
    t[o::ioring_op_connect] = {u::connect, out, true};
    t[o::ioring_op_fallocate] = {u::fallocate};
    t[o::ioring_op_openat] = {u::openat};
    t[o::ioring_op_close] = {u::close};
    t[o::ioring_op_files_update] = {u::files_update};
    t[o::ioring_op_statx] = {u::statx};
    t[o::ioring_op_fadvise] = {u::fadvise};
    t[o::ioring_op_madvise] = {u::madvise};
    t[o::ioring_op_send] = {u::send, out, true};
    t[o::ioring_op_recv] = {u::receive, in, true};
    t[o::ioring_op_openat2] = {u::openat2};
    t[o::ioring_op_epoll_ctl] = {u::epoll_ctl};
    t[o::ioring_op_splice] = {u::splice};
    t[o::ioring_op_provide_buffers] = {u::provide_buffers};
    t[o::ioring_op_remove_buffers] = {u::remove_buffers};
    t[o::ioring_op_tee] = {u::tee};
    t[o::ioring_op_shutdown] = {u::shutdown, 0, true};
    t[o::ioring_op_renameat] = {u::renameat};
    t[o::ioring_op_unlinkat] = {u::unlinkat};
    t[o::ioring_op_mkdirat] = {u::mkdirat};
    t[o::ioring_op_symlinkat] = {u::symlinkat};
    t[o::ioring_op_linkat] = {u::linkat};
    t[o::ioring_op_msg_ring] = {u::message_ring, 0, true};
    t[o::ioring_op_fsetxattr] = {u::fsetxattr};
    t[o::ioring_op_setxattr] = {u::setxattr};
    t[o::ioring_op_fgetxattr] = {u::fgetxattr};
    t[o::ioring_op_getxattr] = {u::getxattr};
    t[o::ioring_op_socket] = {u::socket};
    // URING_CMD: no device here has commands.
    t[o::ioring_op_send_zc] = {u::send_zero_copy, out, true};
    return t;
}();

}  // namespace

const uring_operation* find_operation(u8 opcode) noexcept {
    return opcode < operation_count && operations[opcode].run ? &operations[opcode] : nullptr;
}

namespace uring_ops {

reply install_result(uring_request& r, refptr<vfs::file> f, bool close_on_exec) noexcept {
    constexpr u32 any_slot = ~u32{0};
    const u32 slot = r.sqe.file_index;
    if (slot == 0)
        return install(std::move(f), close_on_exec);
    if (close_on_exec)
        return errc::invalid_argument;
    const u32 placed = TRY(r.ring->install_fixed(slot == any_slot ? slot : slot - 1, std::move(f)));
    return slot == any_slot ? placed : 0u;
}

result<void> choose_buffer(uring_request& r) noexcept {
    if (!(r.sqe.flags & entry_buffer_select) || r.buffer_id >= 0)
        return {};
    const auto b = TRY(r.ring->buffers.take(r.sqe.buffer));
    r.buffer_id = b.id;
    r.address = b.address;
    r.length = r.sqe.length != 0 && r.sqe.length < b.length ? r.sqe.length : b.length;
    return {};
}

u32 used_buffer(uring_request& r) noexcept {
    if (r.buffer_id < 0)
        return 0;
    return completion_buffer | static_cast<u32>(std::exchange(r.buffer_id, -1))
                                   << completion_buffer_shift;
}

}  // namespace uring_ops
}  // namespace osprey::abi
