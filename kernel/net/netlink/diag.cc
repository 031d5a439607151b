// SPDX-License-Identifier: BSD-3-Clause
//
// NETLINK_SOCK_DIAG: lists of sockets for ss(8), sock_diag(7).
#include <net/netlink/netlink_socket.hh>
#include <net/socket_table.hh>
#include <net/unix/unix_end.hh>

namespace osprey::net {
namespace {

constexpr u16 by_family = 20;  // SOCK_DIAG_BY_FAMILY

struct socket_id {
    be16 source_port, destination_port;
    u8 source[16], destination[16];
    u32 device;
    u32 cookie[2];
};
static_assert(sizeof(socket_id) == 48);

/// struct inet_diag_req_v2
struct inet_request {
    u8 family, protocol, extensions, padding;
    u32 states;
    socket_id id;
};
static_assert(sizeof(inet_request) == 56);

/// struct inet_diag_msg
struct inet_message {
    u8 family, state, timer, retransmissions;
    socket_id id;
    u32 expires_ms, receive_queue, send_queue, user, inode;
};
static_assert(sizeof(inet_message) == 72);
enum inet_attribute : u16 { diag_info = 2, diag_shutdown = 8, diag_protocol_number = 10 };

void store_address(u8 (&to)[16], const ip_address& a, u8 family) noexcept {
    if (family == af_inet6) {
        a.store_v6(to);
        return;
    }
    const u32 v4 = big_endian(a.is_v4() ? a.v4() : 0);
    std::memcpy(to, &v4, sizeof v4);
}

void write_inet(netlink_writer& out, socket_table& table, const socket_entry& e,
                u8 extensions) noexcept {
    inet_message m{};
    m.family = e.family;
    m.state = e.state;
    m.timer = e.timer;
    m.retransmissions = static_cast<u8>(e.retransmissions);
    m.id.source_port = e.local.port;
    m.id.destination_port = e.remote.port;
    store_address(m.id.source, e.local.address, e.family);
    store_address(m.id.destination, e.remote.address, e.family);
    m.id.device = e.device;
    m.id.cookie[0] = static_cast<u32>(e.cookie);
    m.id.cookie[1] = static_cast<u32>(e.cookie >> 32);
    m.expires_ms = e.timer_ms;
    m.receive_queue = e.receive_queue;
    m.send_queue = e.send_queue;
    m.user = e.user;
    m.inode = static_cast<u32>(e.inode);
    out.fixed(m);
    out.attribute(diag_shutdown, e.shutdown);
    if (extensions >> (diag_info - 1) & 1) {
        u8 information[256];
        if (const usize n = table.information(e.cookie, information, sizeof information))
            out.attribute(diag_info, information, n);
    }
}

result<void> list_inet(const netlink_request_view& r, netlink_answer& answer) noexcept {
    if (!r.has<inet_request>())
        return errc::invalid_argument;
    const auto q = r.fixed<inet_request>();
    socket_table* table = find_socket_table(q.protocol);
    if (!table)
        return errc::no_entry;
    vector<socket_entry> all;
    TRY_VOID(table->list(all));
    if (r.wants_dump())
        answer.is_dump();
    for (const socket_entry& e : all) {
        if (e.family != q.family || !(q.states >> e.state & 1))
            continue;
        if (q.id.source_port && q.id.source_port != e.local.port)
            continue;
        if (q.id.destination_port && q.id.destination_port != e.remote.port)
            continue;
        answer.message(by_family,
                       [&](netlink_writer& out) { write_inet(out, *table, e, q.extensions); });
        if (!r.wants_dump())
            return ok;
    }
    return r.wants_dump() ? result<void>{ok} : errc::no_entry;
}

/// struct unix_diag_req
struct unix_request {
    u8 family, protocol;
    u16 padding;
    u32 states, inode, show;
    u32 cookie[2];
};
static_assert(sizeof(unix_request) == 24);
/// struct unix_diag_msg
struct unix_message_header {
    u8 family, type, state, padding;
    u32 inode;
    u32 cookie[2];
};
static_assert(sizeof(unix_message_header) == 16);
enum unix_attribute : u16 {
    unix_diag_name = 0,
    unix_diag_peer = 2,
    unix_diag_pending = 3,
    unix_diag_queues = 4,
    unix_diag_shutdown = 6,
};
enum unix_show : u32 { show_name = 1, show_peer = 4, show_pending = 8, show_queues = 16 };
constexpr u8 tcp_established = 1, tcp_close = 7, tcp_listen = 10;

u8 state_of(const unix_end::view& v) noexcept {
    switch (v.now) {
        case unix_end::state::listening:
            return tcp_listen;
        case unix_end::state::connected:
            return tcp_established;
        default:
            return tcp_close;
    }
}

void write_unix(netlink_writer& out, const unix_end::view& v, u32 show) noexcept {
    out.fixed(unix_message_header{af_unix,
                                  static_cast<u8>(v.type),
                                  state_of(v),
                                  0,
                                  static_cast<u32>(v.inode),
                                  {static_cast<u32>(v.inode), static_cast<u32>(v.inode >> 32)}});
    if (show & show_name && v.name) {
        const auto text = v.name->text();
        const usize length = v.name->is_abstract() || text.empty() ? text.size() : text.find('\0');
        out.attribute(unix_diag_name, text.data(), length < text.size() ? length : text.size());
    }
    if (show & show_peer && v.peer_inode)
        out.attribute(unix_diag_peer, static_cast<u32>(v.peer_inode));
    if (show & show_queues) {
        const bool listens = v.now == unix_end::state::listening;
        const u32 queues[2] = {listens ? v.pending : v.queued_bytes,
                               listens ? v.backlog : v.sent_bytes};
        out.attribute(unix_diag_queues, queues, sizeof queues);
    }
    out.attribute(unix_diag_shutdown, v.shut);
}

result<void> list_unix(const netlink_request_view& r, netlink_answer& answer) noexcept {
    if (!r.has<unix_request>())
        return errc::invalid_argument;
    const auto q = r.fixed<unix_request>();
    auto all = TRY(unix_end::list());
    if (r.wants_dump())
        answer.is_dump();
    for (const unix_end::view& v : all) {
        if (!r.wants_dump() && v.inode != q.inode)
            continue;
        if (r.wants_dump() && !(q.states >> state_of(v) & 1))
            continue;
        answer.message(by_family, [&](netlink_writer& out) { write_unix(out, v, q.show); });
        if (!r.wants_dump())
            return ok;
    }
    return r.wants_dump() ? result<void>{ok} : errc::no_entry;
}

result<void> handle(const netlink_request_view& r, netlink_answer& answer) noexcept {
    if (r.header.type != by_family || r.payload.size() < 2)
        return errc::invalid_argument;
    switch (r.payload[0]) {
        case af_inet:
        case af_inet6:
            return list_inet(r, answer);
        case af_unix:
            return list_unix(r, answer);
        default:
            return errc::no_entry;  // no module for the family, in Linux's words
    }
}

}  // namespace

constinit const netlink_protocol diag_protocol{netlink_sock_diag, 8, handle};

}  // namespace osprey::net
