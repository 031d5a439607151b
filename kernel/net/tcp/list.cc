// SPDX-License-Identifier: BSD-3-Clause
// TCP sockets for /proc/net/tcp and ss(8).
#include <string.h>
#include <base/vector.hh>
#include <net/protocol.hh>
#include <net/socket.hh>
#include <net/socket_table.hh>
#include <net/tcp/info.hh>
#include <net/tcp/listener.hh>
#include <net/tcp/protocol.hh>
#include <net/tcp/time_wait.hh>
#include <sched/clock.hh>

namespace osprey::net::tcp {

namespace {

constexpr u8 timer_retransmission = 1, timer_time_wait = 3;

u32 milliseconds_until(instant then, instant now) noexcept {
    return then <= now ? 0 : static_cast<u32>((then - now).ns / 1'000'000);
}

/// References to everything that a table visits. Sleeping is not allowed under RCU, so the room is
/// made before; what comes in between that and the walk is tried again with more.
template <typename T, typename Table>
result<vector<refptr<T>>> collect(Table& table, usize expected) noexcept {
    vector<refptr<T>> all;
    for (;;) {
        TRY_VOID(all.reserve(expected));
        usize found = 0;
        table.for_each([&](T& each) noexcept {
            if (found++ < all.capacity() && each.try_add_ref())
                (void)all.emplace_back(refptr<T>::adopt(&each));
        });
        if (found <= all.capacity())
            return static_cast<vector<refptr<T>>&&>(all);
        all.clear();
        expected = found + found / 4;
    }
}

socket_entry entry_of(const listener& l) noexcept {
    socket_entry e;
    const endpoint_state& home = l.home();
    e.family = home.family;
    e.state = static_cast<u8>(state::listen);
    e.local = {l.where.address, l.port, 0};
    e.remote.address = home.family == af_inet ? ip_address::v4_any() : ip_address{};
    e.receive_queue = l.waiting();
    e.send_queue = l.backlog.load(std::memory_order_relaxed);
    e.user = home.owner_uid;
    e.inode = home.inode;
    e.device = l.where.device;
    e.cookie = reinterpret_cast<u64>(&home);
    e.v6_only = l.where.v6_only;
    return e;
}

socket_entry entry_of_flow(const flow& f) noexcept {
    socket_entry e;
    e.local = {f.key.local, f.key.local_port, f.key.scope};
    e.remote = {f.key.remote, f.key.remote_port, f.key.scope};
    e.cookie = reinterpret_cast<u64>(&f);
    return e;
}

socket_entry entry_of(const request& r, instant now) noexcept {
    socket_entry e = entry_of_flow(r);
    e.family = r.owner->home().family;
    e.state = static_cast<u8>(state::syn_received);
    e.timer = timer_retransmission;
    e.timer_ms = milliseconds_until(r.due, now);
    e.retransmissions = r.sent - 1u;
    e.user = r.owner->home().owner_uid;
    e.device = r.device;
    return e;
}

socket_entry entry_of(const time_wait& t, instant now) noexcept {
    socket_entry e = entry_of_flow(t);
    instant ends;
    e.family = t.family;
    e.state = static_cast<u8>(t.current(ends));
    e.timer = timer_time_wait;
    e.timer_ms = milliseconds_until(ends, now);
    e.device = t.device;
    return e;
}

socket_entry entry_of(endpoint_state& p) noexcept {
    endpoint_state::session held{p};
    const connection& c = p.c();
    socket_entry e = entry_of_flow(p);
    information i;
    c.fill_info(i, p.now());
    e.family = p.family;
    e.state = i.state;
    e.send_queue = c.unacknowledged();
    e.receive_queue = c.readable();
    const auto timer = c.next_timer(p.now());
    e.timer = timer.kind;
    e.timer_ms = timer.milliseconds;
    e.retransmissions = i.retransmits;
    e.user = p.owner_uid;
    e.inode = p.inode;
    e.orphan = p.orphaned();
    e.device = p.device;
    e.shutdown = static_cast<u8>((c.end_of_input() ? 1 : 0) | (c.send_shut() ? 2 : 0));
    e.retransmission_timeout_ms = i.rto / 1000;
    e.congestion_window = i.snd_cwnd;
    e.slow_start_threshold = i.snd_ssthresh;
    return e;
}

socket_entry entry_of(flow& f, instant now) noexcept {
    switch (f.what) {
        case flow::kind::request:
            return entry_of(static_cast<request&>(f), now);
        case flow::kind::time_wait:
            return entry_of(static_cast<time_wait&>(f), now);
        case flow::kind::connection:
            break;
    }
    return entry_of(static_cast<endpoint_state&>(f));
}

class tcp_list final : public socket_table {
public:
    constexpr tcp_list() noexcept : socket_table{protocol_tcp} {}

    result<void> list(vector<socket_entry>& to) noexcept override {
        const auto open = TRY(collect<listener>(listeners(), 64));
        const auto all = TRY(collect<flow>(flows(), flows().size() + 64));
        TRY_VOID(to.reserve(to.size() + open.size() + all.size()));
        const instant now = sched::monotonic_now();
        for (const auto& l : open)
            TRY_VOID(to.push_back(entry_of(*l)));
        for (const auto& f : all)
            TRY_VOID(to.push_back(entry_of(*f, now)));
        return ok;
    }

    usize information(u64 cookie, void* to, usize room) noexcept override {
        refptr<flow> found;
        flows().for_each([&](flow& f) noexcept {
            if (reinterpret_cast<u64>(&f) == cookie && f.what == flow::kind::connection && !found &&
                f.try_add_ref())
                found = refptr<flow>::adopt(&f);
        });
        if (!found)
            return 0;
        struct information i;
        {
            auto& e = static_cast<endpoint_state&>(*found);
            endpoint_state::session held{e};
            e.c().fill_info(i, e.now());
        }
        const usize n = room < sizeof i ? room : sizeof i;
        memcpy(to, &i, n);
        return n;
    }
};
constinit tcp_list sockets;

}  // namespace

void register_list() noexcept {
    register_socket_table(sockets);
}

}  // namespace osprey::net::tcp
