// SPDX-License-Identifier: BSD-3-Clause
// Names, opening and closing of TCP sockets: bind(2), connect(2), listen(2), accept(2),
// shutdown(2).
#include <net/caller.hh>
#include <net/protocol.hh>
#include <net/settings.hh>
#include <net/statistics.hh>
#include <net/tcp/protocol.hh>
#include <net/tcp/socket.hh>
#include <net/tcp/system_settings.hh>
#include <net/tcp/time_wait.hh>
#include <sched/clock.hh>
#include <sync/random_pool.hh>
#include <trace/tracepoint.hh>

namespace osprey::net::tcp {

namespace {
constexpr u16 af_unspec = 0;

/// Linux looks at the length of an IPv6 name before its family.
result<endpoint> named(const socket_address& a, int family) noexcept {
    constexpr u32 shortest_inet6 = 24;
    if (family == af_inet6 && a.length < shortest_inet6)
        return errc::invalid_argument;
    return to_endpoint(a, family);
}

ip_address loopback_of(const ip_address& a) noexcept {
    return a.is_v4() ? ip_address::v4(0x7f000001) : ip_address::v6_loopback();
}
}  // namespace

stream_socket::stream_socket(int family, u32 flags, refptr<endpoint_state> e) noexcept
    : net::socket{family, sock_stream, protocol_tcp, flags},
      e_{static_cast<refptr<endpoint_state>&&>(e)} {}

stream_socket::~stream_socket() {
    if (listener* l = listener_.load())
        l->drop_ref();
}

result<refptr<net::socket>> stream_socket::create(int family, int protocol, u32 flags) noexcept {
    if (protocol != 0 && protocol != protocol_tcp)
        return errc::protocol_not_supported;
    auto e = TRY(make_ref<endpoint_state>(fresh_settings()));
    auto s = TRY(make_ref<stream_socket>(family, flags, static_cast<refptr<endpoint_state>&&>(e)));
    s->e_->owner_uid = caller_credentials().uid;
    s->e_->inode = s->inode();
    s->e_->family = static_cast<u8>(family);
    s->local_.address = family == af_inet ? ip_address::v4_any() : ip_address{};
    return refptr<net::socket>{static_cast<refptr<stream_socket>&&>(s)};
}

result<refptr<net::socket>> make_socket(int family, int protocol, u32 flags) noexcept {
    return stream_socket::create(family, protocol, flags);
}

// --- bind

hold stream_socket::hold_of(const ip_address& address) const noexcept {
    hold h;
    h.address = address;
    h.v6_only = v6_only();
    h.reuse_address = reuse_address.load(std::memory_order_relaxed);
    h.reuse_port = reuse_port.load(std::memory_order_relaxed);
    h.uid = e_->owner_uid;
    h.device = bound_device.load(std::memory_order_relaxed);
    return h;
}

TRACEPOINT(tcp, tcp_socket_bind, trace::address socket);
result<void> stream_socket::bind(const socket_address& a) noexcept {
    TRACE(tcp_socket_bind, this);
    const endpoint to = TRY(named(a, family()));
    if (to.address.is_v4() && family() == af_inet6 && v6_only())
        return errc::invalid_argument;
    const bool free = ip_.get(ip_option::freebind) || ip_.get(ip_option::freebind6);
    if (!free && !to.address.is_any() && address_type(to.address) == route_unicast)
        return errc::address_not_available;
    session s{*e_};
    if (e_->held || e_->c().current() != state::closed || listener_.load())
        return errc::invalid_argument;
    local_ = to;
    e_->keeps_port = to.port != 0;
    // IP_BIND_ADDRESS_NO_PORT: connect(2) finds one that is free for its pair of ends.
    if (to.port != 0 || !ip_.get(ip_option::bind_address_no_port)) {
        auto held = ports().bind(to.port, hold_of(to.address));
        if (!held) {
            local_ = {family() == af_inet ? ip_address::v4_any() : ip_address{}};
            return held.error();
        }
        e_->held = *held;
        local_.port = e_->held->port;
    }
    address_bound_ = !to.address.is_any();
    return ok;
}

// --- connect

result<endpoint> stream_socket::remote_of(const socket_address& a) const noexcept {
    endpoint to = TRY(named(a, family()));
    if (to.address.is_any())
        to.address = loopback_of(to.address);
    if (to.address.is_v4() && family() == af_inet6 && v6_only())
        return errc::network_unreachable;
    const u8 type = address_type(to.address);
    if (type == route_multicast || type == route_broadcast)
        return errc::network_unreachable;
    return to;
}

TRACEPOINT(tcp, tcp_socket_connect, trace::address socket);
result<void> stream_socket::connect(const socket_address& a) noexcept {
    TRACE(tcp_socket_connect, this);
    if (a.length >= sizeof(u16) && a.family() == af_unspec)
        return disconnect();
    if (listener_.load())
        return errc::already_connected;  // before a look at the address, as on Linux
    const endpoint to = TRY(remote_of(a));
    fast_open how = fast_open::no;
    {
        session s{*e_};
        if (e_->c().set.fast_open_connect && fast_open_allows(fast_open_client))
            how = fast_open::ask;
        if (deferred_.load(std::memory_order_relaxed))
            return errc::already_connected;
        if (how == fast_open::ask && e_->c().current() == state::closed && !listener_.load() &&
            fast_open_cookies().find(to.address).cookie.bytes != 0) {
            deferred_to_ = to;
            deferred_.store(true, std::memory_order_release);
            return ok;
        }
    }
    const bool fresh = TRY(open_now(to, how, nullptr));
    if (fresh && nonblocking())
        return errc::in_progress;  // even if the answer is here already, as on Linux
    return wait_connected(nonblocking());
}

/// Begins to connect unless that is under way already. @return whether it began now.
result<bool> stream_socket::open_now(const endpoint& to, fast_open how,
                                     vfs::io_buffer* data) noexcept {
    session s{*e_};
    if (listener_.load())
        return errc::already_connected;
    const state now = e_->c().current();
    if (connecting_) {
        if ((now == state::syn_sent || now == state::syn_received) && nonblocking())
            return errc::already_in_progress;
        return false;
    }
    if (now != state::closed)
        return errc::already_connected;
    if (const errc e = e_->c().take_error(); e != errc{})
        return e;
    TRY_VOID(begin_connect(to, how, data));
    return true;
}

/// Finds the way, a port and a place in the table of flows, and sends the SYN. The endpoint is
/// locked.
result<void> stream_socket::begin_connect(const endpoint& to, fast_open how,
                                          vfs::io_buffer* data) noexcept {
    const u32 device = bound_device.load(std::memory_order_relaxed);
    e_->device = device;
    const ip_address from = address_bound_ ? local_.address : ip_address{};
    if (!from.is_any() && from.is_v4() != to.address.is_v4())
        return from.is_v4() ? errc::network_unreachable : errc::invalid_argument;
    const u32 scope = to.address.is_link_local() ? to.scope : 0;
    auto way = TRY(find_route({to.address, from, device ? device : scope}));
    const ip_address source = from.is_any() ? way->source : from;
    if (e_->c().begun()) {
        const settings old = e_->c().set;
        e_->reset(old);
    }
    follow_system(e_->c().set);
    e_->use_way(static_cast<refptr<route>&&>(way));
    u32 reopened = 0;
    TRY_VOID(open_flow(to, source, reopened));
    local_.address = source;
    local_.port = e_->key.local_port;
    connecting_ = true;
    const hash_key& key = flows().key();
    if (how != fast_open::no) {
        const auto known = fast_open_cookies().find(to.address);
        e_->c().use_fast_open(known.cookie, known.peer_mss);
        // What cannot be read now is found out when the rest is sent.
        if (data && known.cookie.bytes != 0)
            (void)e_->c().write(*data, e_->c().fast_open_room(), connection::more::no);
    }
    count(statistic::tcp_active_opens);
    e_->c().connect(reopened ? reopened : initial_sequence(key, e_->key, e_->now().ns),
                    tcp::timestamp_offset(key, e_->key), e_->now());
    return ok;
}

result<void> stream_socket::open_flow(const endpoint& to, const ip_address& from,
                                      u32& reopened) noexcept {
    if (e_->held)
        return claim(local_.port, to, from, reopened) ? result<void>{}
                                                      : errc::address_not_available;
    hold how = hold_of(from);
    how.automatic = true;
    how.reuse_address = how.reuse_port = false;
    how.address = family() == af_inet ? ip_address::v4_any() : ip_address{};
    e_->held = TRY(
        ports().choose(how, [&](u16 port) noexcept { return claim(port, to, from, reopened); }));
    return ok;
}

/// Puts the endpoint into the table of flows if its pair of ends is free, or left in TIME_WAIT by
/// an earlier connection of which nothing old can be mistaken (RFC 6191).
bool stream_socket::claim(u16 port, const endpoint& to, const ip_address& from,
                          u32& reopened) noexcept {
    e_->set_ends({from, port, to.scope}, to);
    for (int tries = 0; tries < 2; ++tries) {
        if (flows().insert(*e_))
            return true;
        refptr<flow> there;
        {
            sync::rcu_read_guard reading;
            flow* f = flows().find(e_->key, e_->hash);
            if (f && f->what == flow::kind::time_wait && f->try_add_ref())
                there = refptr<flow>::adopt(f);
        }
        if (!there)
            return false;
        auto& t = static_cast<time_wait&>(*there);
        const u32 reuse = net::settings().tcp_tw_reuse.load(std::memory_order_relaxed);
        if (reuse == 0 || (reuse == 2 && !to.address.is_loopback()) || !t.reusable(e_->now()))
            return false;
        const u32 start = t.reopening_sequence();
        if (t.remove())
            reopened = start ? start : 1;
    }
    return false;
}

result<void> stream_socket::wait_connected(bool nonblocking) noexcept {
    const instant deadline = send_deadline();
    for (;;) {
        u32 changes;
        {
            session s{*e_};
            e_->settle();
            const state now = e_->c().current();
            if (now != state::syn_sent && now != state::syn_received) {
                connecting_ = false;
                if (const errc e = e_->c().take_error(); e != errc{}) {
                    forget_connection();
                    return e;
                }
                return now == state::closed && !e_->c().peer_closed()
                           ? result<void>{errc::connection_aborted}
                           : result<void>{};
            }
            if (nonblocking)
                return errc::in_progress;
            changes = e_->changes();
        }
        auto waited = e_->writable.wait([&]() noexcept { return e_->changed_since(changes); },
                                        sched::wait_mode::interruptible, deadline);
        if (!waited)
            return waited.error() == errc::timed_out ? errc::in_progress
                                                     : wait_failure(waited.error(), deadline);
    }
}

result<void> stream_socket::disconnect() noexcept {
    if (listener_.load()) {
        stop_listening();
        return ok;
    }
    session s{*e_};
    deferred_.store(false);
    e_->c().abort(e_->now());
    e_->settle();
    connecting_ = false;
    forget_connection();
    return ok;
}

/// As if connect(2) had never been called; a name that bind(2) gave stays. The endpoint is locked.
void stream_socket::forget_connection() noexcept {
    const settings old = e_->c().set;
    e_->reset(old);
    if (!address_bound_)
        local_.address = family() == af_inet ? ip_address::v4_any() : ip_address{};
    if (!e_->held)
        local_.port = 0;
}

// --- listen, accept

TRACEPOINT(tcp, tcp_socket_listen, trace::address socket, i32 backlog);
result<void> stream_socket::listen(int backlog) noexcept {
    TRACE(tcp_socket_listen, this, backlog);
    const u32 most = net::settings().somaxconn.load(std::memory_order_relaxed);
    const u32 wanted = static_cast<u32>(backlog) < most ? static_cast<u32>(backlog) : most;
    session s{*e_};
    if (listener* l = listener_.load()) {
        l->backlog.store(wanted, std::memory_order_relaxed);
        return ok;
    }
    if (e_->c().current() != state::closed)
        return errc::invalid_argument;
    hold how = hold_of(local_.address);
    if (!e_->held) {
        e_->held = TRY(ports().bind(0, how));
        local_.port = e_->held->port;
    }
    how.listening = true;
    e_->held = TRY(ports().change(e_->held, how));
    auto budget = TRY(make_ref<fast_open_budget>());
    const u32 fast = e_->c().set.fast_open_queue;
    budget->most.store(fast ? fast : fast_open_allows(fast_open_all_listeners) ? wanted : 0);
    auto made = TRY(
        make_ref<listener>(e_, how, local_.port, static_cast<refptr<fast_open_budget>&&>(budget)));
    made->backlog.store(wanted, std::memory_order_relaxed);
    listeners().add(*made);
    listener_.store(made.release());
    return ok;
}

void stream_socket::stop_listening() noexcept {
    listener* l = listener_.exchange(nullptr);
    if (!l)
        return;
    l->close();
    l->drop_ref();
    session s{*e_};
    if (e_->held && !e_->keeps_port) {
        ports().release(e_->held);  // bind(2) to port 0 does not last longer than its use
        e_->held = nullptr;
        local_.port = 0;
    } else if (e_->held) {
        hold how = e_->held->how;
        how.listening = false;
        if (auto changed = ports().change(e_->held, how))
            e_->held = *changed;
    }
    e_->readable.wake_all(vfs::poll_in | vfs::poll_hup);
}

refptr<listener> stream_socket::active_listener() const noexcept {
    sync::rcu_read_guard reading;
    listener* l = listener_.load();
    return l && l->try_add_ref() ? refptr<listener>::adopt(l) : refptr<listener>{};
}

result<refptr<net::socket>> stream_socket::accept(u32 flags) noexcept {
    const instant deadline = receive_deadline();
    for (;;) {
        const refptr<listener> l = active_listener();
        if (!l)
            return errc::invalid_argument;
        if (refptr<endpoint_state> e = l->accept()) {
            auto made = make_ref<stream_socket>(family(), flags, refptr<endpoint_state>{e});
            session held{*e};
            if (!made) {
                e->orphan();
                e->c().abort(e->now());
                return made.error();
            }
            auto s = static_cast<refptr<stream_socket>&&>(*made);
            e->inode = s->inode();
            s->local_ = e->c().way().local;
            s->address_bound_ = true;
            s->ip_.copy_from(ip_);
            s->incoming_cpu.store(incoming_cpu.load());
            s->keep_alive.store(keep_alive.load());
            s->reuse_address.store(reuse_address.load());
            s->reuse_port.store(reuse_port.load());
            s->out_of_band_inline.store(out_of_band_inline.load());
            s->linger_seconds.store(linger_seconds.load());
            s->receive_low_water.store(receive_low_water.load());
            s->priority.store(priority.load());
            s->mark.store(mark.load());
            s->bound_device.store(bound_device.load());
            return refptr<net::socket>{static_cast<refptr<stream_socket>&&>(s)};
        }
        if (nonblocking())
            return errc::again;
        auto waited = e_->readable.wait_exclusive(
            [&]() noexcept { return l->waiting() != 0 || listener_.load() != l.get(); },
            sched::wait_mode::interruptible, deadline);
        if (!waited)
            return wait_failure(waited.error(), deadline);
    }
}

// --- Closing

TRACEPOINT(tcp, tcp_socket_shutdown, trace::address socket, u32 how);
result<void> stream_socket::shutdown(u32 how) noexcept {
    TRACE(tcp_socket_shutdown, this, how);
    if (listener_.load()) {
        if (how & 1)
            stop_listening();
        return ok;
    }
    session s{*e_};
    const state now = e_->c().current();
    if (now == state::closed)
        return errc::not_connected;
    if (how & 1)
        e_->c().shutdown_receive();
    if (how & 2 || now == state::syn_sent)
        e_->c().shutdown_send(e_->now());
    e_->readable.wake_all(vfs::poll_in | vfs::poll_rdhup | vfs::poll_hup);
    e_->writable.wake_all(vfs::poll_out | vfs::poll_hup);
    return ok;
}

void stream_socket::released() noexcept {
    stop_listening();
    const i32 seconds = linger_seconds.load(std::memory_order_relaxed);
    {
        session s{*e_};
        e_->inode = 0;
        e_->orphan();
        if (seconds == 0)
            e_->c().abort(e_->now());
        else
            e_->c().close(e_->now());
    }
    if (seconds > 0)
        linger(seconds);
}

/// SO_LINGER: close(2) returns when everything has been acknowledged, or the time is over.
void stream_socket::linger(i32 seconds) noexcept {
    const instant deadline = sched::monotonic_now() + duration::seconds(seconds);
    for (;;) {
        u32 changes;
        {
            session s{*e_};
            const state now = e_->c().current();
            if (now == state::closed || now == state::fin_wait_2)
                return;
            changes = e_->changes();
        }
        if (!e_->writable.wait([&]() noexcept { return e_->changed_since(changes); },
                               sched::wait_mode::interruptible, deadline))
            return;
    }
}

// --- Names

result<socket_address> stream_socket::name() noexcept {
    session s{*e_};
    return from_endpoint(local_, family());
}

result<socket_address> stream_socket::peer() noexcept {
    session s{*e_};
    if (deferred_.load(std::memory_order_relaxed))
        return from_endpoint(deferred_to_, family());
    const state now = e_->c().current();
    if (now == state::closed || now == state::syn_sent)
        return errc::not_connected;
    return from_endpoint(e_->c().way().remote, family());
}

}  // namespace osprey::net::tcp
