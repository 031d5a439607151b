// SPDX-License-Identifier: BSD-3-Clause
//
// /proc/net: sockets of each protocol, in Linux's formats.
#include <fs/proc/net_files.hh>
#include <net/netlink/netlink_socket.hh>
#include <net/protocol.hh>
#include <net/socket_table.hh>
#include <net/unix/unix_end.hh>

namespace osprey::fs {
namespace {

constexpr u8 protocol_raw = 255;

result<void> pad_to(string& out, usize line_start, usize width) noexcept {
    while (out.size() - line_start < width)
        TRY_VOID(out.push_back(' '));
    return out.push_back('\n');
}

/// Address and port: 32-bit words as numbers of this machine.
result<void> print_end(string& out, const net::endpoint& e, u8 family) noexcept {
    if (family == net::af_inet) {
        const u32 v4 = e.address.is_v4() ? big_endian(e.address.v4()) : 0;
        return print(out, "{:08X}:{:04X}", v4, e.port);
    }
    u32 words[4];
    e.address.store_v6(words);
    return print(out, "{:08X}{:08X}{:08X}{:08X}:{:04X}", words[0], words[1], words[2], words[3],
                 e.port);
}

/// What all protocols tell of a socket.
result<void> print_common(string& out, const net::socket_entry& e) noexcept {
    TRY_VOID(print_end(out, e.local, e.family));
    TRY_VOID(out.push_back(' '));
    TRY_VOID(print_end(out, e.remote, e.family));
    constexpr u8 listening = 10;  // its backlog is for sock_diag alone
    TRY_VOID(print(out, " {:02X} {:08X}:{:08X} {:02X}:{:08X} {:08X} {:5} {:8} {}", e.state,
                   e.state == listening ? 0 : e.send_queue, e.receive_queue, e.timer,
                   e.timer_ms / 10, e.retransmissions, e.user, 0, e.inode));
    return print(out, " {} {:016x}", e.references, u64{0});  // addresses of the kernel stay here
}

constexpr std::string_view v6_head =
    "  sl  local_address                         remote_address                        st tx_queue "
    "rx_queue tr tm->when retrnsmt   uid  timeout inode";

result<void> list(u8 protocol, vector<net::socket_entry>& to) noexcept {
    net::socket_table* table = net::find_socket_table(protocol);
    return table ? table->list(to) : result<void>{ok};
}

result<void> show_tcp_of(string& out, u8 family) noexcept {
    constexpr usize width = 149;
    if (family == net::af_inet) {
        TRY_VOID(
            out.append("  sl  local_address rem_address   st tx_queue rx_queue tr tm->when "
                       "retrnsmt   uid  timeout inode"));
        TRY_VOID(pad_to(out, 0, width));
    } else {
        TRY_VOID(print(out, "{}\n", v6_head));
    }
    vector<net::socket_entry> all;
    TRY_VOID(list(net::protocol_tcp, all));
    u32 number = 0;
    for (const net::socket_entry& e : all) {
        if (e.family != family)
            continue;
        const usize start = out.size();
        TRY_VOID(print(out, "{:4}: ", number++));
        TRY_VOID(print_common(out, e));
        const i32 threshold =
            e.slow_start_threshold >= 0x7fff'ffff ? -1 : static_cast<i32>(e.slow_start_threshold);
        TRY_VOID(print(out, " {} {} {} {} {}", e.retransmission_timeout_ms / 10, 4, 0,
                       e.congestion_window, threshold));
        TRY_VOID(pad_to(out, start, family == net::af_inet ? width : 0));
    }
    return ok;
}
result<void> show_tcp(string& out) noexcept {
    return show_tcp_of(out, net::af_inet);
}
result<void> show_tcp6(string& out) noexcept {
    return show_tcp_of(out, net::af_inet6);
}

result<void> show_datagrams(string& out, u8 protocol, u8 family) noexcept {
    constexpr usize width = 127;
    if (family == net::af_inet) {
        TRY_VOID(out.append(protocol == protocol_raw ? "  sl" : "   sl"));
        TRY_VOID(
            out.append("  local_address rem_address   st tx_queue rx_queue tr tm->when "
                       "retrnsmt   uid  timeout inode ref pointer drops"));
        TRY_VOID(pad_to(out, 0, protocol == protocol_raw ? 0 : width));
    } else {
        TRY_VOID(print(out, "{} ref pointer drops\n", v6_head));
    }
    vector<net::socket_entry> all;
    TRY_VOID(list(protocol, all));
    for (const net::socket_entry& e : all) {
        if (e.family != family)
            continue;
        const usize start = out.size();
        if (protocol != protocol_raw)
            TRY_VOID(out.push_back(' '));
        TRY_VOID(print(out, "{:4}: ", e.local.port));
        TRY_VOID(print_common(out, e));
        TRY_VOID(print(out, " {}", e.drops));
        TRY_VOID(
            pad_to(out, start, family == net::af_inet && protocol != protocol_raw ? width : 0));
    }
    return ok;
}
result<void> show_udp(string& out) noexcept {
    return show_datagrams(out, net::protocol_udp, net::af_inet);
}
result<void> show_udp6(string& out) noexcept {
    return show_datagrams(out, net::protocol_udp, net::af_inet6);
}
result<void> show_raw(string& out) noexcept {
    return show_datagrams(out, protocol_raw, net::af_inet);
}
result<void> show_raw6(string& out) noexcept {
    return show_datagrams(out, protocol_raw, net::af_inet6);
}

/// SS_* of Linux, and how many refer to it.
u32 connection_of(const net::unix_end::view& v) noexcept {
    const bool connected = v.now == net::unix_end::state::connected;
    if (v.inode == 0)
        return connected ? 2 : 4;
    return connected ? 3 : 1;
}

result<void> show_unix(string& out) noexcept {
    constexpr u32 accepts = 0x10000;  // __SO_ACCEPTCON
    TRY_VOID(out.append("Num       RefCount Protocol Flags    Type St Inode Path\n"));
    auto all = TRY(net::unix_end::list());
    for (const net::unix_end::view& v : all) {
        const bool listens = v.now == net::unix_end::state::listening;
        TRY_VOID(print(out, "{:016x}: {:08X} {:08X} {:08X} {:04X} {:02X} {:5}", u64{0},
                       v.references, 0, listens ? accepts : 0, v.type, connection_of(v), v.inode));
        if (v.name) {
            std::string_view text = v.name->text();
            TRY_VOID(out.push_back(' '));
            if (v.name->is_abstract()) {
                TRY_VOID(out.push_back('@'));
                text = text.substr(1);
            } else {
                text = text.substr(0, text.find('\0'));
            }
            for (char c : text)
                TRY_VOID(out.push_back(c ? c : '@'));
        }
        TRY_VOID(out.push_back('\n'));
    }
    return ok;
}

struct netlink_printer {
    string& out;
    result<void> outcome{};
};

/// `number`, and spaces behind it.
result<void> left(string& out, u64 number, usize width) noexcept {
    const usize start = out.size();
    TRY_VOID(print(out, "{}", number));
    while (out.size() - start < width)
        TRY_VOID(out.push_back(' '));
    return ok;
}

result<void> print_netlink(string& out, const net::netlink_socket::view& v) noexcept {
    TRY_VOID(print(out, "{:016x} ", u64{0}));
    TRY_VOID(left(out, static_cast<u64>(v.protocol), 4));
    TRY_VOID(left(out, v.port, 11));
    TRY_VOID(print(out, "{:08x} ", v.groups));
    TRY_VOID(left(out, v.queued, 9));
    TRY_VOID(left(out, 0, 9));
    TRY_VOID(left(out, 0, 6));
    TRY_VOID(left(out, 2, 9));
    TRY_VOID(left(out, v.drops, 9));
    TRY_VOID(left(out, v.inode, 8));
    return out.push_back('\n');
}

result<void> show_netlink(string& out) noexcept {
    TRY_VOID(
        out.append("sk               Eth Pid        Groups   Rmem     Wmem     Dump  Locks    "
                   "Drops    Inode\n"));
    netlink_printer p{out};
    net::netlink_socket::for_each(
        [](const net::netlink_socket::view& v, void* context) {
            auto& printer = *static_cast<netlink_printer*>(context);
            if (printer.outcome)
                printer.outcome = print_netlink(printer.out, v);
        },
        &p);
    return std::move(p.outcome);
}

struct tally {
    u32 in_use = 0, time_wait = 0, orphans = 0, all = 0;
};
result<tally> count(u8 protocol, u8 family) noexcept {
    constexpr u8 tcp_syn_received = 3, tcp_time_wait = 6;
    vector<net::socket_entry> sockets;
    TRY_VOID(list(protocol, sockets));
    tally t;
    for (const net::socket_entry& e : sockets) {
        if (e.family != family || e.state == tcp_syn_received)
            continue;  // no socket yet
        ++t.all;
        if (e.state == tcp_time_wait)
            ++t.time_wait;
        else if (e.orphan)
            ++t.orphans;
        else
            ++t.in_use;
    }
    return t;
}

result<void> show_sockstat(string& out) noexcept {
    const tally tcp = TRY(count(net::protocol_tcp, net::af_inet));
    const tally tcp6 = TRY(count(net::protocol_tcp, net::af_inet6));
    const tally udp = TRY(count(net::protocol_udp, net::af_inet));
    const tally udp6 = TRY(count(net::protocol_udp, net::af_inet6));
    const tally raw = TRY(count(protocol_raw, net::af_inet));
    const u32 used = tcp.in_use + tcp6.in_use + udp.all + udp6.all + raw.all +
                     net::unix_end::count() + net::netlink_socket::count();
    TRY_VOID(print(out, "sockets: used {}\n", used));
    TRY_VOID(print(out, "TCP: inuse {} orphan {} tw {} alloc {} mem 0\n", tcp.in_use,
                   tcp.orphans + tcp6.orphans, tcp.time_wait + tcp6.time_wait,
                   tcp.in_use + tcp6.in_use));
    return print(out,
                 "UDP: inuse {} mem 0\nUDPLITE: inuse 0\nRAW: inuse {}\nFRAG: inuse 0 memory 0\n",
                 udp.all, raw.all);
}

result<void> show_sockstat6(string& out) noexcept {
    const tally tcp = TRY(count(net::protocol_tcp, net::af_inet6));
    const tally udp = TRY(count(net::protocol_udp, net::af_inet6));
    const tally raw = TRY(count(protocol_raw, net::af_inet6));
    return print(
        out,
        "TCP6: inuse {}\nUDP6: inuse {}\nUDPLITE6: inuse 0\nRAW6: inuse {}\nFRAG6: inuse 0 "
        "memory 0\n",
        tcp.in_use, udp.all, raw.all);
}

}  // namespace

result<void> add_network_sockets(synthetic_directory& net) noexcept {
    const struct {
        std::string_view name;
        result<void> (*show)(string&) noexcept;
    } files[] = {
        {"tcp", show_tcp},           {"tcp6", show_tcp6},
        {"udp", show_udp},           {"udp6", show_udp6},
        {"raw", show_raw},           {"raw6", show_raw6},
        {"unix", show_unix},         {"netlink", show_netlink},
        {"sockstat", show_sockstat}, {"sockstat6", show_sockstat6},
    };
    for (const auto& f : files)
        TRY_VOID(net.file(f.name, {f.show, nullptr}));
    return ok;
}

}  // namespace osprey::fs
