// SPDX-License-Identifier: BSD-3-Clause
// Names, options and the reader's part of UDP sockets; sending is in send.cc.
#include <net/checksum.hh>
#include <net/settings.hh>
#include <net/statistics.hh>
#include <net/udp/header.hh>
#include <net/udp/udp.hh>
#include <sync/random_pool.hh>
#include <trace/tracepoint.hh>

namespace osprey::net {

namespace {
enum : int {
    udp_cork = 1,
    udp_no_check6_tx = 101,
    udp_no_check6_rx = 102,
    udp_segment = 103,
    udp_gro = 104,
};
constexpr u16 unspecified_family = 0;
}  // namespace

udp_socket::udp_socket(int family, u32 flags) noexcept
    : datagram_socket{family, sock_dgram, protocol_udp, flags} {
    if (family == af_inet)
        local_.address = remote_.address = ip_address::v4_any();
}

udp_socket::~udp_socket() = default;

unique_ptr<udp_binding> udp_socket::make_binding(const endpoint& local,
                                                 const endpoint* remote) noexcept {
    unique_ptr<udp_binding> b{new (std::nothrow) udp_binding};
    if (!b)
        return b;
    b->local = local;
    b->owner = this;
    b->device = bound_device.load();
    b->reuse_port = reuse_port.load();
    const bool wildcard6 = local.address == ip_address{};
    b->v4 = family() == af_inet || local.address.is_v4() ||
            (wildcard6 && !options_.get(ip_option::v6only));
    b->v6 = family() == af_inet6 && !local.address.is_v4();
    if (remote) {
        b->remote = *remote;
        b->connected = true;
        b->v4 = remote->address.is_v4();
        b->v6 = !b->v4;
    }
    return b;
}

/// Enters the table for the first time. With port 0 one is chosen.
result<void> udp_socket::bind_locked(endpoint e) noexcept {
    auto b = make_binding(e, nullptr);
    if (!b)
        return errc::out_of_memory;
    const auto first = static_cast<u16>(settings().local_port_first.load());
    const auto last = static_cast<u16>(settings().local_port_last.load());
    TRY_VOID(udp_bindings().insert(*b, reuse_address.load(), first, last,
                                   static_cast<u32>(random_number())));
    local_ = b->local;
    binding_.store(b.release(), std::memory_order_release);
    return ok;
}

/// Changes the names of a bound socket; the port stays.
result<void> udp_socket::rebind_locked(endpoint local, const endpoint* remote) noexcept {
    udp_binding* old = binding_.load(std::memory_order_relaxed);
    local.port = old->local.port;
    auto b = make_binding(local, remote);
    if (!b)
        return errc::out_of_memory;
    udp_bindings().replace(*old, *b);
    local_ = local;
    binding_.store(b.release(), std::memory_order_release);
    return ok;
}

TRACEPOINT(net, udp_bind, trace::address socket);
result<void> udp_socket::bind(const socket_address& a) noexcept {
    TRACE(udp_bind, this);
    socket_address copy = a;
    constexpr u16 inet = af_inet;
    // AF_UNSPEC with the wildcard is taken for AF_INET (Linux, for old programs).
    if (family() == af_inet && a.length >= 16 && a.family() == unspecified_family)
        if (load_big<u32>(a.bytes + 4) == 0)
            std::memcpy(copy.bytes, &inet, sizeof inet);
    const endpoint e = TRY(to_endpoint(copy, family()));
    if (family() == af_inet6 && e.address.is_v4() && options_.get(ip_option::v6only))
        return errc::invalid_argument;
    TRY_VOID(check_bindable(e));
    sync::lock_guard guard{mutex_};
    if (binding_.load(std::memory_order_relaxed))
        return errc::invalid_argument;
    if (e.scope != 0 && e.address.is_link_local())
        bound_device.store(e.scope);
    const bool later = e.port == 0 && options_.get(ip_option::bind_address_no_port);
    if (later) {
        local_ = e;
        address_bound_ = !e.address.is_any();
        return ok;
    }
    auto bound = bind_locked(e);
    if (!bound)
        return bound.error() == errc::again ? errc::address_in_use : bound.error();
    address_bound_ = !e.address.is_any();
    port_bound_ = e.port != 0;
    return ok;
}

result<void> udp_socket::ensure_bound() noexcept {
    if (binding_.load(std::memory_order_acquire)) [[likely]]
        return ok;
    sync::lock_guard guard{mutex_};
    if (binding_.load(std::memory_order_relaxed))
        return ok;
    endpoint e = local_;
    e.port = 0;
    return bind_locked(e);
}

result<void> udp_socket::disconnect() noexcept {
    sync::lock_guard guard{mutex_};
    udp_binding* b = binding_.load(std::memory_order_relaxed);
    connected_.store(false, std::memory_order_release);
    remote_ = {};
    endpoint local = local_;
    if (!address_bound_)
        local.address = family() == af_inet ? ip_address::v4_any() : ip_address{};
    if (family() == af_inet)
        remote_.address = ip_address::v4_any();
    if (!b) {
        local_ = local;
        return ok;
    }
    if (port_bound_)
        return rebind_locked(local, nullptr);
    // The port was an automatic one: given back.
    binding_.store(nullptr, std::memory_order_release);
    udp_bindings().remove(*b);
    local.port = 0;
    local_ = local;
    return ok;
}

TRACEPOINT(net, udp_connect, trace::address socket);
result<void> udp_socket::connect(const socket_address& a) noexcept {
    TRACE(udp_connect, this);
    if (a.length < sizeof(u16))
        return errc::invalid_argument;
    if (a.family() == unspecified_family)
        return disconnect();
    const endpoint to = TRY(destination_of(a));
    send_choice c = TRY(choose({}, to));
    if (!address_bound_)
        c.source = {};
    auto way = TRY(find_way(c));
    TRY_VOID(ensure_bound());
    sync::lock_guard guard{mutex_};
    endpoint local = local_;
    if (!address_bound_) {
        local.address = way->source;
        local.scope = to.scope;
    }
    TRY_VOID(rebind_locked(local, &to));
    remote_ = to;
    connected_.store(true, std::memory_order_release);
    return ok;
}

void udp_socket::option_changed(int option) noexcept {
    datagram_socket::option_changed(option);
    if (option != so_bindtodevice && option != so_reuseport && option != so_reuseaddr)
        return;
    sync::lock_guard guard{mutex_};
    udp_binding* b = binding_.load(std::memory_order_relaxed);
    if (!b)
        return;
    b->reuse_address = reuse_address.load();
    if (b->device != bound_device.load()) {
        const endpoint remote = remote_;
        (void)rebind_locked(local_, is_connected() ? &remote : nullptr);
    }
}

void udp_socket::leave_tables() noexcept {
    sync::lock_guard guard{mutex_};
    if (udp_binding* b = binding_.exchange(nullptr))
        udp_bindings().remove(*b);
    pending_ = {};
}

bool udp_socket::verify(packet& p) noexcept {
    checksum sum;
    sum.add_pseudo_header(p.source, p.destination, protocol_udp, p.bytes());
    p.add_checksum(sum, 0, p.bytes());
    if (!sum.correct())
        return false;
    p.check = checksum_state::verified;
    return true;
}

void udp_socket::bad_checksum(const packet& p) noexcept {
    const bool v4 = p.destination.is_v4();
    count(v4 ? statistic::udp_in_checksum_errors : statistic::udp6_in_checksum_errors);
    count(v4 ? statistic::udp_in_errors : statistic::udp6_in_errors);
}

TRACEPOINT(net, udp_drop, trace::address socket);
void udp_socket::dropped_packet(const packet& p) noexcept {
    TRACE(udp_drop, this);
    const bool v4 = p.destination.is_v4();
    count(v4 ? statistic::udp_receive_buffer_errors : statistic::udp6_receive_buffer_errors);
    count(v4 ? statistic::udp_in_errors : statistic::udp6_in_errors);
}

void udp_socket::add_protocol_control(const packet& p, control_buffer& to) noexcept {
    if (p.gso != gso_kind::udp || !gro_.load(std::memory_order_relaxed)) [[likely]]
        return;
    const i32 bytes = p.gso_bytes;
    to.add(level_udp, udp_gro, &bytes, sizeof bytes);
}

result<void> udp_socket::set_option(int level, int option, std::span<const u8> value) noexcept {
    if (level != level_udp)
        return datagram_socket::set_option(level, option, value);
    const i32 number = TRY(take_number(value, false));
    switch (option) {
        case udp_cork: {
            cork_.store(number != 0);
            sync::lock_guard guard{mutex_};
            return number == 0 ? flush_locked() : result<void>{};
        }
        case udp_segment:
            if (number < 0 || number > 0xffff)
                return errc::invalid_argument;
            segment_bytes_.store(static_cast<u16>(number));
            return ok;
        case udp_gro:
            gro_.store(number != 0);
            return ok;
        case udp_no_check6_tx:
            no_checksum_.store(number != 0);
            return ok;
        default:
            return errc::no_protocol_option;
    }
}

result<usize> udp_socket::get_option(int level, int option, std::span<u8> value) noexcept {
    if (level != level_udp)
        return datagram_socket::get_option(level, option, value);
    switch (option) {
        case udp_cork:
            return give_number(value, cork_.load(), false);
        case udp_segment:
            return give_number(value, segment_bytes_.load(), false);
        case udp_gro:
            return give_number(value, gro_.load(), false);
        case udp_no_check6_tx:
            return give_number(value, no_checksum_.load(), false);
        case udp_no_check6_rx:
            return give_number(value, 0, false);
        default:
            return errc::no_protocol_option;
    }
}

}  // namespace osprey::net
