// SPDX-License-Identifier: BSD-3-Clause
// Options of TCP sockets: tcp(7), ip(7), ipv6(7), and what SO_* means for them.
#include <base/log.hh>
#include <net/protocol.hh>
#include <net/tcp/info.hh>
#include <net/tcp/socket.hh>

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
};
enum ip_level_option : int {
    ip_tos = 1,
    ip_ttl = 2,
    ip_mtu_discover = 10,
    ip_recverr = 11,
    ip_mtu = 14,
    ip_freebind = 15,
    ip_bind_address_no_port = 24,
};
enum ipv6_level_option : int {
    ipv6_unicast_hops = 16,
    ipv6_mtu_discover = 23,
    ipv6_mtu = 24,
    ipv6_recverr = 25,
    ipv6_v6only = 26,
    ipv6_tclass = 67,
};
constexpr int level_ip = 0, level_ipv6 = 41;
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
    i32 number = 0;
    if (value.size() < sizeof number) {
        if (level != level_ip || value.empty())
            return errc::invalid_argument;
        number = value[0];  // ip(7): one byte will do
    } else {
        std::memcpy(&number, value.data(), sizeof number);
    }
    session s{*e_};
    auto done = level == protocol_tcp ? set_tcp_option(option, number)
                                      : set_ip_option(level, option, number);
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
            return ok;  // what may go out now goes when the lock is let go
        case tcp_cork:
            set.cork = value != 0;
            return ok;
        case tcp_maxseg:
            if (value != 0 && !within(value, least_mss_option, most_mss_option))
                return errc::invalid_argument;
            set.most_segment = static_cast<u16>(value);
            break;
        case tcp_keepidle:
            if (!within(value, 1, most_keep_seconds))
                return errc::invalid_argument;
            set.keep_idle_s = static_cast<u32>(value);
            break;
        case tcp_keepintvl:
            if (!within(value, 1, most_keep_seconds))
                return errc::invalid_argument;
            set.keep_interval_s = static_cast<u32>(value);
            break;
        case tcp_keepcnt:
            if (!within(value, 1, most_probes))
                return errc::invalid_argument;
            set.keep_probes = static_cast<u8>(value);
            break;
        case tcp_syncnt:
            if (!within(value, 1, most_probes))
                return errc::invalid_argument;
            set.syn_retries = static_cast<u8>(value);
            break;
        case tcp_linger2:
            set.linger2_s = value < 0              ? -1
                            : value == 0           ? 60
                            : value > most_linger2 ? most_linger2
                                                   : value;
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
            set.not_sent_low = value == 0 ? ~u32{0} : static_cast<u32>(value);
            return ok;
        case tcp_fastopen:
            return errc::not_supported;
        default:
            log::warning("tcp: setsockopt {} is missing", option);
            return errc::no_protocol_option;
    }
    c.settings_changed(e_->now());
    return ok;
}

result<i32> stream_socket::tcp_option(int option) noexcept {
    connection& c = e_->c();
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
            return set.not_sent_low == ~u32{0} ? 0 : static_cast<i32>(set.not_sent_low);
        case tcp_fastopen:
            return 0;
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
    const i32 number =
        level == protocol_tcp ? TRY(tcp_option(option)) : TRY(ip_option(level, option));
    return give(value, &number, sizeof number);
}

namespace {
/// Segments always fit the path and forbid fragmentation (IP_PMTUDISC_WANT); the other ways of
/// ip(7) do not exist for TCP here.
result<void> only_mtu_discovery(i32 value) noexcept {
    if (!within(value, 0, 5))
        return errc::invalid_argument;
    return value == 1 ? result<void>{} : errc::no_protocol_option;
}
/// Switches of Linux that do not exist here: nothing to do only while they are off.
result<void> only_off(i32 value) noexcept {
    return value == 0 ? result<void>{} : errc::no_protocol_option;
}
}  // namespace

/// The endpoint is locked.
result<void> stream_socket::set_ip_option(int level, int option, i32 value) noexcept {
    if (level == level_ip) {
        switch (option) {
            case ip_tos:
                e_->traffic_class = static_cast<u8>(value & ~3);  // the stack's: ECN
                return ok;
            case ip_ttl:
                if (value != -1 && !within(value, 1, 255))
                    return errc::invalid_argument;
                e_->hop_limit = value == -1 ? 64 : static_cast<u8>(value);
                return ok;
            case ip_mtu_discover:
                return only_mtu_discovery(value);
            case ip_recverr:
            case ip_freebind:
            case ip_bind_address_no_port:
                return only_off(value);
            default:
                return errc::no_protocol_option;
        }
    }
    if (family() != af_inet6)
        return errc::no_protocol_option;
    switch (option) {
        case ipv6_v6only:
            if (e_->held)
                return errc::invalid_argument;
            v6_only_ = value != 0;
            return ok;
        case ipv6_unicast_hops:
            if (value != -1 && !within(value, 0, 255))
                return errc::invalid_argument;
            e_->hop_limit = value == -1 ? 64 : static_cast<u8>(value);
            return ok;
        case ipv6_tclass:
            if (!within(value, -1, 255))
                return errc::invalid_argument;
            e_->traffic_class = value == -1 ? 0 : static_cast<u8>(value & ~3);
            return ok;
        case ipv6_mtu_discover:
            return only_mtu_discovery(value);
        case ipv6_recverr:
            return only_off(value);
        default:
            return errc::no_protocol_option;
    }
}

result<i32> stream_socket::ip_option(int level, int option) noexcept {
    const bool v6 = level == level_ipv6;
    if (v6 && family() != af_inet6)
        return errc::no_protocol_option;
    const bool connected = e_->way() && e_->c().current() != state::closed;
    switch (option) {
        case ip_tos:
            return v6 ? result<i32>{errc::no_protocol_option} : i32{e_->traffic_class};
        case ip_ttl:
            return v6 ? result<i32>{errc::no_protocol_option} : i32{e_->hop_limit};
        case ip_mtu:
        case ipv6_mtu:
            if ((option == ipv6_mtu) != v6)
                return v6 ? result<i32>{errc::no_protocol_option} : i32{0};
            if (!connected)
                return errc::not_connected;
            return static_cast<i32>(e_->way()->mtu());
        case ip_mtu_discover:
        case ipv6_mtu_discover:
            return 1;  // IP_PMTUDISC_WANT
        case ipv6_v6only:
            return v6 ? result<i32>{i32{v6_only_}} : errc::no_protocol_option;
        case ipv6_unicast_hops:
            return i32{e_->hop_limit};
        case ipv6_tclass:
            return v6 ? result<i32>{i32{e_->traffic_class}} : errc::no_protocol_option;
        default:
            return errc::no_protocol_option;
    }
}

void stream_socket::option_changed(int option) noexcept {
    session s{*e_};
    connection& c = e_->c();
    switch (option) {
        case so_keepalive:
            c.set.keep_alive = keep_alive.load();
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
