// SPDX-License-Identifier: BSD-3-Clause
// Finding losses by time (RACK, RFC 8985 §6), recovering from them at a controlled rate (RFC 6675,
// PRR of RFC 6937), and taking it back when nothing was lost (RFC 3522, 3708).
#include <net/tcp/progress.hh>
#include <trace/tracepoint.hh>

namespace osprey::net::tcp {

namespace {
constexpr u32 duplicate_threshold = 3;
}

u32 connection::in_flight() const noexcept {
    const u32 n = log_.in_flight();
    if (sack_ || !duplicates_)
        return n;
    const u32 gone = duplicates_ * mss_;  // each duplicate stands for a segment that left
    return n > gone ? n - gone : 0;
}

/// How long a segment may be overtaken before it counts as lost, in us (RFC 8985 §6.2 step 4).
u32 connection::reordering_window() const noexcept {
    if (!reordering_seen_ && (phase_ == phase::recovery || phase_ == phase::loss ||
                              log_.sacked_bytes() >= duplicate_threshold * mss_))
        return 0;
    if (!rtt_.known())
        return 0;
    const u32 window = rtt_.minimum() / 4 * reordering_factor_;
    return window < rtt_.smoothed() ? window : rtt_.smoothed();
}

TRACEPOINT(tcp, tcp_detect_losses, trace::address connection);
void connection::detect_losses(instant now) noexcept {
    TRACE(tcp_detect_losses, this);
    reorder_deadline_ = instant::never();
    if (!sack_) {
        // NewReno (RFC 6582): the first one, after three duplicates or a partial acknowledgement.
        if (log_.empty() || log_[0].has(sent_record::lost))
            return;
        const bool duplicates = duplicates_ >= duplicate_threshold && phase_ != phase::recovery &&
                                phase_ != phase::loss;
        if (!duplicates)
            return;
        if (log_[0].bytes() > mss_ && !log_.split(0, log_[0].begin + mss_))
            return;
        log_.mark_lost(log_[0]);
        return;
    }
    if (rack_sent_ == instant{})
        return;
    const duration window = microseconds(u64{rack_rtt_} + reordering_window());
    for (u32 i = 0; i < log_.size(); ++i) {
        sent_record& r = log_[i];
        if (r.has(sent_record::sacked | sent_record::lost))
            continue;
        if (r.sent > rack_sent_ || (r.sent == rack_sent_ && !before(r.end, rack_end_)))
            continue;
        const instant due = r.sent + window;
        if (due <= now)
            log_.mark_lost(r);
        else if (due < reorder_deadline_)
            reorder_deadline_ = due;
    }
}

TRACEPOINT(tcp, tcp_recovery_enter, trace::address connection);
void connection::enter_recovery(phase p) noexcept {
    TRACE(tcp_recovery_enter, this);
    if (phase_ == phase::open || phase_ == phase::reduced) {
        prior_window_ = control_.window();
        prior_threshold_ = control_.threshold();
        may_undo_ = true;
        undo_outstanding_ = 0;
        first_retransmission_ = 0;
    }
    const bool fresh = phase_ == phase::open;
    phase_ = p;
    recovery_point_ = next_;
    recovery_flight_ = next_ - una_;
    recovery_delivered_ = recovery_sent_ = 0;
    if (fresh)
        control_.congestion(mss_, in_flight());
    if (p == phase::reduced) {
        may_undo_ = false;
        control_.set_window(control_.threshold());
    }
}

TRACEPOINT(tcp, tcp_recovery_leave, trace::address connection);
void connection::leave_recovery() noexcept {
    TRACE(tcp_recovery_leave, this);
    // PRR ends at the threshold (RFC 6937 §3); after a time-out slow start goes on from where it
    // is.
    if (phase_ == phase::recovery)
        control_.set_window(control_.threshold());
    phase_ = phase::open;
    may_undo_ = retransmitted_ = false;
    duplicates_ = 0;
    if (reordering_persist_ && --reordering_persist_ == 0)
        reordering_factor_ = 1;
    round_end_ = next_;
}

/// After an acknowledgement: begins, continues or ends a recovery.
void connection::move_recovery(const progress& p) noexcept {
    if (phase_ != phase::open && not_before(una_, recovery_point_) &&
        (log_.empty() || !log_.lost_bytes()))
        leave_recovery();
    if (log_.lost_bytes() && (phase_ == phase::open || phase_ == phase::reduced))
        enter_recovery(phase::recovery);
    if (!sack_ && phase_ == phase::recovery && p.acknowledged && !log_.empty() &&
        before(una_, recovery_point_) &&
        !log_[0].has(sent_record::lost | sent_record::retransmitted)) {
        // A partial acknowledgement: the next hole is lost as well.
        if (log_[0].bytes() <= mss_ || log_.split(0, log_[0].begin + mss_))
            log_.mark_lost(log_[0]);
    }
    if (phase_ == phase::recovery)
        reduce_proportionally(p);
}

/// RFC 6937: the window follows what arrives, so that it comes down to the threshold in one round
/// trip without a pause.
void connection::reduce_proportionally(const progress& p) noexcept {
    recovery_delivered_ += p.delivered;
    const u32 pipe = in_flight(), threshold = control_.threshold();
    u64 allowed;
    if (pipe > threshold) {
        const u64 wanted =
            recovery_flight_
                ? (u64{recovery_delivered_} * threshold + recovery_flight_ - 1) / recovery_flight_
                : 0;
        allowed = wanted > recovery_sent_ ? wanted - recovery_sent_ : 0;
    } else {
        u64 limit = recovery_delivered_ > recovery_sent_ ? recovery_delivered_ - recovery_sent_ : 0;
        if (p.acknowledged && !p.lost_more)
            limit = (limit > p.delivered ? limit : p.delivered) + mss_;
        allowed = threshold - pipe < limit ? threshold - pipe : limit;
    }
    if (recovery_sent_ == 0 && allowed < mss_)
        allowed = mss_;  // the first retransmission goes out at once
    control_.set_window(static_cast<u32>(pipe + allowed));
}

/// RFC 3522: the acknowledgement that ends the first hole answers a segment from before the first
/// retransmission. RFC 3708: every retransmission was reported as a duplicate.
bool connection::spurious(const segment& s, const progress& p) noexcept {
    if (!may_undo_ || !retransmitted_)
        return false;
    if (p.acknowledged && timestamps_ && s.options.has_timestamp && first_retransmission_ &&
        s.options.timestamp_echo && before(s.options.timestamp_echo, first_retransmission_))
        return true;
    return p.had_duplicate_sack && undo_outstanding_ == 0;
}

void connection::undo_recovery() noexcept {
    control_.undo(prior_window_, prior_threshold_);
    for (u32 i = 0; i < log_.size(); ++i)
        if (log_[i].has(sent_record::lost) && !log_[i].has(sent_record::sacked)) {
            const instant sent = log_[i].sent;
            log_.mark_sent(log_[i], sent);  // on its way after all
            --log_[i].transmissions;
        }
    phase_ = phase::open;
    may_undo_ = retransmitted_ = false;
    duplicates_ = 0;
    backoff_ = 0;
    reordering_seen_ = true;
}

}  // namespace osprey::net::tcp
