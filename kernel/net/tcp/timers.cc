// SPDX-License-Identifier: BSD-3-Clause
// What time does: retransmission (RFC 6298), tail loss probes (RFC 8985 §7), closed windows,
// delayed acknowledgements, keepalive, giving up.
#include <net/tcp/progress.hh>
#include <trace/tracepoint.hh>

namespace osprey::net::tcp {

namespace {
constexpr u32 least_probe_timeout = 10'000;       // us
constexpr u32 delayed_acknowledgement = 200'000;  // of a slow peer
constexpr duration fin_wait_time = duration::seconds(60);
/// Mtus to fall back to when large segments vanish without a word (RFC 4821 §7.2).
constexpr u32 black_hole_mtus[] = {1280, 1064, 576};
constexpr u8 black_hole_timeouts = 2;
}  // namespace

u32 connection::backed_off() const noexcept {
    const u64 t = u64{rtt_.timeout()} << (backoff_ < 16 ? backoff_ : 16);
    return t < rtt_estimator::most_timeout ? static_cast<u32>(t) : rtt_estimator::most_timeout;
}

void connection::arm_loss_timer(instant now) noexcept {
    if (state_ == state::closed || state_ == state::time_wait)
        return;
    if (log_.empty()) {
        if (unsent() == 0 && (!fin_queued_ || fin_sent())) {
            loss_timer_ = timer_kind::none;
            loss_deadline_ = instant::never();
        } else if (loss_timer_ != timer_kind::persist) {
            loss_timer_ = timer_kind::persist;
            loss_deadline_ = now + microseconds(backed_off());
            if (stuck_since_ == instant::never())
                stuck_since_ = now;
        }
        return;
    }
    if (reorder_deadline_ != instant::never()) {
        loss_timer_ = timer_kind::reorder;
        loss_deadline_ = reorder_deadline_;
        return;
    }
    const u32 timeout = backed_off();
    if (sack_ && !probing_ && phase_ == phase::open && backoff_ == 0 && rtt_.known() &&
        synchronized()) {
        u32 wait = 2 * rtt_.smoothed();
        if (wait < least_probe_timeout)
            wait = least_probe_timeout;
        if (in_flight() <= mss_)
            wait += delayed_acknowledgement;
        if (wait < timeout) {
            loss_timer_ = timer_kind::probe;
            loss_deadline_ = now + microseconds(wait);
            return;
        }
    }
    loss_timer_ = timer_kind::retransmit;
    loss_deadline_ = now + microseconds(timeout);
}

instant connection::deadline() const noexcept {
    instant d = loss_deadline_;
    if (delayed_deadline_ < d)
        d = delayed_deadline_;
    if (idle_deadline_ < d)
        d = idle_deadline_;
    return d;
}

void connection::advance(instant now) noexcept {
    if (state_ == state::closed)
        return;
    if (delayed_deadline_ <= now) {
        delayed_deadline_ = instant::never();
        acknowledge_now_ = true;
        interactive_ = false;  // the application does not answer at once
        quick_ = quick_ < 2 ? 2 : quick_;
    }
    if (loss_deadline_ <= now)
        loss_timer(now);
    if (idle_deadline_ <= now && state_ != state::closed)
        keep_alive_timeout(now);
    finish(now);
}

TRACEPOINT(tcp, tcp_timer_loss, trace::address connection);
void connection::loss_timer(instant now) noexcept {
    TRACE(tcp_timer_loss, this);
    const timer_kind kind = loss_timer_;
    loss_timer_ = timer_kind::none;
    loss_deadline_ = instant::never();
    switch (kind) {
        case timer_kind::reorder: {
            detect_losses(now);
            progress p;
            p.lost_more = true;
            move_recovery(p);
            transmit_lost(now);
            arm_loss_timer(now);
            break;
        }
        case timer_kind::probe:
            tail_loss_probe(now);
            break;
        case timer_kind::retransmit:
            retransmission_timeout(now);
            break;
        case timer_kind::persist:
            persist_timeout(now);
            break;
        case timer_kind::none:
            break;
    }
}

/// @return whether the connection was given up (RFC 9293 §3.8.3, TCP_USER_TIMEOUT).
bool connection::gave_up(instant now) noexcept {
    bool done;
    if (state_ == state::syn_sent || state_ == state::syn_received) {
        done = retransmits_ >= set.syn_retries;
        if (set.user_timeout && state_ == state::syn_sent)
            done = done || now - stuck_since_ >= duration::milliseconds(set.user_timeout);
    } else if (set.user_timeout) {
        done = now - stuck_since_ >= duration::milliseconds(set.user_timeout);
    } else {
        const u8 tries = retransmits_ > probes_ ? retransmits_ : probes_;
        done = tries >= (orphan_ ? set.orphan_retries : set.retries);
    }
    if (done)
        fail(soft_error_ != errc{} ? soft_error_ : errc::timed_out);
    return done;
}

TRACEPOINT(tcp, tcp_timer_retransmission, trace::address connection);
void connection::retransmission_timeout(instant now) noexcept {
    TRACE(tcp_timer_retransmission, this);
    if (log_.empty() || gave_up(now))
        return;
    if (log_[0].has(sent_record::sacked))
        log_.forget_sacks();
    if (phase_ != phase::loss || not_before(una_, recovery_point_)) {
        prior_window_ = control_.window();
        prior_threshold_ = control_.threshold();
        may_undo_ = true;
        undo_outstanding_ = 0;
        first_retransmission_ = 0;
        control_.timeout(mss_, in_flight());
    }
    for (u32 i = 0; i < log_.size(); ++i)
        log_.mark_lost(log_[i]);
    phase_ = phase::loss;
    recovery_point_ = next_;
    duplicates_ = 0;
    probing_ = false;
    reorder_deadline_ = instant::never();
    control_.set_window(mss_);
    ++backoff_;
    ++retransmits_;
    if (set.seek_black_holes && retransmits_ >= black_hole_timeouts && synchronized())
        probe_black_hole();
    transmit_lost(now);
    arm_loss_timer(now);
}

/// Full segments vanish again and again while nobody says why: tries smaller ones.
void connection::probe_black_hole() noexcept {
    if (log_.empty() || log_[0].bytes() < mss_ || path_.mtu > 9216)
        return;
    const u32 mtu = mtu_cap_ && mtu_cap_ < path_.mtu ? mtu_cap_ : path_.mtu;
    for (u32 smaller : black_hole_mtus)
        if (smaller < mtu) {
            mtu_cap_ = smaller;
            update_mss();
            return;
        }
}

TRACEPOINT(tcp, tcp_timer_tail_loss, trace::address connection);
/// RFC 8985 §7.3: new data, or the last segment once more, makes the peer say what is missing.
void connection::tail_loss_probe(instant now) noexcept {
    TRACE(tcp_timer_tail_loss, this);
    probing_ = true;
    probe_again_ = false;
    const sequence_number before_probe = next_;
    if (unsent() != 0 && after(una_ + send_window_, next_)) {
        const u32 window = control_.window();
        control_.set_window(in_flight() + mss_);
        transmit_new(now, false);
        control_.set_window(window);
    }
    if (next_ == before_probe && !log_.empty()) {
        u32 last = log_.size() - 1;
        while (last != 0 && log_[last].has(sent_record::sacked))
            --last;
        const u32 bytes = log_[last].bytes();
        bool there = true;
        if (bytes > mss_ && (there = log_.split(last, log_[last].end - mss_)))
            ++last;
        if (there && !log_[last].has(sent_record::sacked))
            probe_again_ = retransmit(last, mss_, now);
    }
    probe_end_ = next_;
    loss_timer_ = timer_kind::none;
    arm_loss_timer(now);
}

TRACEPOINT(tcp, tcp_timer_persist, trace::address connection);
/// Nothing is under way, and something waits: a closed window, or a small or corked tail.
void connection::persist_timeout(instant now) noexcept {
    TRACE(tcp_timer_persist, this);
    if (gave_up(now))
        return;
    const sequence_number before_probe = next_;
    transmit_new(now, true);
    if (next_ == before_probe) {
        send_probe(now);
        ++probes_;
        ++backoff_;
        loss_timer_ = timer_kind::none;
    }
    arm_loss_timer(now);
}

/// Keepalive (RFC 9293 §3.8.4) of a connection in use; the end of FIN_WAIT_2 without a reader.
void connection::arm_idle_timer(instant now) noexcept {
    idle_deadline_ = instant::never();
    if (!synchronized() || state_ == state::time_wait)
        return;
    if (state_ == state::fin_wait_2 && orphan_) {
        idle_deadline_ =
            now + (set.linger2_s > 0 ? duration::seconds(set.linger2_s) : fin_wait_time);
        return;
    }
    if (set.keep_alive)
        idle_deadline_ = now + duration::seconds(set.keep_idle_s);
}

TRACEPOINT(tcp, tcp_timer_keep_alive, trace::address connection);
void connection::keep_alive_timeout(instant now) noexcept {
    TRACE(tcp_timer_keep_alive, this);
    idle_deadline_ = instant::never();
    if (state_ == state::fin_wait_2 && orphan_) {
        enter(state::closed);
        return;
    }
    if (!set.keep_alive || !synchronized())
        return;
    const duration idle = duration::seconds(set.keep_idle_s);
    if (!log_.empty() || unsent() != 0 || now - last_heard_ < idle) {
        // Heard from, or retransmission watches the peer already.
        probes_ = log_.empty() && unsent() == 0 ? 0 : probes_;
        idle_deadline_ = (log_.empty() && unsent() == 0 ? last_heard_ : now) + idle;
        return;
    }
    const bool too_long =
        set.user_timeout
            ? now - last_heard_ >= duration::milliseconds(set.user_timeout) && probes_ != 0
            : probes_ >= set.keep_probes;
    if (too_long) {
        send_reset(next_);
        fail(soft_error_ != errc{} ? soft_error_ : errc::timed_out);
        return;
    }
    send_probe(now);
    ++probes_;
    idle_deadline_ = now + duration::seconds(set.keep_interval_s);
}

}  // namespace osprey::net::tcp
