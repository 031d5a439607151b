// SPDX-License-Identifier: BSD-3-Clause
//
// io_uring: sockets.
#include <linux/socket_calls.hh>
#include <linux/syscalls.hh>
#include <linux/transfers.hh>
#include <linux/uring/operations.hh>

namespace osprey::abi::uring_ops {
namespace {

constexpr auto user_memory = vfs::io_buffer::memory_kind::application;
// Flags in the `priority` of an entry
constexpr u16 poll_first = 1, receive_multishot = 2, fixed_buffer = 4, report_usage = 8;
constexpr u16 accept_multishot = 1;

net::socket& socket_of(uring_request& r) noexcept {
    return static_cast<net::socket&>(*r.file);
}

/// Flags for the family. A socket that never blocks answers EAGAIN, which ends the request.
u32 message_flags_of(uring_request& r) noexcept {
    u32 how = r.sqe.how | net::msg_nosignal;
    if (r.file->nonblocking())
        how |= net::msg_dontwait;
    return how;
}

/// Errors of a wait that was not allowed are one of few: "would wait".
reply after_transfer(result<usize>&& moved) noexcept {
    return std::move(moved);
}

/// Without a first attempt: what IORING_RECVSEND_POLL_FIRST asks for.
bool polls_first(uring_request& r) noexcept {
    if (!(r.sqe.priority & poll_first) || r.prepared)
        return false;
    r.prepared = true;
    return true;
}

result<void> check_transfer(uring_request& r, u16 allowed) noexcept {
    if (!r.file->is_socket())
        return errc::not_socket;
    if (r.sqe.priority & ~allowed)
        return errc::invalid_argument;
    return {};
}

}  // namespace

reply accept(uring_request& r) noexcept {
    if (r.sqe.length || r.sqe.buffer || r.sqe.priority & ~accept_multishot)
        return errc::invalid_argument;
    if (!r.file->is_socket())
        return errc::not_socket;
    constexpr u64 known = socket_types::sock_cloexec | socket_types::sock_nonblock;
    if (r.sqe.how & ~known)
        return errc::invalid_argument;
    const bool close_on_exec = r.sqe.how & socket_types::sock_cloexec;
    r.multishot = r.sqe.priority & accept_multishot;
    if (r.sqe.file_index && (close_on_exec || (r.multishot && r.sqe.file_index != ~u32{0})))
        return errc::invalid_argument;
    auto accepted = socket_of(r).accept(static_cast<u32>(r.sqe.how & socket_types::sock_nonblock));
    if (!accepted)
        return accepted.error();
    if (r.sqe.address) {
        auto peer = (*accepted)->peer();
        if (!peer)
            return errc::connection_aborted;
        TRY_VOID(store_name(*peer, r.sqe.address, {r.sqe.offset}));
    }
    const reply installed = install_result(r, std::move(*accepted), close_on_exec);
    if (!r.multishot || installed.failed())
        return installed;
    r.ring->post(r.user_data, static_cast<i32>(installed.value()), completion_more);
    return done;
}

reply connect(uring_request& r) noexcept {
    if (r.sqe.length || r.sqe.buffer || r.sqe.how || r.sqe.file_index)
        return errc::invalid_argument;
    if (!r.file->is_socket())
        return errc::not_socket;
    if (!r.prepared) {
        r.name = TRY(load_name(r.sqe.address, static_cast<i32>(r.sqe.offset)));
        r.prepared = true;
    } else if (r.connecting) {
        // Begun before: how did it end?
        if (errc e = socket_of(r).pending_error(); e != errc{})
            return e;
        if (socket_of(r).peer())
            return done;
    }
    auto connected = socket_of(r).connect(r.name);
    if (connected)
        return done;
    if (connected.error() == errc::in_progress || connected.error() == errc::already_in_progress) {
        if (r.file->nonblocking() && !r.connecting)
            return errc::in_progress;
        r.connecting = true;
        return errc::restart_always;
    }
    if (connected.error() == errc::already_connected && r.connecting)
        return done;
    if (connected.error() == errc::restart_always || connected.error() == errc::interrupted)
        r.connecting = true;
    return connected.error();
}

reply send(uring_request& r) noexcept {
    TRY_VOID(check_transfer(r, poll_first | fixed_buffer | report_usage));
    if (polls_first(r))
        return errc::restart_always;
    if (r.sqe.priority & fixed_buffer)
        TRY_VOID(r.ring->buffers.check_fixed(r.sqe.buffer, r.address, r.length));
    if (!memory::is_application_range(r.address, r.length))
        return errc::bad_address;
    net::socket_address to;
    const u16 name_length = static_cast<u16>(r.sqe.file_index);
    if (r.sqe.offset)
        to = TRY(load_name(r.sqe.offset, name_length));
    vfs::io_buffer from{reinterpret_cast<void*>(r.address), r.length, user_memory};
    net::message m{.data = from, .flags = message_flags_of(r), .name = to.length ? &to : nullptr};
    return after_transfer(socket_of(r).send(m));
}

reply send_zero_copy(uring_request& r) noexcept {
    const reply sent = send(r);
    if (sent.failed())
        return sent;
    // The data was copied: the application has its memory back at once.
    constexpr u32 copied = 1u << 31;
    r.ring->post(r.user_data, static_cast<i32>(sent.value()), completion_more);
    r.completion_flags = completion_notification;
    return r.sqe.priority & report_usage ? reply{static_cast<i32>(copied)} : reply{done};
}

reply receive(uring_request& r) noexcept {
    TRY_VOID(check_transfer(r, poll_first | receive_multishot));
    if (r.sqe.offset || r.sqe.file_index)
        return errc::invalid_argument;
    if (r.sqe.priority & receive_multishot) {
        if (!(r.sqe.flags & entry_buffer_select) || r.sqe.length || r.sqe.how & net::msg_waitall)
            return errc::invalid_argument;
        r.multishot = true;
    }
    if (polls_first(r))
        return errc::restart_always;
    TRY_VOID(choose_buffer(r));
    if (!memory::is_application_range(r.address, r.length))
        return errc::bad_address;
    vfs::io_buffer to{reinterpret_cast<void*>(r.address), r.length, user_memory};
    net::message m{.data = to, .flags = message_flags_of(r)};
    auto got = socket_of(r).receive(m);
    if (!got)
        return got.error();
    const u32 buffer = used_buffer(r);
    if (r.multishot && *got != 0) {
        r.ring->post(r.user_data, static_cast<i32>(*got), completion_more | buffer);
        return done;
    }
    r.multishot = false;
    r.completion_flags = buffer;
    return *got;
}

reply send_message(uring_request& r) noexcept {
    TRY_VOID(check_transfer(r, poll_first));
    if (r.sqe.offset || r.sqe.file_index)
        return errc::invalid_argument;
    if (r.header.vector == 0)
        r.header = TRY(memory::user_ptr<const abi_msghdr>{r.sqe.address}.load());
    if (polls_first(r))
        return errc::restart_always;
    return after_transfer(abi::send_message(socket_of(r), r.header, message_flags_of(r)));
}

reply receive_message(uring_request& r) noexcept {
    TRY_VOID(check_transfer(r, poll_first));
    if (r.sqe.offset || r.sqe.file_index)
        return errc::invalid_argument;
    if (r.sqe.flags & entry_buffer_select) {
        report_unsupported(0, "io_uring: recvmsg into selected buffers", errc::not_supported);
        return errc::not_supported;
    }
    if (polls_first(r))
        return errc::restart_always;
    return after_transfer(abi::receive_message(socket_of(r), r.sqe.address, message_flags_of(r)));
}

reply shutdown(uring_request& r) noexcept {
    if (r.sqe.priority || r.sqe.address || r.sqe.how || r.sqe.offset || r.sqe.buffer ||
        r.sqe.file_index)
        return errc::invalid_argument;
    if (!r.file->is_socket())
        return errc::not_socket;
    if (r.sqe.length > shutdown_directions::shut_rdwr)
        return errc::invalid_argument;
    return socket_of(r).shutdown(r.sqe.length + 1);
}

reply socket(uring_request& r) noexcept {
    if (r.sqe.address || r.sqe.how || r.sqe.buffer)
        return errc::invalid_argument;
    const i32 family = r.sqe.fd;
    const reply made = calls::socket({static_cast<u64>(static_cast<u32>(family))}, {r.sqe.offset},
                                     static_cast<i32>(r.sqe.length));
    if (made.failed() || r.sqe.file_index == 0)
        return made;
    // For a fixed slot the descriptor was only the way there.
    const fd_number fd{static_cast<i32>(made.value())};
    auto file = file_of(fd);
    (void)calls::close(fd);
    if (!file)
        return file.error();
    return install_result(r, std::move(*file), r.sqe.offset & socket_types::sock_cloexec);
}

}  // namespace osprey::abi::uring_ops
