// SPDX-License-Identifier: BSD-3-Clause
#include <net/protocol.hh>
#include <net/settings.hh>
#include <net/statistics.hh>
#include <net/tcp/listener.hh>
#include <net/tcp/ports.hh>
#include <net/tcp/reply.hh>
#include <net/tcp/system_settings.hh>
#include <sched/clock.hh>
#include <trace/tracepoint.hh>
#include <vfs/file.hh>

namespace osprey::net::tcp {

namespace {
constexpr duration first_timeout = duration::seconds(1),
                   scan_interval = duration::milliseconds(500);
constexpr u32 most_backoff = 7;                  // two minutes (RFC 6298 §2.5)
constexpr u64 cookie_time_ns = 128'000'000'000;  // how long after the last one was made

u32 lesser(u32 a, u32 b) noexcept {
    return a < b ? a : b;
}
}  // namespace

request::request(refptr<listener> l) noexcept
    : flow{kind::request}, owner{static_cast<refptr<listener>&&>(l)} {}
request::~request() = default;

listener::listener(refptr<endpoint_state> home, const hold& w, u16 p,
                   refptr<fast_open_budget> budget) noexcept
    : where{w},
      port{p},
      home_{static_cast<refptr<endpoint_state>&&>(home)},
      budget_{static_cast<refptr<fast_open_budget>&&>(budget)},
      settings_{home_->c().set} {
    const u32 d = settings_.defer_accept_s;
    defer_s.store(static_cast<u8>(d < 255 ? d : 255));
}

void listener::last_reference_gone() noexcept {
    sync::rcu_defer(rcu_, [](sync::rcu_head* head) {
        delete reinterpret_cast<listener*>(reinterpret_cast<char*>(head) -
                                           offsetof(listener, rcu_));
    });
}

settings listener::current_settings() noexcept {
    settings s;
    {
        sync::lock_guard guard{mutex_};
        s = settings_;
    }
    follow_system(s);
    return s;
}
void listener::set_settings(const settings& s) noexcept {
    sync::lock_guard guard{mutex_};
    settings_ = s;
}

// --- The first half of a handshake

void listener::input_syn(packet_ptr p, const segment& s, const flow_key& k,
                         sequence_number start) noexcept {
    const u32 most = backlog.load(std::memory_order_relaxed);
    if (waiting() > most) {  // Linux drops, too: the peer tries again
        count(statistic::tcp_listen_overflows);
        count(statistic::tcp_listen_drops);
        return;
    }
    const network_settings& system = net::settings();
    const u32 cookies = system.tcp_syncookies.load(std::memory_order_relaxed);
    u32 room = most < 8 ? 8 : most;
    if (cookies == 0)
        room = lesser(room, system.tcp_max_syn_backlog.load(std::memory_order_relaxed));
    const bool full = under_way_.load(std::memory_order_relaxed) >= room;
    if (full && cookies == 0) {
        count(statistic::tcp_listen_drops);
        return;
    }
    if (full || cookies == 2) {
        send_cookie(*p, s, k);
        return;
    }
    const instant now = sched::monotonic_now();
    handshake agreed = answer_syn(s, current_settings(), k.remote.is_v4());
    agreed.local_start = start ? start : initial_sequence(flows().key(), k, now.ns);
    agreed.timestamp_offset = tcp::timestamp_offset(flows().key(), k);
    agreed.sent = now;
    if (s.options.fast_open && fast_open(p, s, k, agreed)) [[unlikely]]
        return;
    auto made = make_ref<request>(refptr<listener>{this});
    if (!made)
        return;
    request& r = **made;
    r.key = k;
    r.hash = flows().hash(k);
    r.device = p->device ? p->device->index() : 0;
    r.hop_limit = home_->hop_limit;
    r.agreed = agreed;
    r.due = now + first_timeout;
    {
        sync::lock_guard guard{mutex_};
        if (closed_)
            return;
        r.add_ref();
        requests_.push_back(r);
        under_way_.fetch_add(1, std::memory_order_relaxed);
        if (!timer_pending_) {
            timer_pending_ = true;
            add_ref();
            timer_.arm(r.due);
        }
    }
    if (!flows().insert(r)) {
        forget(r);  // the same SYN on another CPU
        return;
    }
    send_syn_ack(r);
}

/// TCP Fast Open (RFC 7413 §4.2.2). @return whether the connection was made; otherwise the
/// handshake takes its usual way, and the SYN-ACK may have a cookie for the next time.
bool listener::fast_open(packet_ptr& p, const segment& s, const flow_key& k,
                         handshake& h) noexcept {
    if (budget_->most.load(std::memory_order_relaxed) == 0 || !fast_open_allows(fast_open_server))
        return false;
    if (s.options.cookie.bytes == 0)
        count(statistic::tcp_fast_open_requests);
    if (!is_right(s.options.cookie, flows().key(), k)) {
        if (s.options.cookie.bytes != 0)
            count(statistic::tcp_fast_open_passive_failures);
        h.cookie = make_fast_open_cookie(flows().key(), k);
        return false;
    }
    if (!budget_->take()) {
        count(statistic::tcp_fast_open_overflows);
        return false;
    }
    count(statistic::tcp_fast_open_passive);
    complete(static_cast<packet_ptr&&>(p), k, h, nullptr, &s);
    return true;
}

TRACEPOINT(tcp, tcp_listen_syn_ack, trace::address listener);
void listener::send_syn_ack(request& r) noexcept {
    TRACE(tcp_listen_syn_ack, this);
    auto way = find_route({r.key.remote, r.key.local, r.key.scope});
    if (!way)
        return;
    const settings s = current_settings();
    packet_ptr p =
        make_syn_ack(r.key, r.agreed, s, (*way)->mtu(), timestamp_clock(sched::monotonic_now()));
    if (!p)
        return;
    ip_options o;
    o.hop_limit = r.hop_limit;
    (void)send_ip(**way, r.key.local, protocol_tcp, static_cast<packet_ptr&&>(p), o);
}

void listener::send_cookie(const packet& p, const segment& s, const flow_key& k) noexcept {
    const instant now = sched::monotonic_now();
    cookies_until_.store(now.ns + cookie_time_ns, std::memory_order_relaxed);
    const settings set = current_settings();
    handshake h = answer_syn(s, set, k.remote.is_v4());
    h.timestamp_offset = tcp::timestamp_offset(flows().key(), k);
    u32 stamp = timestamp_clock(now);
    syn_cookie::make(flows().key(), k, h, now.ns, stamp);
    auto way = find_route({k.remote, k.local, k.scope});
    if (!way)
        return;
    (void)p;
    count(statistic::tcp_cookies_sent);
    if (packet_ptr answer = make_syn_ack(k, h, set, (*way)->mtu(), stamp))
        (void)send_ip(**way, k.local, protocol_tcp, static_cast<packet_ptr&&>(answer));
}

// --- The second half

void listener::input_request(packet_ptr p, request& r) noexcept {
    packet_ptr whole = p->clone();
    segment s;
    if (!whole || !checksum_is_right(*p) || !take_header(*p, s))
        return;
    if (s.has(flag_rst)) {
        if (s.sequence == r.agreed.peer_start + 1)
            forget(r);
        return;
    }
    if (s.has(flag_syn)) {
        if (s.sequence == r.agreed.peer_start) {
            r.agreed.sent = {};
            send_syn_ack(r);
        }
        return;
    }
    if (!completes(r.agreed, s)) {
        if (s.has(flag_ack) && s.acknowledgement != r.agreed.local_start + 1)
            if (packet_ptr answer = make_reset(*p, s))
                send_reply(static_cast<packet_ptr&&>(answer), r.device);
        return;
    }
    if (defer_s.load(std::memory_order_relaxed) && !s.length() && r.sent <= 2) {
        r.data_expected = true;  // TCP_DEFER_ACCEPT: the connection counts when it says something
        return;
    }
    if (waiting() > backlog.load(std::memory_order_relaxed)) {
        count(statistic::tcp_listen_overflows);
        if (net::settings().tcp_abort_on_overflow.load(std::memory_order_relaxed)) {
            if (packet_ptr answer = make_reset(*p, s))
                send_reply(static_cast<packet_ptr&&>(answer), r.device);
            if (!r.taken.exchange(true))
                forget(r);
        }
        return;
    }
    if (r.taken.exchange(true))
        return;
    complete(static_cast<packet_ptr&&>(whole), r.key, r.agreed, &r);
}

packet_ptr listener::input_cookie(packet_ptr p, const flow_key& k) noexcept {
    const instant now = sched::monotonic_now();
    if (cookies_until_.load(std::memory_order_relaxed) < now.ns)
        return p;
    packet_ptr whole = p->clone();
    segment s;
    if (!whole || !checksum_is_right(*p) || !take_header(*p, s) || s.has(flag_rst))
        return {};
    handshake h;
    if (!syn_cookie::check(flows().key(), k, s, current_settings(), now.ns,
                           tcp::timestamp_offset(flows().key(), k), h)) {
        count(statistic::tcp_cookies_failed);
        return {};
    }
    count(statistic::tcp_cookies_received);
    if (waiting() <= backlog.load(std::memory_order_relaxed))
        complete(static_cast<packet_ptr&&>(whole), k, h, nullptr);
    return {};
}

/// Makes the connection and gives it the segment that completed it.
void listener::complete(packet_ptr p, const flow_key& k, const handshake& h, request* r,
                        const segment* early) noexcept {
    auto made = make_ref<endpoint_state>(current_settings());
    auto* q = made ? new (std::nothrow) queued : nullptr;
    if (!q) {
        if (r)
            r->taken.store(false);
        if (early)
            budget_->give_back();
        return;
    }
    endpoint_state& e = **made;
    if (early)
        e.budget = budget_;
    e.hop_limit = home_->hop_limit;
    e.traffic_class = home_->traffic_class;
    e.discovery = home_->discovery;
    e.device = where.device;
    e.owner_uid = home_->owner_uid;
    e.family = home_->family;
    u32 scope = k.scope;
    if (auto way = find_route({k.remote, k.local, e.device ? e.device : scope}))
        e.use_way(static_cast<refptr<route>&&>(*way));
    e.set_ends({k.local, k.local_port, scope}, {k.remote, k.remote_port, scope});
    hold how = where;
    how.address = k.local;
    how.listening = false;
    if (auto held = ports().share(k.local_port, how))
        e.held = *held;
    bool there;
    {
        endpoint_state::session s{e, endpoint_state::session::fresh::endpoint};
        if (!early)
            e.c().accept(h, e.now());
        there = r ? flows().replace(*r, e) : flows().insert(e);
        if (!there)
            e.c().forget();
        else if (early)
            e.c().accept_early(h, static_cast<packet_ptr&&>(p), *early, e.now());
        else
            e.c().input(static_cast<packet_ptr&&>(p), e.now());
        e.settle();
        there = there && (early ? e.c().current() != state::closed : e.c().synchronized());
    }
    if (r)
        forget(*r);
    if (!there) {
        ports().release(e.held);
        e.held = nullptr;
        delete q;
        return;
    }
    count(statistic::tcp_passive_opens);
    q->connection = static_cast<refptr<endpoint_state>&&>(*made);
    {
        sync::lock_guard guard{mutex_};
        if (!closed_) {
            queue_.push_back(*q);
            waiting_.fetch_add(1, std::memory_order_relaxed);
            q = nullptr;
        }
    }
    if (q) {
        e.abandon();
        delete q;
        return;
    }
    home_->readable.wake_one(vfs::poll_in | vfs::poll_rdnorm);
}

TRACEPOINT(tcp, tcp_listen_forget, trace::address listener);
/// Takes it out of everything. Harmless when that has happened.
void listener::forget(request& r) noexcept {
    TRACE(tcp_listen_forget, this);
    bool was;
    {
        sync::lock_guard guard{mutex_};
        was = r.hook.linked();
        if (was) {
            requests_.remove(r);
            under_way_.fetch_sub(1, std::memory_order_relaxed);
        }
    }
    if (!was)
        return;
    (void)flows().remove(r);
    r.drop_ref();
}

void listener::unreachable(request& r) noexcept {
    if (!r.taken.exchange(true))
        forget(r);
}

// --- Time

void listener::resend() noexcept {
    const instant now = sched::monotonic_now();
    for (;;) {
        request* due = nullptr;
        bool over = false;
        {
            sync::lock_guard guard{mutex_};
            for (request& r : requests_)
                if (r.due <= now) {
                    due = &r;
                    break;
                }
            if (!due) {
                timer_pending_ = !requests_.empty();
                if (timer_pending_) {
                    add_ref();
                    timer_.arm(now + scan_interval);
                }
                return;
            }
            due->add_ref();
            over = due->sent > net::settings().tcp_synack_retries.load(std::memory_order_relaxed);
            due->due = now + duration{first_timeout.ns << lesser(due->sent, most_backoff)};
            // Behind the others: those in front are due first.
            requests_.remove(*due);
            requests_.push_back(*due);
            ++due->sent;
        }
        if (over) {
            if (!due->taken.exchange(true))
                forget(*due);
        } else {
            due->agreed.sent = {};
            send_syn_ack(*due);
        }
        due->drop_ref();
    }
}

void listener::timer_fired(sched::timer& t) noexcept {
    auto* l = reinterpret_cast<listener*>(reinterpret_cast<char*>(&t) - offsetof(listener, timer_));
    l->resend();
    l->drop_ref();
}

// --- The application's side

TRACEPOINT(tcp, tcp_listen_accept, trace::address listener);
refptr<endpoint_state> listener::accept() noexcept {
    TRACE(tcp_listen_accept, this);
    queued* q;
    {
        sync::lock_guard guard{mutex_};
        q = queue_.pop_front();
        if (q)
            waiting_.fetch_sub(1, std::memory_order_relaxed);
    }
    if (!q)
        return {};
    auto e = static_cast<refptr<endpoint_state>&&>(q->connection);
    delete q;
    return e;
}

void listener::close() noexcept {
    {
        sync::lock_guard guard{mutex_};
        closed_ = true;
    }
    listeners().remove(*this);
    for (;;) {
        request* r;
        {
            sync::lock_guard guard{mutex_};
            r = requests_.front();
            if (r)
                r->add_ref();
        }
        if (!r)
            break;
        r->taken.store(true);
        forget(*r);
        r->drop_ref();
    }
    while (refptr<endpoint_state> e = accept())
        e->abandon();
    bool pending;
    {
        sync::lock_guard guard{mutex_};
        pending = timer_pending_;
    }
    if (pending && timer_.cancel())
        drop_ref();
}

}  // namespace osprey::net::tcp
