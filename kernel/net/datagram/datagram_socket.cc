// SPDX-License-Identifier: BSD-3-Clause
// Names, options and the end of datagram sockets.
#include <memory/user_pointer.hh>
#include <net/datagram/datagram_socket.hh>

namespace osprey::net {

namespace {
constexpr u32 fionread = 0x541b, tiocoutq = 0x5411;
constexpr int ip_mtu = 14, ipv6_mtu = 24, ipv6_addrform = 1;
}  // namespace

endpoint datagram_socket::local() noexcept {
    sync::lock_guard guard{mutex_};
    return local_;
}

endpoint datagram_socket::remote() noexcept {
    sync::lock_guard guard{mutex_};
    return remote_;
}

result<socket_address> datagram_socket::name() noexcept {
    return from_endpoint(local(), family());
}

result<socket_address> datagram_socket::peer() noexcept {
    if (!is_connected())
        return errc::not_connected;
    return from_endpoint(remote(), family());
}

result<endpoint> datagram_socket::destination_of(const socket_address& a) noexcept {
    socket_address copy = a;
    // AF_UNSPEC in sendto(2) is taken for AF_INET, as Linux does for old programs.
    constexpr u16 unspecified = 0, inet = af_inet;
    if (family() == af_inet && a.length >= 16 && a.family() == unspecified)
        std::memcpy(copy.bytes, &inet, sizeof inet);
    // An IPv4 address means its mapped form to a dual-stack socket.
    const bool plain_v4 = family() == af_inet6 && a.length >= 16 && a.family() == af_inet;
    endpoint e = TRY(to_endpoint(copy, plain_v4 ? af_inet : family()));
    if (family() == af_inet6) {
        if (e.address.is_v4() && options_.get(ip_option::v6only))
            return errc::network_unreachable;
        if (e.address == ip_address{})
            e.address = ip_address::v6_loopback();  // "this machine"
    }
    if (!e.address.is_link_local() && !e.address.is_multicast())
        e.scope = 0;
    return e;
}

result<void> datagram_socket::check_bindable(const endpoint& e) const noexcept {
    const bool v4 = e.address.is_v4();
    if (e.address.is_any() || e.address.is_multicast())
        return ok;
    if (!v4 && e.address.is_link_local() && e.scope == 0 && bound_device.load() == 0)
        return errc::invalid_argument;
    if (options_.get(ip_option::freebind) || options_.get(ip_option::freebind6))
        return ok;
    const u8 kind = address_type(e.address);
    if (kind == route_local || (v4 && kind == route_broadcast))
        return ok;
    return errc::address_not_available;
}

result<void> datagram_socket::shutdown(u32 how) noexcept {
    if (!is_connected())
        return errc::not_connected;
    shut_.fetch_or(static_cast<u8>(how & 3));
    readable.wake_all(vfs::poll_in | vfs::poll_rdhup | vfs::poll_hup);
    writable.wake_all(vfs::poll_out | vfs::poll_hup);
    return ok;
}

result<void> datagram_socket::set_option(int level, int option,
                                         std::span<const u8> value) noexcept {
    if (level != level_ip && level != level_ipv6)
        return errc::no_protocol_option;
    if (level == level_ipv6 && family() != af_inet6)
        return errc::no_protocol_option;
    if (level == level_ipv6 && option == static_cast<int>(26)) {
        sync::lock_guard guard{mutex_};
        if (local_.port != 0)
            return errc::invalid_argument;  // bound: too late (RFC 3493 §5.3)
        return options_.set(level, option, value);
    }
    if (level == level_ipv6 && option == ipv6_addrform)
        return errc::not_connected;
    auto done = options_.set(level, option, value);
    if (!done && done.error() == errc::no_protocol_option)
        return set_group_option(level, option, value);
    return done;
}

result<usize> datagram_socket::get_option(int level, int option, std::span<u8> value) noexcept {
    if ((level != level_ip && level != level_ipv6) || (level == level_ipv6 && family() != af_inet6))
        return errc::no_protocol_option;
    if ((level == level_ip && option == ip_mtu) || (level == level_ipv6 && option == ipv6_mtu)) {
        if (!is_connected())
            return errc::not_connected;
        auto way = TRY(find_route({.destination = remote().address}));
        return give_number(value, static_cast<i32>(way->mtu()), level == level_ip);
    }
    auto done = options_.get(level, option, value);
    if (!done && done.error() == errc::no_protocol_option)
        return get_group_option(option, value);
    return done;
}

void datagram_socket::option_changed(int) noexcept {
    // Arrival times are taken only while somebody wants them.
    const bool wanted = timestamps.load();
    if (stamps_.exchange(wanted) == wanted)
        return;
    wanted ? timestamp_users.fetch_add(1) : timestamp_users.fetch_sub(1);
}

result<u64> datagram_socket::ioctl(u32 request, u64 argument) noexcept {
    i32 number;
    if (request == fionread) {
        // The size of the next datagram, not of all (udp(7)).
        sync::lock_guard guard{mutex_};
        const packet* p = verified_front();
        number = p ? static_cast<i32>(p->bytes() - payload_offset(*p)) : 0;
    } else if (request == tiocoutq) {
        number = 0;  // what was sent is not held here
    } else {
        return socket::ioctl(request, argument);
    }
    TRY_VOID(memory::copy_to_user(argument, &number, sizeof number));
    return u64{0};
}

void datagram_socket::released() noexcept {
    leave_tables();
    groups_.leave_all();
    if (stamps_.exchange(false))
        timestamp_users.fetch_sub(1);
    sync::lock_guard guard{mutex_};
    channel_.clear();
    errors_.clear();
}

}  // namespace osprey::net
