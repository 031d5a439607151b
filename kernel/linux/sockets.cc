// SPDX-License-Identifier: BSD-3-Clause
//
// Sockets: making, naming and connecting them.
#include <linux/socket_calls.hh>
#include <linux/syscalls.hh>
#include <net/settings.hh>

namespace osprey::abi {

result<net::socket_address> load_name(virtual_address from, i32 length) noexcept {
    net::socket_address name;
    if (length < 0 || static_cast<u32>(length) > net::socket_address::most_bytes)
        return errc::invalid_argument;
    name.length = static_cast<u32>(length);
    TRY_VOID(memory::copy_from_user(name.bytes, from, name.length));
    return name;
}

result<void> store_name(const net::socket_address& name, virtual_address to,
                        address length) noexcept {
    const i32 room = TRY(length.as<const i32>().load());
    if (room < 0)
        return errc::invalid_argument;
    const usize n = static_cast<u32>(room) < name.length ? static_cast<u32>(room) : name.length;
    TRY_VOID(memory::copy_to_user(to, name.bytes, n));
    return length.as<i32>().store(static_cast<i32>(name.length));
}

namespace {

constexpr u64 creation_flags = socket_types::sock_cloexec | socket_types::sock_nonblock;
constexpr u64 type_mask = 0xf;

struct wanted_socket {
    const net::family_operations& family;
    int type;
    u32 flags;
    bool close_on_exec;
};

/// What socket(2) and socketpair(2) check before the family does.
result<wanted_socket> check(const choice<socket_families>& family,
                            const flags<socket_types>& type) noexcept {
    const u64 bits = static_cast<u32>(type.bits);
    if (bits & ~(type_mask | creation_flags))
        return errc::invalid_argument;
    constexpr i32 families = 46;  // AF_MAX
    if (family.value() < 0 || family.value() >= families)
        return errc::address_family_not_supported;
    if ((bits & type_mask) > socket_types::sock_packet)
        return errc::invalid_argument;
    const net::family_operations* found = net::find_family(family.value());
    if (!found)
        return family.unknown(errc::address_family_not_supported);
    return wanted_socket{*found, static_cast<int>(bits & type_mask),
                         static_cast<u32>(bits & socket_types::sock_nonblock),
                         (bits & socket_types::sock_cloexec) != 0};
}

reply accept_connection(fd_number fd, virtual_address peer, address length, u64 how) noexcept {
    auto listener = TRY(socket_of(fd));
    if (how & ~creation_flags)
        return errc::invalid_argument;
    // Found out before a connection is taken from the queue.
    proc::process& p = proc::current_process();
    if (p.descriptors->open_count() >= p.limits[7].soft)
        return errc::too_many_files;
    auto accepted = TRY(listener->accept(static_cast<u32>(how & socket_types::sock_nonblock)));
    if (peer) {
        auto name = accepted->peer();
        if (!name)
            return errc::connection_aborted;
        TRY_VOID(store_name(*name, peer, length));
    }
    return install(std::move(accepted), how & socket_types::sock_cloexec);
}

}  // namespace

reply calls::socket(choice<socket_families> family, flags<socket_types> type,
                    i32 protocol) noexcept {
    const auto wanted = TRY(check(family, type));
    auto made = wanted.family.create(wanted.type, protocol, wanted.flags);
    if (!made) {
        report_value(static_cast<u32>(wanted.type) | static_cast<u64>(protocol) << 32,
                     made.error());
        return made.error();
    }
    return install(std::move(*made), wanted.close_on_exec);
}

reply calls::socketpair(choice<socket_families> family, flags<socket_types> type, i32 protocol,
                        out<fd_pair> ends) noexcept {
    const auto wanted = TRY(check(family, type));
    if (!wanted.family.create_pair) {
        (void)TRY(wanted.family.create(wanted.type, protocol, wanted.flags));
        return errc::not_supported;
    }
    refptr<net::socket> made[2];
    TRY_VOID(wanted.family.create_pair(wanted.type, protocol, wanted.flags, made));
    return install_pair(ends, std::move(made[0]), std::move(made[1]), wanted.close_on_exec);
}

reply calls::bind(fd_number fd, socket_name_in<2> name, i32 length) noexcept {
    auto s = TRY(socket_of(fd));
    return s->bind(TRY(load_name(name.where, length)));
}

reply calls::listen(fd_number fd, i32 backlog) noexcept {
    auto s = TRY(socket_of(fd));
    const u32 most = net::settings().somaxconn.load(std::memory_order_relaxed);
    const u32 wanted = static_cast<u32>(backlog);
    return s->listen(static_cast<int>(wanted < most ? wanted : most));
}

reply calls::accept(fd_number fd, socket_name_out<2> peer, address length) noexcept {
    return accept_connection(fd, peer.where, length, 0);
}

reply calls::accept4(fd_number fd, socket_name_out<2> peer, address length,
                     flags<accept_flags> how) noexcept {
    return accept_connection(fd, peer.where, length, static_cast<u32>(how.bits));
}

reply calls::connect(fd_number fd, socket_name_in<2> to, i32 length) noexcept {
    auto s = TRY(socket_of(fd));
    return s->connect(TRY(load_name(to.where, length)));
}

reply calls::getsockname(fd_number fd, socket_name_out<2> name, address length) noexcept {
    auto s = TRY(socket_of(fd));
    return store_name(TRY(s->name()), name.where, length);
}

reply calls::getpeername(fd_number fd, socket_name_out<2> name, address length) noexcept {
    auto s = TRY(socket_of(fd));
    return store_name(TRY(s->peer()), name.where, length);
}

reply calls::shutdown(fd_number fd, choice<shutdown_directions> how) noexcept {
    auto s = TRY(socket_of(fd));
    if (static_cast<u32>(how.value()) > shutdown_directions::shut_rdwr)
        return errc::invalid_argument;
    return s->shutdown(static_cast<u32>(how.value()) + 1);
}

reply calls::setsockopt(fd_number fd, choice<socket_levels> level, choice<socket_options> option,
                        bytes_in<4> value, i32 length) noexcept {
    constexpr i32 longest = 65536;  // filters of multicast sources are the longest options
    if (length < 0)
        return errc::invalid_argument;
    auto s = TRY(socket_of(fd));
    scratch_bytes<256> room;
    const auto bytes = TRY(room.reserve(static_cast<usize>(length < longest ? length : longest)));
    // A length that is too large does no harm when the option takes only what is there.
    usize missing = bytes.size();
    if (memory::is_application_range(value.where, bytes.size()))
        missing = arch::copy_user(bytes.data(), value.pointer(), bytes.size());
    if (missing && (missing == bytes.size() || bytes.size() <= sizeof(i32)))
        return errc::bad_address;
    const auto there = bytes.first(bytes.size() - missing);
    result<void> outcome = level.value() == net::sol_socket
                               ? s->set_socket_option(option.value(), there)
                               : s->set_option(level.value(), option.value(), there);
    if (!outcome && outcome.error() == errc::no_protocol_option)
        report_value(static_cast<u64>(level.value()) << 32 | static_cast<u32>(option.value()),
                     outcome.error());
    return outcome ? reply{done} : reply{outcome.error()};
}

reply calls::getsockopt(fd_number fd, choice<socket_levels> level, choice<socket_options> option,
                        address value, inout<i32> length) noexcept {
    constexpr i32 longest = 65536;
    auto s = TRY(socket_of(fd));
    const i32 given = TRY(length.load());
    if (given < 0)
        return errc::invalid_argument;
    scratch_bytes<256> room;
    const auto bytes = TRY(room.reserve(static_cast<usize>(given < longest ? given : longest)));
    std::memset(bytes.data(), 0, bytes.size());
    // A few options are asked with a value (PACKET_HDRLEN with a version).
    if (level.value() != net::sol_socket)
        TRY_VOID(memory::copy_from_user(bytes.data(), value.value, bytes.size()));
    auto outcome = level.value() == net::sol_socket
                       ? s->get_socket_option(option.value(), bytes)
                       : s->get_option(level.value(), option.value(), bytes);
    if (!outcome) {
        if (outcome.error() == errc::no_protocol_option)
            report_value(static_cast<u64>(level.value()) << 32 | static_cast<u32>(option.value()),
                         outcome.error());
        return outcome.error();
    }
    if (level.value() == net::sol_socket && option.value() == net::so_peergroups &&
        *outcome > bytes.size()) {
        TRY_VOID(length.store(static_cast<i32>(*outcome)));
        return errc::range;  // with how much room they need
    }
    const usize n = *outcome < bytes.size() ? *outcome : bytes.size();
    TRY_VOID(memory::copy_to_user(value.value, bytes.data(), n));
    return length.store(static_cast<i32>(n));
}

}  // namespace osprey::abi
