// SPDX-License-Identifier: BSD-3-Clause
//
// Sending and receiving: send(2), recv(2) and their forms with headers and arrays.
#include <linux/control_messages.hh>
#include <linux/iovec.hh>
#include <linux/syscalls.hh>
#include <linux/times.hh>
#include <sched/clock.hh>

namespace osprey::abi {

reply after_send(net::socket& s, u64 how, result<usize>&& sent) noexcept {
    if (!sent && sent.error() == errc::broken_pipe && s.type() == net::sock_stream &&
        !(how & message_flags::msg_nosignal))
        (void)proc::send_signal(proc::current_task(), proc::make_signal(proc::signal::pipe, 0));
    return std::move(sent);
}

namespace {

constexpr auto user_memory = vfs::io_buffer::memory_kind::application;
constexpr u32 most_messages = 1024;  // UIO_MAXIOV
/// Flags that only the kernel itself may set (MSG_SENDPAGE_NOTLAST and its like).
constexpr u32 internal_flags = 0x0802'0000;

/// MSG_CMSG_COMPAT: headers in the form of 32-bit programs, which Linux takes from those only.
constexpr u32 compatible_form = 0x8000'0000;

u32 flags_of(net::socket& s, const flags<message_flags>& how) noexcept {
    u32 bits = static_cast<u32>(how.bits) & ~internal_flags;
    if (s.nonblocking())
        bits |= net::msg_dontwait;
    return bits;
}

usize clamp(usize count) noexcept {
    return count < transfer_limit ? count : transfer_limit;
}

result<void> load_vector(io_vector& to, const abi_msghdr& header) noexcept {
    if (header.vector_count > most_messages)
        return errc::message_too_long;
    return to.load(header.vector, header.vector_count);
}

}  // namespace

result<usize> send_message(net::socket& s, const abi_msghdr& header, u32 how) noexcept {
    net::socket_address to;
    if (header.name_length < 0)
        return errc::invalid_argument;
    constexpr i32 most = net::socket_address::most_bytes;
    const i32 name_length = header.name_length < most ? header.name_length : most;
    const bool named = header.name != 0 && name_length != 0;
    if (named)
        to = TRY(load_name(header.name, name_length));
    io_vector list;
    TRY_VOID(load_vector(list, header));
    control_input control;
    TRY_VOID(control.load(s, header.control, header.control_length));
    vfs::io_buffer from{list.segments(), user_memory};
    net::message m{.data = from,
                   .flags = how,
                   .name = named ? &to : nullptr,
                   .control_in = control.records(),
                   .files = control.files()};
    return s.send(m);
}

namespace {

/// What a receiving call finds out besides the bytes, back to the application.
result<void> store_received(net::message& m, const abi_msghdr& header, virtual_address where,
                            std::span<const u8> records, bool truncated, u32 how) noexcept {
    const memory::user_ptr<abi_msghdr> to{where};
    if (header.name) {
        const address length{where + __builtin_offsetof(abi_msghdr, name_length)};
        TRY_VOID(store_name(*m.name, header.name, length));
    }
    TRY_VOID(memory::copy_to_user(header.control, records.data(), records.size()));
    usize used = records.size();
    if (m.files && !m.files->empty())
        used += TRY(deliver_files(*m.files, header.control + used, header.control_length - used,
                                  how & net::msg_cmsg_cloexec, truncated));
    // Linux tells MSG_CMSG_CLOEXEC back.
    const u32 told =
        m.told | (truncated ? u32{net::msg_ctrunc} : 0) | (how & net::msg_cmsg_cloexec);
    const virtual_address flags_at = where + __builtin_offsetof(abi_msghdr, flags);
    TRY_VOID(memory::user_ptr<u32>{flags_at}.store(told));
    const virtual_address length_at = where + __builtin_offsetof(abi_msghdr, control_length);
    return memory::user_ptr<u64>{length_at}.store(used);
}

}  // namespace

result<usize> receive_message(net::socket& s, virtual_address where, u32 how) noexcept {
    const abi_msghdr header = TRY(memory::user_ptr<const abi_msghdr>{where}.load());
    if (header.name && header.name_length < 0)
        return errc::invalid_argument;
    io_vector list;
    TRY_VOID(load_vector(list, header));
    vfs::io_buffer to{list.segments(), user_memory};
    // No family tells more than this besides files, which go straight to the application.
    constexpr u64 most_control = 4096;
    scratch_bytes<256> room;
    const auto records = TRY(
        room.reserve(header.control_length < most_control ? header.control_length : most_control));
    net::control_buffer control{records};
    net::socket_address from;
    vector<refptr<vfs::file>> files;
    net::message m{
        .data = to, .flags = how, .name = &from, .control_out = &control, .files = &files};
    const usize got = TRY(s.receive(m));
    TRY_VOID(
        store_received(m, header, where, records.first(control.used()), control.truncated(), how));
    return got;
}

reply calls::sendto(fd_number fd, bytes_in<2> buffer, usize count, flags<message_flags> how,
                    socket_name_in<5> to, i32 length) noexcept {
    count = clamp(count);
    if (!memory::is_application_range(buffer.where, count))
        return errc::bad_address;
    auto s = TRY(socket_of(fd));
    net::socket_address name;
    if (to)
        name = TRY(load_name(to.where, length));
    vfs::io_buffer from{buffer.pointer(), count, user_memory};
    net::message m{
        .data = from, .flags = flags_of(*s, how), .name = to && name.length != 0 ? &name : nullptr};
    return after_send(*s, how.bits, s->send(m));
}

reply calls::recvfrom(fd_number fd, bytes_out<2> buffer, usize count, flags<message_flags> how,
                      socket_name_out<5> from, address length) noexcept {
    count = clamp(count);
    if (!memory::is_application_range(buffer.where, count))
        return errc::bad_address;
    auto s = TRY(socket_of(fd));
    net::socket_address name;
    vfs::io_buffer to{buffer.pointer(), count, user_memory};
    net::message m{.data = to, .flags = flags_of(*s, how), .name = from ? &name : nullptr};
    const usize got = TRY(s->receive(m));
    if (from)
        TRY_VOID(store_name(name, from.where, length));
    return got;
}

reply calls::sendmsg(fd_number fd, message_in message, flags<message_flags> how) noexcept {
    if (how.any(compatible_form))
        return errc::invalid_argument;
    auto s = TRY(socket_of(fd));
    const auto header = TRY(memory::user_ptr<const abi_msghdr>{message.where}.load());
    return after_send(*s, how.bits, send_message(*s, header, flags_of(*s, how)));
}

reply calls::recvmsg(fd_number fd, message_out message, flags<message_flags> how) noexcept {
    if (how.any(compatible_form))
        return errc::invalid_argument;
    auto s = TRY(socket_of(fd));
    return receive_message(*s, message.where, flags_of(*s, how));
}

reply calls::sendmmsg(fd_number fd, address messages, u32 count,
                      flags<message_flags> how) noexcept {
    if (how.any(compatible_form))
        return errc::invalid_argument;
    auto s = TRY(socket_of(fd));
    const memory::user_ptr<abi_mmsghdr> list{messages.value};
    if (count > most_messages)
        count = most_messages;
    u32 done_count = 0;
    for (; done_count < count; ++done_count) {
        const auto at = list.at(done_count);
        auto header = memory::user_ptr<const abi_msghdr>{at.address()}.load();
        auto sent =
            header ? send_message(*s, *header, flags_of(*s, how)) : result<usize>{header.error()};
        if (sent) {
            const virtual_address bytes = at.address() + __builtin_offsetof(abi_mmsghdr, bytes);
            if (auto told = memory::user_ptr<u32>{bytes}.store(static_cast<u32>(*sent)); !told)
                sent = told.error();
        }
        if (sent)
            continue;
        if (done_count == 0)
            return after_send(*s, how.bits, std::move(sent));
        break;
    }
    return done_count;
}

reply calls::recvmmsg(fd_number fd, address messages, u32 count, flags<message_flags> how,
                      maybe_inout<abi_timespec> timeout) noexcept {
    if (how.any(compatible_form))
        return errc::invalid_argument;
    instant deadline = instant::never();
    if (timeout)
        deadline = in_ns(TRY(to_ns(TRY(timeout.load()))));
    auto s = TRY(socket_of(fd));
    if (errc e = s->pending_error(); e != errc{})
        return e;
    const memory::user_ptr<abi_mmsghdr> list{messages.value};
    u32 bits = flags_of(*s, how), got_count = 0;
    errc failure{};
    // As recvmmsg(2) says: the time is only looked at after a message.
    while (got_count < count) {
        const virtual_address at = list.at(got_count).address();
        auto got = receive_message(*s, at, bits & ~u32{net::msg_waitforone});
        if (!got) {
            failure = got.error();
            break;
        }
        const virtual_address bytes = at + __builtin_offsetof(abi_mmsghdr, bytes);
        if (auto told = memory::user_ptr<u32>{bytes}.store(static_cast<u32>(*got)); !told) {
            failure = told.error();
            break;
        }
        ++got_count;
        if (bits & net::msg_waitforone)
            bits |= net::msg_dontwait;
        if (sched::monotonic_now() >= deadline)
            break;
    }
    if (got_count == 0)
        return failure;
    if (failure != errc{} && failure != errc::again && failure != errc::restart_always)
        s->set_error(failure);
    if (timeout) {
        const i64 left = (deadline - sched::monotonic_now()).ns;
        TRY_VOID(timeout.store(to_timespec(left > 0 ? left : 0)));
    }
    return got_count;
}

}  // namespace osprey::abi
