// SPDX-License-Identifier: BSD-3-Clause
//
// Sockets. Without a network there are only connected pairs of them.
#include <fs/socket_pair/socket_pair.hh>
#include <linux/descriptors.hh>
#include <linux/syscalls.hh>

namespace osprey::abi {
namespace {

constexpr u32 type_mask = 0xf, close_on_exec = 02000000, non_block = 04000;
constexpr u32 stream = 1;  // SOCK_STREAM
constexpr auto user_memory = vfs::io_buffer::memory_kind::application;

/// No other address family is there yet: what Linux answers without the family's module.
reply no_family(const choice<socket_families>& family, u32 type) noexcept {
    if (type & ~(type_mask | close_on_exec | non_block))
        return errc::invalid_argument;
    constexpr i32 families = 46;  // AF_MAX
    if (family.value() < 0 || family.value() >= families)
        return errc::address_family_not_supported;
    return family.unknown(errc::address_family_not_supported);
}

result<refptr<vfs::file>> socket_of(fd_number fd) noexcept {
    auto file = TRY(file_of(fd));
    if (!file->is_socket())
        return errc::not_socket;
    return file;
}
fs::socket_end& end_of(const refptr<vfs::file>& file) noexcept {
    return static_cast<fs::socket_end&>(*file);  // the only kind of socket there is
}

fs::socket_end::blocking mode(fs::socket_end& end, flags<message_flags> how) noexcept {
    return how.has(message_flags::msg_dontwait) ? fs::socket_end::blocking::no : end.mode();
}

/// The ends of a pair have no name: getsockname(2) and getpeername(2) tell the family alone.
reply unnamed(fd_number fd, address where, address length) noexcept {
    (void)TRY(socket_of(fd));
    const i32 room = TRY(length.as<const i32>().load());
    if (room < 0)
        return errc::invalid_argument;
    constexpr u16 family = socket_families::af_unix;
    if (room >= 2)
        TRY_VOID(where.as<u16>().store(family));
    TRY_VOID(length.as<i32>().store(sizeof family));
    return done;
}

}  // namespace

reply calls::socket(choice<socket_families> family, u32 type, i32) noexcept {
    return no_family(family, type);
}

reply calls::socketpair(choice<socket_families> family, u32 type, i32 protocol,
                        out<fd_pair> ends) noexcept {
    if (family.value() != static_cast<i32>(socket_families::af_unix) ||
        type & ~(type_mask | close_on_exec | non_block))
        return no_family(family, type);
    if (protocol != 0 && protocol != static_cast<i32>(socket_families::af_unix))
        return errc::protocol_not_supported;
    if ((type & type_mask) != stream) {
        report_value(type & type_mask, errc::socket_type_not_supported);
        return errc::socket_type_not_supported;
    }
    auto made = TRY(fs::make_socket_pair(type & non_block));
    const bool at_exec = type & close_on_exec;
    return install_pair(ends, std::move(made.first), std::move(made.second), at_exec);
}

reply calls::shutdown(fd_number fd, i32 how) noexcept {
    auto file = TRY(socket_of(fd));
    if (how < 0 || how > 2)  // SHUT_RD, SHUT_WR, SHUT_RDWR
        return errc::invalid_argument;
    end_of(file).shut_down(static_cast<u32>(how) + 1);
    return done;
}

reply calls::sendto(fd_number fd, bytes_in<2> buffer, usize count, flags<message_flags> how,
                    address to, u32 length) noexcept {
    auto file = TRY(socket_of(fd));
    TRY_VOID(
        how.only(message_flags::msg_dontwait | message_flags::msg_nosignal, errc::not_supported));
    if (to && length != 0)
        return errc::already_connected;
    if (!memory::is_application_range(buffer.where, count))
        return errc::bad_address;
    vfs::io_buffer from{buffer.pointer(), count, user_memory};
    auto sent = end_of(file).send(from, mode(end_of(file), how));
    if (!sent && sent.error() == errc::broken_pipe && !how.has(message_flags::msg_nosignal))
        (void)proc::send_signal(proc::current_task(), proc::make_signal(proc::signal::pipe, 0));
    return restartable(std::move(sent));
}

reply calls::recvfrom(fd_number fd, bytes_out<2> buffer, usize count, flags<message_flags> how,
                      address from, address length) noexcept {
    auto file = TRY(socket_of(fd));
    TRY_VOID(how.only(
        message_flags::msg_dontwait | message_flags::msg_nosignal | message_flags::msg_waitall,
        errc::not_supported));
    if (!memory::is_application_range(buffer.where, count))
        return errc::bad_address;
    vfs::io_buffer to{buffer.pointer(), count, user_memory};
    usize got = 0;
    do {
        auto some = end_of(file).receive(to, mode(end_of(file), how));
        if (!some) {
            if (got == 0)
                return restartable(std::move(some));
            break;
        }
        if (*some == 0)
            break;
        got += *some;
    } while (how.has(message_flags::msg_waitall) && to.remaining() != 0);
    if (from && length)
        TRY_VOID(length.as<i32>().store(0));  // the other end has no name
    return got;
}

reply calls::getsockname(fd_number fd, address where, address length) noexcept {
    return unnamed(fd, where, length);
}
reply calls::getpeername(fd_number fd, address where, address length) noexcept {
    return unnamed(fd, where, length);
}

}  // namespace osprey::abi
