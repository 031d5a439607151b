// SPDX-License-Identifier: BSD-3-Clause
//
// /proc/net/packet and /proc/net/protocols, in Linux's formats.
#include <fs/proc/net_files.hh>
#include <net/netlink/netlink_socket.hh>
#include <net/packet_socket/socket.hh>
#include <net/protocol.hh>
#include <net/socket_table.hh>
#include <net/tcp/socket.hh>
#include <net/udp/socket.hh>
#include <net/unix/unix_end.hh>

namespace osprey::fs {
namespace {

struct printer {
    string& out;
    result<void> outcome{};
};

result<void> left(string& out, u64 number, usize width) noexcept {
    const usize start = out.size();
    TRY_VOID(print(out, "{}", number));
    do {
        TRY_VOID(out.push_back(' '));
    } while (out.size() - start <= width);
    return ok;
}

result<void> print_packet(string& out, const net::packet_socket::view& v) noexcept {
    TRY_VOID(print(out, "{:016x} ", u64{0}));
    TRY_VOID(left(out, v.references, 6));
    TRY_VOID(left(out, static_cast<u64>(v.type), 4));
    TRY_VOID(print(out, "{:04x}   ", v.ether_type));
    TRY_VOID(left(out, v.device, 5));
    TRY_VOID(print(out, "{} ", v.running ? 1 : 0));
    TRY_VOID(left(out, v.queued, 6));
    TRY_VOID(left(out, v.user, 6));
    TRY_VOID(left(out, v.inode, 6));
    out.truncate(out.size() - 1);  // no space at the end
    return out.push_back('\n');
}

result<void> show_packet(string& out) noexcept {
    TRY_VOID(out.append("sk               RefCnt Type Proto  Iface R Rmem   User   Inode\n"));
    printer p{out};
    net::packet_socket::for_each(
        [](const net::packet_socket::view& v, void* context) {
            auto& to = *static_cast<printer*>(context);
            if (to.outcome)
                to.outcome = print_packet(to.out, v);
        },
        &p);
    return std::move(p.outcome);
}

/// What the columns of letters say a protocol can: close, connect, disconnect, accept, ioctl, init,
/// destroy, shutdown, set and get options, send, send pages, receive, bind, backlog, hash, unhash,
/// ports, memory pressure.
constexpr std::string_view nothing = "n  n  n  n  n  n  n  n  n  n  n  n  n  n  n  n  n  n  n",
                           streams = "y  y  y  y  y  y  y  y  y  y  y  y  y  n  y  y  y  y  y",
                           datagrams = "y  y  y  n  y  y  y  n  y  y  y  n  y  n  n  y  y  y  n",
                           raws = "y  y  y  n  y  y  y  n  y  y  y  n  y  y  y  y  y  n  n";

result<void> line(string& out, std::string_view name, usize bytes, u64 sockets,
                  std::string_view can) noexcept {
    const usize start = out.size();
    TRY_VOID(out.append(name));
    while (out.size() - start < 9)
        TRY_VOID(out.push_back(' '));
    return print(out, " {:4} {:6}      -1   NI       0   no   kernel      {}\n", bytes, sockets,
                 can);
}

result<u64> sockets_of(u8 protocol, u8 family) noexcept {
    vector<net::socket_entry> all;
    if (net::socket_table* table = net::find_socket_table(protocol))
        TRY_VOID(table->list(all));
    u64 n = 0;
    for (const net::socket_entry& e : all)
        n += e.family == family && e.inode != 0;
    return n;
}

result<void> show_protocols(string& out) noexcept {
    constexpr u8 raw = 255;
    TRY_VOID(
        out.append("protocol  size sockets  memory press maxhdr  slab module     "
                   "cl co di ac io in de sh ss gs se sp re bi br ha uh gp em\n"));
    u64 packets = 0;
    net::packet_socket::for_each(
        [](const net::packet_socket::view&, void* n) { ++*static_cast<u64*>(n); }, &packets);
    TRY_VOID(line(out, "PACKET", sizeof(net::packet_socket), packets, nothing));
    const struct {
        std::string_view name;
        u8 protocol, family;
        usize bytes;
        std::string_view can;
    } rows[] = {
        {"RAWv6", raw, net::af_inet6, sizeof(net::datagram_socket), raws},
        {"UDPv6", net::protocol_udp, net::af_inet6, sizeof(net::udp_socket), datagrams},
        {"TCPv6", net::protocol_tcp, net::af_inet6, sizeof(net::tcp::stream_socket), streams},
        {"RAW", raw, net::af_inet, sizeof(net::datagram_socket), raws},
        {"UDP", net::protocol_udp, net::af_inet, sizeof(net::udp_socket), datagrams},
        {"TCP", net::protocol_tcp, net::af_inet, sizeof(net::tcp::stream_socket), streams},
    };
    for (const auto& r : rows)
        TRY_VOID(line(out, r.name, r.bytes, TRY(sockets_of(r.protocol, r.family)), r.can));
    TRY_VOID(line(out, "UNIX", sizeof(net::unix_end), net::unix_end::count(), nothing));
    return line(out, "NETLINK", sizeof(net::netlink_socket), net::netlink_socket::count(), nothing);
}

}  // namespace

result<void> add_network_protocols(synthetic_directory& net) noexcept {
    TRY_VOID(net.file("packet", {show_packet, nullptr}));
    return net.file("protocols", {show_protocols, nullptr});
}

}  // namespace osprey::fs
