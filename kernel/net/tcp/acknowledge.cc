// SPDX-License-Identifier: BSD-3-Clause
// What an acknowledgement says: windows, SACK (RFC 2018, 2883), round-trip times, ECN echoes.
#include <net/tcp/progress.hh>
#include <trace/tracepoint.hh>

namespace osprey::net::tcp {

namespace {
u32 microseconds_between(instant from, instant to) noexcept {
    const i64 us = (to - from).ns / 1000;
    return us < 1 ? 1 : us > 0x7fff'ffff ? 0x7fff'ffff : static_cast<u32>(us);
}
/// RACK's order: by time, then by number (RFC 8985 §6.2).
bool sent_after(instant t1, sequence_number e1, instant t2, sequence_number e2) noexcept {
    return t1 > t2 || (t1 == t2 && after(e1, e2));
}
}  // namespace

TRACEPOINT(tcp, tcp_input_ack, trace::address connection);
/// @return false: the whole segment is to be dropped.
bool connection::acknowledge(const segment& s, instant now) noexcept {
    TRACE(tcp_input_ack, this);
    const sequence_number ack = s.acknowledgement;
    if (after(ack, next_)) {
        if (state_ == state::syn_received)
            reset_reply(s);
        else
            challenge(now);
        return false;
    }
    if (before(ack, una_)) {
        if (before(ack, una_ - most_send_window_)) {  // RFC 5961 §5.2
            challenge(now);
            return false;
        }
        if (!s.options.sack_count)
            return true;
    }
    probes_ = 0;  // the peer lives
    progress p;
    p.prior_in_flight = in_flight();
    if (timestamps_ && s.options.has_timestamp)
        p.echo = s.options.timestamp_echo;
    const sequence_number prior_una = una_;
    update_send_window(s);
    if (after(ack, una_))
        advance_una(ack, p, now);
    if (s.options.sack_count && sack_)
        take_sacks(s, p, now);
    else if (!sack_ && ack == prior_una)
        duplicate_acknowledgement(s, p);
    if (p.delivered || p.acknowledged || p.had_duplicate_sack)
        take_rtt(s, p, now);
    if (ecn_)
        explicit_congestion(s);
    if (probing_ && not_before(una_, probe_end_)) {
        probing_ = false;
        // The probe repeated something and no D-SACK says it was needless: a loss was repaired.
        if (probe_again_ && !p.had_duplicate_sack && phase_ == phase::open) {
            enter_recovery(phase::reduced);
        }
    }
    if (phase_ != phase::open && spurious(s, p))
        undo_recovery();
    if (log_.sacked_bytes() || log_.lost_bytes() || retransmitted_ || duplicates_) {
        const u32 lost = log_.lost_bytes();
        detect_losses(now);
        p.lost_more = log_.lost_bytes() > lost;
    }
    move_recovery(p);
    grow_congestion_window(p, now);
    if (p.acknowledged) {
        backoff_ = retransmits_ = 0;
        stuck_since_ = log_.empty() ? instant::never() : now;
        events_ |= event_writable;
    }
    if (p.acknowledged || p.delivered || loss_timer_ == timer_kind::persist ||
        loss_timer_ == timer_kind::none || p.lost_more)
        arm_loss_timer(now);
    return true;
}

/// RFC 9293 §3.10.7.4: only newer segments change the window.
void connection::update_send_window(const segment& s) noexcept {
    const u32 window = u32{s.window} << peer_scale_;
    if (!(after(s.acknowledgement, una_) || after(s.sequence, window_sequence_) ||
          (s.sequence == window_sequence_ &&
           not_before(s.acknowledgement, window_acknowledgement_) &&
           (window > send_window_ || after(s.acknowledgement, window_acknowledgement_) ||
            s.acknowledgement == una_))))
        return;
    if (before(s.acknowledgement, una_))
        return;
    send_window_ = window;
    window_sequence_ = s.sequence;
    window_acknowledgement_ = s.acknowledgement;
    if (window > most_send_window_)
        most_send_window_ = window;
}

void connection::delivered(const sent_record& r, progress& p, instant now) noexcept {
    p.delivered += r.bytes();
    ++counters_.delivered;
    const u32 rtt = microseconds_between(r.sent, now);
    if (r.has(sent_record::retransmitted)) {
        // Which transmission was it? Not the last one if that is quicker than the path can be.
        if (rtt < rtt_.minimum() || (p.echo && before(p.echo, timestamp_at(r.sent))))
            return;
    } else {
        p.rtt_us = rtt;
        if (before(r.end, highest_sacked_))
            reordering_seen_ = true;  // something behind it came first (RFC 8985 §6.2 step 3)
    }
    if (after(r.end, highest_sacked_))
        highest_sacked_ = r.end;
    if (rack_sent_ == instant{} || sent_after(r.sent, r.end, rack_sent_, rack_end_)) {
        rack_sent_ = r.sent;
        rack_end_ = r.end;
        rack_rtt_ = rtt;
    }
}

void connection::advance_una(sequence_number ack, progress& p, instant now) noexcept {
    p.acknowledged = ack - una_;
    if (counters_.bytes_acknowledged == 0)
        highest_sacked_ = una_;
    while (!log_.empty()) {
        const sent_record& first = log_[0];
        if (after(first.end, ack)) {
            if (after(ack, first.begin)) {
                if (!first.has(sent_record::sacked))
                    p.delivered += ack - first.begin;
                log_.trim_front(ack);
            }
            break;
        }
        if (!first.has(sent_record::sacked))
            delivered(first, p, now);
        log_.pop_front();
    }
    una_ = ack;
    if (before(highest_sacked_, una_))
        highest_sacked_ = una_;
    const sequence_number data = earlier(ack, queue_end());
    if (after(data, queue_start_)) {
        const u32 n = data - queue_start_;
        queue_.drop_front(n);
        queue_start_ = data;
        counters_.bytes_acknowledged += n;
    }
    if (urgent_to_send_ && not_before(una_, urgent_end_))
        urgent_to_send_ = false;
    if (!sack_) {
        const u32 segments = p.acknowledged / mss_;  // they account for as many duplicates
        duplicates_ =
            phase_ != phase::recovery || duplicates_ <= segments ? 0 : duplicates_ - segments;
    }
}

void connection::take_sacks(const segment& s, progress& p, instant now) noexcept {
    for (u8 i = 0; i < s.options.sack_count; ++i) {
        const sequence_range r = s.options.sacks[i];
        if (!before(r.begin, r.end))
            continue;
        const bool first_is_duplicate =
            i == 0 && (before(r.begin, s.acknowledgement) ||
                       (s.options.sack_count > 1 && not_before(r.begin, s.options.sacks[1].begin) &&
                        not_after(r.end, s.options.sacks[1].end)));
        if (first_is_duplicate) {  // RFC 2883 §4
            duplicate_sack(r);
            p.had_duplicate_sack = true;
        } else if (after(r.end, una_) && not_after(r.end, next_)) {
            mark_sacked(r, p, now);
        }
    }
}

void connection::mark_sacked(sequence_range r, progress& p, instant now) noexcept {
    for (u32 i = 0; i < log_.size(); ++i) {
        if (not_after(log_[i].end, r.begin))
            continue;
        if (not_before(log_[i].begin, r.end))
            return;
        if (log_[i].has(sent_record::sacked))
            continue;
        if (before(log_[i].begin, r.begin)) {
            if (!log_.split(i, r.begin))
                return;
            continue;
        }
        if (after(log_[i].end, r.end) && !log_.split(i, r.end))
            return;
        delivered(log_[i], p, now);
        log_.mark_sacked(log_[i]);
    }
}

/// The peer got something twice: one retransmission was needless.
void connection::duplicate_sack(sequence_range r) noexcept {
    ++counters_.duplicate_sacks;
    if (reordering_factor_ < 16)
        ++reordering_factor_;  // RFC 8985 §6.2 step 4
    reordering_persist_ = 16;
    reordering_seen_ = true;
    const u32 bytes = r.end - r.begin;
    if (may_undo_)
        undo_outstanding_ = undo_outstanding_ > bytes ? undo_outstanding_ - bytes : 0;
}

void connection::take_rtt(const segment& s, const progress& p, instant now) noexcept {
    if (p.rtt_us) {
        rtt_.sample(p.rtt_us);
    } else if (timestamps_ && s.options.has_timestamp && s.options.timestamp_echo &&
               p.acknowledged) {
        // Everything was sent twice (Karn): the echo tells which one it was.
        const u32 ms = timestamp_at(now) - s.options.timestamp_echo;
        if (ms < 100'000)
            rtt_.sample(ms * 1000);
    }
}

TRACEPOINT(tcp, tcp_input_duplicate_ack, trace::address connection);
/// Without SACK three duplicates stand for a lost segment (RFC 5681 §3.2, 6582).
void connection::duplicate_acknowledgement(const segment& s, progress& p) noexcept {
    TRACE(tcp_input_duplicate_ack, this);
    if (s.payload || s.has(flag_fin) || log_.empty() ||
        u32{s.window} << peer_scale_ != send_window_)
        return;
    ++duplicates_;
    p.delivered += mss_;
}

/// RFC 3168 §6.1: one reduction for each window, and CWR on the next new data.
void connection::explicit_congestion(const segment& s) noexcept {
    if (!s.has(flag_ece))
        return;
    ++counters_.delivered_marked;
    if (phase_ == phase::open && !log_.empty()) {
        enter_recovery(phase::reduced);
        ecn_reduced_ = true;
    }
}

void connection::grow_congestion_window(const progress& p, instant now) noexcept {
    if (!p.acknowledged || phase_ == phase::recovery || phase_ == phase::reduced)
        return;
    if (not_before(una_, round_end_)) {
        control_.round_begins();
        round_end_ = next_;
    }
    // Not used fully: no reason to grow (RFC 7661); in slow start half is enough.
    const bool used =
        congestion_limited_ || (control_.slow_start() && p.prior_in_flight * 2 > control_.window());
    if (used)
        control_.acknowledged(p.acknowledged, mss_, p.rtt_us, now);
}

}  // namespace osprey::net::tcp
