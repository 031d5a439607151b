// SPDX-License-Identifier: BSD-3-Clause
#include <base/assert.hh>
#include <net/datagram/error_record.hh>
#include <net/protocol.hh>
#include <net/statistics.hh>
#include <net/tcp/account.hh>
#include <net/tcp/endpoint.hh>
#include <net/tcp/neglect.hh>
#include <net/tcp/ports.hh>
#include <net/tcp/time_wait.hh>
#include <sched/clock.hh>
#include <vfs/file.hh>

namespace osprey::net::tcp {

namespace {
constexpr u8 ecn_mask = 3;
constexpr u32 largest_gso = 65536;
constexpr u8 read_flags = flag_syn | flag_fin | flag_rst | flag_urg;
constexpr u32 read_key = vfs::poll_in | vfs::poll_rdnorm | vfs::poll_rdhup | vfs::poll_hup |
                         vfs::poll_err | vfs::poll_pri;
/// For sleeping threads only: epoll and its like have been told when the packet came.
constexpr u32 sleepers_key = vfs::poll_nval;
constexpr u32 write_key = vfs::poll_out | vfs::poll_wrnorm | vfs::poll_hup | vfs::poll_err;
}  // namespace

endpoint_state::endpoint_state(const settings& s) noexcept
    : flow{kind::connection}, timer_{timer_fired}, connection_{*this, s} {}

endpoint_state::~endpoint_state() {
    while (packet* p = channel_.pop())
        packet_ptr{p}.reset();
    account(accounted_, 0);
    if (budget)
        budget->give_back();
    delete errors_.load();
}

void endpoint_state::reset(const settings& s) noexcept {
    const settings copy = s;  // may be the old connection's own
    std::destroy_at(&connection_);
    ::new (&connection_) connection{*this, copy};
    route_.reset();
    room_wanted_ = false;
    counted_retransmissions_ = 0;
}

// --- The lock

void endpoint_state::enter() noexcept {
    mutex_.lock();
    now_ = sched::monotonic_now();
    if (channel_.has_pushed())
        drain();
}

void endpoint_state::enter_fresh() noexcept {
    ensure(mutex_.try_lock(), "a fresh endpoint is locked");
    now_ = sched::monotonic_now();
}

void endpoint_state::drain() noexcept {
    u32 bytes = 0;
    while (packet* p = channel_.pop()) {
        bytes += memory_of(*p);
        connection_.input(packet_ptr{p}, now_);
    }
    channel_bytes_.fetch_sub(bytes, std::memory_order_relaxed);
}

/// Sends what became possible and brings everything outside up to date. What the peer answers on
/// loopback meanwhile is on the channel already.
void endpoint_state::settle() noexcept {
    for (;;) {
        connection_.finish(now_);
        if (mtu_changed_) {
            mtu_changed_ = false;
            if (route_)
                connection_.path_mtu(mtu_of_way(), connection_.send_unacknowledged(), now_);
        }
        if (!channel_.has_pushed())
            break;
        drain();
    }
    events_ |= connection_.take_events();
    const state s = connection_.current();
    if (s != counted_state_)
        count_transition(s);
    if (connection_.counters().retransmissions != counted_retransmissions_)
        count_retransmissions();
    if (s == state::closed || s == state::time_wait || s == state::fin_wait_2)
        end_of_connection();
    const u32 room = 2 * connection_.receive_limit();
    if (room > channel_limit_.load(std::memory_order_relaxed))
        channel_limit_.store(room, std::memory_order_relaxed);
    u8 attention = 0;
    if (orphaned_)
        attention = attends_all;
    else if (room_wanted_ || connection_.waits_for_acknowledgement())
        attention = attends_acknowledgements;
    attention_.store(attention, std::memory_order_relaxed);
    arm_timer();
    const u32 memory = connection_.memory();
    if (memory > accounted_ + account_step || memory + account_step < accounted_) {
        account(accounted_, memory);
        accounted_ = memory;
        if (under_pressure())
            connection_.relieve();
    }
}

/// As Linux's tcp_set_state and tcp_done count.
void endpoint_state::count_transition(state s) noexcept {
    const auto established = [](state of) noexcept {
        return of == state::established || of == state::close_wait;
    };
    const state was = counted_state_;
    counted_state_ = s;
    if (s != state::syn_received && s != state::syn_sent)
        end_fast_open();
    if (established(s) != established(was))
        count(statistic::tcp_current_established, established(s) ? 1 : ~u64{0});
    if (s != state::closed)
        return;
    if (established(was))
        count(statistic::tcp_established_resets);
    else if (was == state::syn_sent || was == state::syn_received)
        count(statistic::tcp_attempt_failures);
}

/// The handshake is over, or failed.
void endpoint_state::end_fast_open() noexcept {
    const bool passive = static_cast<bool>(budget);
    if (passive) {
        budget->give_back();
        budget.reset();
    }
    if (const fast_open_cookie c = connection_.take_cookie(); c.bytes != 0)
        fast_open_cookies().remember({key.remote, c, connection_.peer_mss()});
    if (counted_state_ == state::established && connection_.syn_data_taken() && !passive)
        count(statistic::tcp_fast_open_active);
}

void endpoint_state::count_retransmissions() noexcept {
    const u32 all = connection_.counters().retransmissions;
    count(statistic::tcp_retransmitted_segments, all - counted_retransmissions_);
    counted_retransmissions_ = all;
}

/// Whether somebody left something to the holder of the lock, who is about to let go or just has.
bool endpoint_state::more_to_do() noexcept {
    std::atomic_thread_fence(std::memory_order_seq_cst);
    return run_wanted_.load(std::memory_order_relaxed) ||
           (attention_.load(std::memory_order_relaxed) && channel_.has_pushed());
}

void endpoint_state::leave() noexcept {
    for (;;) {
        settle();
        const u8 events = events_;
        events_ = 0;
        // Data wake readers when they arrive; what else changes is told here.
        const bool room = room_wanted_ && events & event_writable && connection_.writable();
        if (room)
            room_wanted_ = false;
        if (events)
            changes_.store(changes() + 1, std::memory_order_relaxed);
        // A reader who was woken by a packet may have looked while it was neither on the channel
        // any more nor counted among the changes, and gone to sleep again.
        const bool left =
            events & event_readable && (connection_.readable() || connection_.end_of_input());
        mutex_.unlock();
        constexpr u8 for_all = event_connected | event_failed | event_closed;
        if (events & (for_all | event_urgent))
            readable.wake_one(events & event_urgent ? read_key | vfs::poll_rdband : read_key);
        else if (left)
            readable.wake_one(sleepers_key);
        if (room || events & for_all)
            writable.wake_one(write_key);
        if (!more_to_do() || !mutex_.try_lock())
            return;
        now_ = sched::monotonic_now();
        work_through();
    }
}

void endpoint_state::work_through() noexcept {
    // A full barrier: what was left before somebody else set it must be seen below.
    run_wanted_.exchange(false, std::memory_order_seq_cst);
    drain();
    if (error_.load(std::memory_order_relaxed) != 0)
        take_error();
    if (timer_due_.exchange(false, std::memory_order_acquire))
        timer_pending_ = false;
    if (abandoned_.load(std::memory_order_relaxed) && !orphaned_) {
        orphaned_ = true;
        connection_.abort(now_);
    }
    if (connection_.deadline() <= now_)
        connection_.advance(now_);
}

void endpoint_state::abandon() noexcept {
    abandoned_.store(true, std::memory_order_relaxed);
    run();
}

void endpoint_state::run() noexcept {
    run_wanted_.store(true, std::memory_order_seq_cst);
    if (!mutex_.try_lock())
        return;
    now_ = sched::monotonic_now();
    work_through();
    leave();
}

// --- The receive path

endpoint_state::duty endpoint_state::push(packet_ptr p) noexcept {
    const auto* h = p->header<wire_header>();
    const u8 flags = h->flags;
    const bool data = p->bytes() > (h->offset >> 4) * 4u;
    const u32 cost = memory_of(*p);
    if (channel_bytes_.load(std::memory_order_relaxed) + cost >
        channel_limit_.load(std::memory_order_relaxed))
        return duty::none;  // dropped: a flood, or a reader far behind
    channel_bytes_.fetch_add(cost, std::memory_order_relaxed);
    channel_.push(*p.release());
    const u8 attention = attention_.load(std::memory_order_seq_cst);
    duty d = duty::none;
    if (attention & attends_all) {
        d = duty::run;
    } else if (data || flags & read_flags) {
        const bool both = flags & (flag_syn | flag_rst);
        if (readable.anybody_waits() || (both && writable.anybody_waits()))
            d = both ? duty::wake_all : duty::wake_readers;
        else if (attention)
            d = duty::run;
        else if (!neglected_.load(std::memory_order_relaxed))
            d = duty::wait;
    } else if (attention) {
        d = duty::run;
    }
    if (d != duty::none && !try_add_ref())
        d = duty::none;
    return d;
}

void endpoint_state::perform(duty d) noexcept {
    switch (d) {
        case duty::none:
            return;
        case duty::wake_all:
            writable.wake_one(write_key);
            [[fallthrough]];
        case duty::wake_readers:
            readable.wake_one(read_key);
            break;
        case duty::run:
            run();
            break;
        case duty::wait:
            if (!neglected_.exchange(true))
                neglect(*this);
            break;
    }
    drop_ref();
}

void endpoint_state::tell(errc why, u32 mtu, sequence_number at) noexcept {
    error_.store(u64{at} << 32 | static_cast<u64>(why) << 16 | (mtu < 65535 ? mtu : 65535));
    run();
}

void endpoint_state::take_error() noexcept {
    const u64 e = error_.exchange(0);
    const auto at = static_cast<sequence_number>(e >> 32);
    const u32 mtu = e & 0xffff;
    if (mtu) {
        if (!uses_device_mtu(discovery))
            connection_.path_mtu(mtu, at, now_);
    } else {
        connection_.unreachable(static_cast<errc>(e >> 16 & 0xffff), at, now_);
    }
}

result<void> endpoint_state::keep_errors() noexcept {
    connection_.set.report_errors = true;
    if (errors())
        return ok;
    auto* fresh = new (std::nothrow) packet_channel;
    if (!fresh)
        return errc::out_of_memory;
    errors_.store(fresh, std::memory_order_release);
    return ok;
}

void endpoint_state::keep_error(const icmp_error& e, errc why) noexcept {
    constexpr u32 room = 65536;
    packet_channel* to = errors();
    if (!to)
        return;
    const extended_error record{static_cast<u32>(why),
                                e.destination.is_v4() ? error_origin_icmp : error_origin_icmp6,
                                e.type,
                                e.code,
                                0,
                                e.mtu,
                                0};
    if (packet_ptr p =
            make_error_record(record, e.offender, {e.destination, key.remote_port}, e.transport))
        p = to->push(static_cast<packet_ptr&&>(p), room);
}

// --- The sending path

u32 endpoint_state::mtu_of_way() const noexcept {
    return uses_device_mtu(discovery) ? route_->device->mtu() : route_->mtu();
}

void endpoint_state::set_ends(const endpoint& local, const endpoint& remote) noexcept {
    key.local = local.address;
    key.remote = remote.address;
    key.local_port = local.port;
    key.remote_port = remote.port;
    key.scope = remote.address.is_link_local() ? remote.scope : 0;
    hash = flows().hash(key);
    const u32 mtu = route_ ? mtu_of_way() : 1500;
    connection_.set_path({local, remote, mtu, largest_gso});
}

result<void> endpoint_state::find_way() noexcept {
    route_ = TRY(find_route({key.remote, key.local, device ? device : key.scope}));
    connection::path p = connection_.way();
    if (p.mtu != mtu_of_way()) {
        p.mtu = mtu_of_way();
        connection_.set_path(p);
    }
    return ok;
}

void endpoint_state::transmit(packet_ptr p) noexcept {
    if (!route_ || !route_->still_good()) [[unlikely]]
        if (!find_way())
            return;
    ip_options o;
    o.hop_limit = hop_limit;
    o.traffic_class = static_cast<u8>((traffic_class & ~ecn_mask) | p->traffic_class);
    o.flow_label = flow_label;
    o.dont_fragment = discovery >= mtu_discovery::want && heeds_routers(discovery);
    o.device_mtu = uses_device_mtu(discovery);
    count(statistic::tcp_out_segments, p->gso_segments ? p->gso_segments : 1);
    if (p->header<wire_header>()->flags & flag_rst)
        count(statistic::tcp_out_resets);
    const auto sent = send_ip(*route_, key.local, protocol_tcp, static_cast<packet_ptr&&>(p), o);
    if (!sent && sent.error() == errc::message_too_long)
        mtu_changed_ = true;
}

// --- Time

void endpoint_state::arm_timer() noexcept {
    const instant d = connection_.deadline();
    // A later deadline leaves the timer as it is: it comes early, once, and is armed again then.
    if (d == instant::never() || (timer_pending_ && timer_.deadline() <= d))
        return;
    timer_pending_ = true;
    // One reference for each time that it fires: a callback of before may not have got the lock
    // yet.
    add_ref();
    if (timer_.arm(d))
        drop_ref();
}

void endpoint_state::timer_fired(sched::timer& t) noexcept {
    auto* e = reinterpret_cast<endpoint_state*>(reinterpret_cast<char*>(&t) -
                                                offsetof(endpoint_state, timer_));
    e->timer_due_.store(true, std::memory_order_release);
    e->run();
    e->drop_ref();
}

/// The protocol is done, or nearly: what is left needs no connection any more.
void endpoint_state::end_of_connection() noexcept {
    const state s = connection_.current();
    constexpr i32 usual_linger = 60;
    if (s == state::fin_wait_2 && !(orphaned_ && connection_.set.linger2_s == usual_linger))
        return;
    if (s != state::closed) {
        if (!leave_last_state(*this, connection_))
            flows().remove(*this);
        connection_.forget();
        events_ |= connection_.take_events();
    } else if (listed) {
        flows().remove(*this);
    }
    // A name that bind(2) gave stays with an open socket.
    if (held && (orphaned_ || (!keeps_port && connection_.begun()))) {
        ports().release(held);
        held = nullptr;
    }
    if (timer_pending_ && timer_.cancel()) {
        timer_pending_ = false;
        drop_ref();
    }
}

}  // namespace osprey::net::tcp
