// SPDX-License-Identifier: BSD-3-Clause
// Options of TCP sockets: tcp(7), ip(7), ipv6(7), and what SO_* means for them.
#include <base/log.hh>
#include <net/protocol.hh>
#include <net/settings.hh>
#include <net/tcp/info.hh>
#include <net/tcp/socket.hh>
#include <net/tcp/system_settings.hh>

namespace osprey::net::tcp {

namespace {

enum option : int {
    tcp_nodelay = 1,
    tcp_maxseg = 2,
    tcp_cork = 3,
    tcp_keepidle = 4,
    tcp_keepintvl = 5,
    tcp_keepcnt = 6,
    tcp_syncnt = 7,
    tcp_linger2 = 8,
    tcp_defer_accept = 9,
    tcp_window_clamp = 10,
    tcp_info = 11,
    tcp_quickack = 12,
    tcp_congestion = 13,
    tcp_user_timeout = 18,
    tcp_fastopen = 23,
    tcp_timestamp = 24,
    tcp_notsent_lowat = 25,
    tcp_fastopen_connect = 30,
};
constexpr int ip_hdrincl = 3, ip_mtu = 14, ip_multicast_ttl = 33;
constexpr int ipv6_multicast_if = 17, ipv6_multicast_hops = 18, ipv6_mtu = 24, ipv6_v6only = 26;
constexpr i32 most_keep_seconds = 32767, most_probes = 127, most_linger2 = 120;
constexpr i32 least_mss_option = 88, most_mss_option = 32767;
constexpr u32 least_clamp = 1152;  // SOCK_MIN_RCVBUF / 2
constexpr usize name_bytes = 16;   // TCP_CA_NAME_MAX

bool within(i32 value, i32 least, i32 most) noexcept {
    return value >= least && value <= most;
}
usize give(std::span<u8> value, const void* from, usize bytes) noexcept {
    const usize n = value.size() < bytes ? value.size() : bytes;
    std::memcpy(value.data(), from, n);
    return n;
}

}  // namespace

void stream_socket::tell_listener() noexcept {
    if (refptr<listener> l = active_listener())
        l->set_settings(e_->c().set);
}

result<void> stream_socket::set_option(int level, int option, std::span<const u8> value) noexcept {
    if (level == protocol_tcp && option == tcp_congestion) {
        if (value.empty())
            return errc::invalid_argument;
        char name[name_bytes] = {};
        std::memcpy(name, value.data(),
                    value.size() < name_bytes - 1 ? value.size() : name_bytes - 1);
        congestion_control::algorithm a;
        if (!find_congestion_algorithm(name, a))
            return errc::no_entry;
        session s{*e_};
        e_->c().set.algorithm = a;
        e_->c().settings_changed(e_->now());
        tell_listener();
        return ok;
    }
    if (level != protocol_tcp && level != level_ip && level != level_ipv6)
        return errc::no_protocol_option;
    const i32 number = TRY(take_number(value, level == level_ip));
    session s{*e_};
    auto done = level == protocol_tcp ? set_tcp_option(option, number)
                                      : set_ip_option(level, option, value);
    if (done)
        tell_listener();
    return done;
}

/// The endpoint is locked.
result<void> stream_socket::set_tcp_option(int option, i32 value) noexcept {
    connection& c = e_->c();
    settings& set = c.set;
    switch (option) {
        case tcp_nodelay:
            set.no_delay = value != 0;
            break;
        case tcp_cork:
            set.cork = value != 0;
            break;
        case tcp_maxseg:
            if (value != 0 && !within(value, least_mss_option, most_mss_option))
                return errc::invalid_argument;
            set.most_segment = static_cast<u16>(value);
            break;
        case tcp_keepidle:
            if (!within(value, 1, most_keep_seconds))
                return errc::invalid_argument;
            set.keep_idle_s = static_cast<u32>(value);
            set.chosen |= settings::chose_keep_idle;
            break;
        case tcp_keepintvl:
            if (!within(value, 1, most_keep_seconds))
                return errc::invalid_argument;
            set.keep_interval_s = static_cast<u32>(value);
            set.chosen |= settings::chose_keep_interval;
            break;
        case tcp_keepcnt:
            if (!within(value, 1, most_probes))
                return errc::invalid_argument;
            set.keep_probes = static_cast<u8>(value);
            set.chosen |= settings::chose_keep_probes;
            break;
        case tcp_syncnt:
            if (!within(value, 1, most_probes))
                return errc::invalid_argument;
            set.syn_retries = static_cast<u8>(value);
            set.chosen |= settings::chose_syn_retries;
            break;
        case tcp_linger2:
            set.linger2_s = value < 0 ? -1 : value > most_linger2 ? most_linger2 : value;
            set.chosen |= settings::chose_linger2;
            if (value == 0)
                set.chosen &= static_cast<u8>(~settings::chose_linger2);
            set.followed = 0;
            follow_system(set);
            return ok;
        case tcp_defer_accept:
            set.defer_accept_s = value < 0 ? 0 : static_cast<u32>(value);
            if (refptr<listener> l = active_listener())
                l->defer_s.store(static_cast<u8>(value < 0 ? 0 : value > 255 ? 255 : value));
            return ok;
        case tcp_window_clamp:
            if (value == 0 && c.current() != state::closed)
                return errc::invalid_argument;
            set.window_clamp = value == 0                              ? 0
                               : static_cast<u32>(value) < least_clamp ? least_clamp
                                                                       : static_cast<u32>(value);
            return ok;
        case tcp_quickack:
            c.set_quick(value & 1, e_->now());
            return ok;
        case tcp_user_timeout:
            if (value < 0)
                return errc::invalid_argument;
            set.user_timeout = static_cast<u32>(value);
            return ok;
        case tcp_notsent_lowat:
            set.not_sent_low = static_cast<u32>(value);
            set.chosen |= settings::chose_not_sent_low;
            if (value == 0)
                set.chosen &= static_cast<u8>(~settings::chose_not_sent_low);
            set.followed = 0;
            follow_system(set);
            return ok;
        case tcp_fastopen: {
            const u32 most = net::settings().somaxconn.load(std::memory_order_relaxed);
            if (value < 0 || c.current() != state::closed)
                return errc::invalid_argument;
            set.fast_open_queue = static_cast<u32>(value) < most ? static_cast<u32>(value) : most;
            if (refptr<listener> l = active_listener())
                l->set_fast_open(set.fast_open_queue);
            return ok;
        }
        case tcp_fastopen_connect:
            if (!within(value, 0, 1))
                return errc::invalid_argument;
            if (!fast_open_allows(fast_open_client))
                return errc::not_supported;
            if (c.current() != state::closed || active_listener())
                return errc::invalid_argument;
            set.fast_open_connect = value != 0;
            return ok;
        default:
            log::warning("tcp: setsockopt {} is missing", option);
            return errc::no_protocol_option;
    }
    c.settings_changed(e_->now());
    return ok;
}

result<i32> stream_socket::tcp_option(int option) noexcept {
    connection& c = e_->c();
    follow_system(c.set);
    const settings& set = c.set;
    const bool idle = c.current() == state::closed;
    switch (option) {
        case tcp_nodelay:
            return set.no_delay;
        case tcp_cork:
            return set.cork;
        case tcp_maxseg:
            return set.most_segment && idle ? set.most_segment : static_cast<i32>(c.mss());
        case tcp_keepidle:
            return static_cast<i32>(set.keep_idle_s);
        case tcp_keepintvl:
            return static_cast<i32>(set.keep_interval_s);
        case tcp_keepcnt:
            return set.keep_probes;
        case tcp_syncnt:
            return set.syn_retries;
        case tcp_linger2:
            return set.linger2_s;
        case tcp_defer_accept: {
            // Linux counts SYN-ACKs, which go out after 1, 3, 7… seconds.
            i32 seconds = 0;
            for (i32 step = 1; seconds < static_cast<i32>(set.defer_accept_s); step *= 2)
                seconds += step;
            return seconds;
        }
        case tcp_window_clamp:
            return static_cast<i32>(set.window_clamp);
        case tcp_quickack:
            return c.quick();
        case tcp_user_timeout:
            return static_cast<i32>(set.user_timeout);
        case tcp_notsent_lowat:
            return set.chosen & settings::chose_not_sent_low ? static_cast<i32>(set.not_sent_low)
                                                             : 0;
        case tcp_fastopen:
            return static_cast<i32>(set.fast_open_queue);
        case tcp_fastopen_connect:
            return set.fast_open_connect;
        case tcp_timestamp:
            return static_cast<i32>(e_->now().ns / 1'000'000 + c.timestamp_offset());
        default:
            return errc::no_protocol_option;
    }
}

result<usize> stream_socket::get_option(int level, int option, std::span<u8> value) noexcept {
    if (level != protocol_tcp && level != level_ip && level != level_ipv6)
        return errc::no_protocol_option;
    session s{*e_};
    if (level == protocol_tcp && option == tcp_info) {
        information i;
        e_->c().fill_info(i, e_->now());
        if (const refptr<listener> l = active_listener()) {
            i.state = static_cast<u8>(state::listen);
            i.unacked = l->waiting();
            i.sacked = l->backlog.load();
        }
        return give(value, &i, sizeof i);
    }
    if (level == protocol_tcp && option == tcp_congestion) {
        char name[name_bytes] = {};
        const std::string_view is = name_of(e_->c().set.algorithm);
        std::memcpy(name, is.data(), is.size());
        return give(value, name, sizeof name);
    }
    if (level != protocol_tcp)
        return get_ip_option(level, option, value);
    const i32 number = TRY(tcp_option(option));
    return give(value, &number, sizeof number);
}

/// Options of IP are kept as datagram sockets keep them; here is what they do to a connection. The
/// endpoint is locked.
result<void> stream_socket::set_ip_option(int level, int option,
                                          std::span<const u8> value) noexcept {
    const bool v6 = level == level_ipv6;
    if (v6 && family() != af_inet6)
        return errc::no_protocol_option;
    if (v6 && option == ipv6_v6only && e_->held)
        return errc::invalid_argument;
    // What is for datagrams only (ip(7), ipv6(7))
    if (v6 ? option == ipv6_multicast_if || option == ipv6_multicast_hops : option == ip_hdrincl)
        return errc::no_protocol_option;
    if (!v6 && option == ip_multicast_ttl)
        return errc::invalid_argument;
    TRY_VOID(ip_.set(level, option, value));
    using o = net::ip_option;
    constexpr i32 ecn_bits = 3;  // the stack's
    ip_.set(o::tos, ip_.get(o::tos) & ~ecn_bits);
    ip_.set(o::tclass, ip_.get(o::tclass) & ~ecn_bits);
    const i32 hops = ip_.get(v6 ? o::unicast_hops : o::ttl);
    e_->hop_limit = hops < 0 ? u8{64} : static_cast<u8>(hops);
    e_->traffic_class = static_cast<u8>(ip_.get(v6 ? o::tclass : o::tos));
    e_->discovery = static_cast<mtu_discovery>(ip_.get(v6 ? o::mtu_discover6 : o::mtu_discover));
    if (ip_.get(o::recverr) || ip_.get(o::recverr6))
        return e_->keep_errors();
    e_->c().set.report_errors = false;
    return ok;
}

result<usize> stream_socket::get_ip_option(int level, int option, std::span<u8> value) noexcept {
    const bool v6 = level == level_ipv6;
    if (v6 && family() != af_inet6)
        return errc::no_protocol_option;
    if (option != (v6 ? ipv6_mtu : ip_mtu))
        return ip_.get(level, option, value);
    if (!e_->way() || e_->c().current() == state::closed)
        return errc::not_connected;
    return give_number(value, static_cast<i32>(e_->way()->mtu()), !v6);
}

u32 stream_socket::send_buffer_size() noexcept {
    session s{*e_};
    return e_->c().send_limit();
}

/// Twice the window, which may have grown (tcp(7)).
u32 stream_socket::receive_buffer_size() noexcept {
    session s{*e_};
    const u32 window = e_->c().set.receive_buffer;
    const u32 now = e_->c().receive_limit();
    return 2 * (e_->c().begun() && now > window ? now : window);
}

net::socket::memory_use stream_socket::memory_in_use() noexcept {
    session s{*e_};
    return {e_->c().readable(), e_->c().queued(), 0};
}

void stream_socket::option_changed(int option) noexcept {
    session s{*e_};
    connection& c = e_->c();
    switch (option) {
        case so_keepalive:
            c.set.keep_alive = keep_alive.load();
            follow_system(c.set);
            break;
        case so_oobinline:
            c.set.urgent_inline = out_of_band_inline.load();
            break;
        case so_sndbuf:
            c.set.send_buffer = send_room();
            c.set.fixed_send_buffer = true;
            break;
        case so_rcvbuf:
            c.set.receive_buffer = receive_room() / 2;
            c.set.fixed_receive_buffer = true;
            break;
        case so_incoming_cpu:
            if (refptr<listener> l = active_listener())
                l->incoming_cpu.store(incoming_cpu.load());
            return;
        case so_reuseaddr:
        case so_reuseport:
            if (e_->held) {
                hold how = e_->held->how;
                how.reuse_address = reuse_address.load();
                how.reuse_port = reuse_port.load();
                if (auto changed = ports().change(e_->held, how))
                    e_->held = *changed;
            }
            return;
        default:
            return;
    }
    c.settings_changed(e_->now());
    tell_listener();
}

}  // namespace osprey::net::tcp
