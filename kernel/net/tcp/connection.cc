// SPDX-License-Identifier: BSD-3-Clause
// Opening, closing, and what the application calls.
#include <net/tcp/connection.hh>
#include <trace/tracepoint.hh>
#include <vfs/io_buffer.hh>

namespace osprey::net::tcp {

namespace {
constexpr u32 timestamp_bytes = 12;
constexpr u32 least_mss = 48;
/// Acknowledgements that go out at once when a connection is young: the peer is in slow start.
constexpr u8 first_quick = 16;
}  // namespace

void connection::set_path(const path& p) noexcept {
    path_ = p;
    update_mss();
}

void connection::update_mss() noexcept {
    u32 mtu = path_.mtu;
    if (mtu_cap_ && mtu_cap_ < mtu)
        mtu = mtu_cap_;
    const u32 own = largest_mss(mtu, path_.remote.address.is_v4());
    u32 mss = own < peer_mss_ ? own : peer_mss_;
    if (set.most_segment && set.most_segment < mss)
        mss = set.most_segment;
    // A peer may name less than the option takes, 0 included.
    const u32 option = timestamps_ ? timestamp_bytes : 0;
    mss_ = mss < least_mss + option ? least_mss : mss - option;
}

/// The smallest shift with which the largest buffer fits a window field (RFC 7323 §2.3).
void connection::set_scale() noexcept {
    own_scale_ = 0;
    const u32 most = set.fixed_receive_buffer || set.receive_buffer > set.most_receive_buffer
                         ? set.receive_buffer
                         : set.most_receive_buffer;
    while (own_scale_ < 14 && most >> own_scale_ > 65535)
        ++own_scale_;
}

TRACEPOINT(tcp, tcp_state, trace::address connection, u32 from, u32 to);
void connection::enter(state s) noexcept {
    TRACE(tcp_state, this, static_cast<u32>(state_), static_cast<u32>(s));
    state_ = s;
    if (s == state::closed || s == state::time_wait) {
        loss_timer_ = timer_kind::none;
        loss_deadline_ = delayed_deadline_ = idle_deadline_ = instant::never();
        events_ |= event_closed | event_readable | event_writable;
        log_.clear();
        queue_.clear();
    }
}

TRACEPOINT(tcp, tcp_fail, trace::address connection, i32 error);
void connection::fail(errc why) noexcept {
    TRACE(tcp_fail, this, static_cast<i32>(why));
    if (state_ == state::closed)
        return;
    error_ = why;
    events_ |= event_failed;
    fin_received_ = true;
    fin_queued_ = true;
    enter(state::closed);
}

void connection::adopt_start(sequence_number peer_start) noexcept {
    peer_start_ = peer_start;
    receive_next_ = acknowledged_ = peer_start + 1;
    urgent_at_ = peer_start;
    receive_.start(receive_next_);
}

void connection::adopt_options(const segment_options& o) noexcept {
    peer_mss_ = o.mss ? o.mss : (path_.remote.address.is_v4() ? 536 : 1220);  // RFC 9293 §3.7.1
    timestamps_ = set.timestamps && o.has_timestamp;
    sack_ = set.sack && o.sack_permitted;
    if (set.window_scaling && o.window_scale != segment_options::no_scale)
        peer_scale_ = o.window_scale;
    else
        own_scale_ = 0;
    update_mss();
}

TRACEPOINT(tcp, tcp_connect, trace::address connection);
void connection::connect(sequence_number start, u32 timestamp_offset, instant now) noexcept {
    TRACE(tcp_connect, this);
    begun_ = true;
    start_ = una_ = next_ = start;
    queue_start_ = start + 1;
    push_ = small_end_ = start;
    timestamp_offset_ = timestamp_offset;
    receive_limit_ = set.receive_buffer;
    control_.set_algorithm(set.algorithm);
    set_scale();
    update_mss();
    quick_ = first_quick;
    enter(state::syn_sent);
    send_syn(now);
}

TRACEPOINT(tcp, tcp_accept, trace::address connection);
void connection::accept(const handshake& h, instant now) noexcept {
    TRACE(tcp_accept, this);
    begun_ = true;
    start_ = una_ = h.local_start;
    next_ = queue_start_ = start_ + 1;
    push_ = small_end_ = start_;
    timestamp_offset_ = h.timestamp_offset;
    receive_limit_ = set.receive_buffer;
    control_.set_algorithm(set.algorithm);
    timestamps_ = h.timestamps;
    sack_ = h.sack;
    ecn_ = h.ecn;
    own_scale_ = h.scaling ? h.own_scale : 0;
    peer_scale_ = h.scaling ? h.peer_scale : 0;
    peer_mss_ = h.peer_mss;
    recent_timestamp_ = h.peer_timestamp;
    recent_timestamp_at_ = now;
    quick_ = first_quick;
    update_mss();
    adopt_start(h.peer_start);
    advertised_ = receive_next_ + h.offered_window;
    if (log_.make_room())
        log_.append({start_, start_ + 1, h.sent == instant{} ? now : h.sent,
                     static_cast<u8>(sent_record::syn |
                                     (h.sent == instant{} ? sent_record::retransmitted : 0)),
                     1});
    enter(state::syn_received);
}

TRACEPOINT(tcp, tcp_established, trace::address connection);
void connection::established(instant now) noexcept {
    TRACE(tcp_established, this);
    enter(state::established);
    events_ |= event_connected | event_writable;
    control_.start(mss_);
    // The time-out of a lost SYN has nothing to say about the data (RFC 5681 §3.1, 6298 §5.7).
    if (retransmits_ > 1)
        control_.set_window(mss_);
    retransmits_ = backoff_ = 0;
    round_end_ = next_;
    most_send_window_ = send_window_;
    last_heard_ = tuning_since_ = now;
    soft_error_ = {};
    arm_idle_timer(now);
}

void connection::shutdown_send(instant now) noexcept {
    if (fin_queued_ || state_ == state::closed)
        return;
    switch (state_) {
        case state::established:
            enter(state::fin_wait_1);
            break;
        case state::close_wait:
            enter(state::last_ack);
            break;
        case state::syn_received:
            break;  // RFC 9293 §3.10.4: as soon as it is established
        case state::syn_sent:
            enter(state::closed);
            return;
        default:
            return;
    }
    fin_queued_ = true;
    more_coming_ = false;
    finish(now);
}

TRACEPOINT(tcp, tcp_close, trace::address connection);
void connection::close(instant now) noexcept {
    TRACE(tcp_close, this);
    orphan_ = true;
    if (state_ == state::closed)
        return;
    if (state_ == state::syn_sent) {
        enter(state::closed);
        return;
    }
    if (receive_.readable() != 0) {
        abort(now);
        return;
    }
    receive_shut_ = true;
    shutdown_send(now);
    if (state_ == state::fin_wait_2)
        finish_close();
    arm_idle_timer(now);
}

/// FIN_WAIT_2 without anybody who would read: TCP_LINGER2 limits it, negative means at once.
void connection::finish_close() noexcept {
    if (orphan_ && set.linger2_s < 0) {
        send_reset(next_);
        enter(state::closed);
    }
}

TRACEPOINT(tcp, tcp_abort, trace::address connection);
void connection::abort(instant) noexcept {
    TRACE(tcp_abort, this);
    if (synchronized() || state_ == state::syn_received) {
        if (state_ != state::time_wait && state_ != state::closing && state_ != state::last_ack)
            send_reset(next_);
        else if (state_ != state::time_wait && !fin_acknowledged_)
            send_reset(next_);
    }
    enter(state::closed);
}

u32 connection::send_limit() const noexcept {
    if (set.fixed_send_buffer)
        return set.send_buffer;
    // Twice the congestion window keeps it filled while the next acknowledgements travel.
    const u64 wanted = u64{2} * control_.window();
    const u64 limit = wanted > set.send_buffer ? wanted : set.send_buffer;
    return limit < set.most_send_buffer ? static_cast<u32>(limit) : set.most_send_buffer;
}

result<usize> connection::write(vfs::io_buffer& from, usize n, more m) noexcept {
    const u32 room = send_room();
    const usize taken = TRY(queue_.write(from, n < room ? n : room));
    more_coming_ = m == more::yes;
    if (!more_coming_)
        push_ = queue_end();
    return taken;
}

result<void> connection::append(fragment f, more m) noexcept {
    TRY_VOID(queue_.append(f));
    more_coming_ = m == more::yes;
    if (!more_coming_)
        push_ = queue_end();
    return ok;
}

void connection::mark_urgent() noexcept {
    urgent_to_send_ = true;
    urgent_end_ = queue_end();
}

void connection::settings_changed(instant now) noexcept {
    update_mss();
    if (receive_limit_ < set.receive_buffer || set.fixed_receive_buffer)
        receive_limit_ = set.receive_buffer;
    if (control_.which() != set.algorithm)
        control_.set_algorithm(set.algorithm);
    arm_idle_timer(now);
    if (synchronized() && !set.cork)
        finish(now);
}

void connection::set_quick(bool on, instant now) noexcept {
    interactive_ = !on;
    if (!on) {
        quick_ = 0;
        return;
    }
    quick_ = first_quick;
    if (acknowledge_later_) {
        acknowledge_now_ = true;
        finish(now);
    }
}

void connection::path_mtu(u32 mtu, sequence_number sequence, instant now) noexcept {
    // Only an answer to what is really under way counts (RFC 5927 §4.1).
    if (before(sequence, una_) || !before(sequence, next_) || mtu >= path_.mtu)
        return;
    const u32 old = mss_;
    path_.mtu = mtu < 68 ? 68 : mtu;
    update_mss();
    if (mss_ >= old || log_.empty())
        return;
    // What was too big is gone; that says nothing about congestion (RFC 1191 §6.4).
    for (u32 i = 0; i < log_.size(); ++i)
        if (log_[i].bytes() > mss_)
            log_.mark_lost(log_[i]);
    transmit_lost(now);
    arm_loss_timer(now);
}

void connection::unreachable(errc why, sequence_number sequence, instant) noexcept {
    if (state_ == state::syn_sent || state_ == state::syn_received) {
        if (sequence == start_)
            fail(why);
        return;
    }
    if (before(sequence, una_) || !before(sequence, next_))
        return;
    if (set.report_errors) {  // the connection goes on (ip(7), IP_RECVERR)
        error_ = why;
        events_ |= event_failed;
    } else {
        soft_error_ = why;
    }
}

}  // namespace osprey::net::tcp
