// SPDX-License-Identifier: BSD-3-Clause
// What a segment does to the state of a connection: RFC 9293 §3.10.7, with the checks of RFC 5961
// (blind attacks) and RFC 7323 (PAWS).
#include <net/tcp/connection.hh>
#include <trace/tracepoint.hh>

namespace osprey::net::tcp {

namespace {
/// RFC 7323 §5.5: after 24 days a timestamp may have wrapped and proves nothing.
constexpr duration timestamps_expire = duration::seconds(24 * 86400);
constexpr duration challenge_interval = duration::milliseconds(500);

using packet_rvalue = packet_ptr&&;
}  // namespace

void connection::input(packet_ptr p, instant now) noexcept {
    if (state_ == state::closed || !checksum_is_right(*p))
        return;
    segment s;
    if (!take_header(*p, s))
        return;
    counters_.segments_received += s.segments_count;
    if (state_ == state::syn_sent)
        input_syn_sent(static_cast<packet_rvalue>(p), s, now);
    else
        input_synchronized(static_cast<packet_rvalue>(p), s, now);
}

/// §3.10.7.3
void connection::input_syn_sent(packet_ptr p, const segment& s, instant now) noexcept {
    if (s.has(flag_ack) &&
        (!after(s.acknowledgement, start_) || after(s.acknowledgement, next_ + syn_data_))) {
        reset_reply(s);
        return;
    }
    // RFC 7323 §5.4 does not ask for it, but an echo of something never sent is no answer.
    if (s.has(flag_rst)) {
        if (s.has(flag_ack))
            fail(errc::connection_refused);
        return;
    }
    if (!s.has(flag_syn))
        return;
    adopt_options(s.options);
    adopt_start(s.sequence);
    if (timestamps_) {
        recent_timestamp_ = s.options.timestamp;
        recent_timestamp_at_ = now;
    }
    send_window_ = s.window;  // never scaled in a SYN (RFC 7323 §2.2)
    window_sequence_ = s.sequence;
    window_acknowledgement_ = s.acknowledgement;
    last_heard_ = now;
    if (!s.has(flag_ack)) {
        // Simultaneous open: our SYN again, with an acknowledgement.
        enter(state::syn_received);
        most_send_window_ = send_window_;
        log_.clear();
        next_ = una_;
        send_syn(now);
        return;
    }
    ecn_ = set.ecn_request && s.has(flag_ece) && !s.has(flag_cwr);
    if (!log_.empty() && !log_[0].has(sent_record::retransmitted))
        rtt_.sample(static_cast<u32>((now - log_[0].sent).ns / 1000));
    log_.clear();
    una_ = s.acknowledgement;
    take_syn_data_answer(s);
    loss_timer_ = timer_kind::none;
    loss_deadline_ = instant::never();
    stuck_since_ = instant::never();
    established(now);
    acknowledge_now_ = true;
    advertised_ = receive_next_ + (receive_limit_ < 65535 ? receive_limit_ : 65535);
    if (s.payload || s.has(flag_fin)) {
        segment rest = s;
        rest.flags &= static_cast<u8>(~flag_syn);
        ++rest.sequence;
        take_payload(static_cast<packet_rvalue>(p), rest, now);
    }
}

/// Whether the segment says anything about this connection now: PAWS, then the window. Answers
/// those that do not.
bool connection::acceptable(const segment& s, instant now) noexcept {
    const bool old = timestamps_ && s.options.has_timestamp &&
                     before(s.options.timestamp, recent_timestamp_) &&
                     now - recent_timestamp_at_ < timestamps_expire;
    if (old && !s.has(flag_rst)) {
        if (s.payload && sack_)
            duplicate_ = {s.sequence, s.end()};
        acknowledge_now_ = true;
        return false;
    }
    const u32 window = window_left();
    // A probe of a closed window counts (its acknowledgement does), its payload is cut off later.
    if (not_before(s.end(), receive_next_) && not_after(s.sequence, receive_next_ + window))
        return true;
    if (s.has(flag_rst))
        return false;
    if (before(s.end(), receive_next_) && s.payload && sack_)
        duplicate_ = {s.sequence, s.end()};
    if (s.payload || s.has(flag_fin))
        acknowledge_now_ = true;
    else
        challenge(now);
    return false;
}

TRACEPOINT(tcp, tcp_challenge, trace::address connection);
void connection::challenge(instant now) noexcept {
    TRACE(tcp_challenge, this);
    if (challenged_ != instant{} && now - challenged_ < challenge_interval)
        return;
    challenged_ = now;
    send_acknowledgement(now);
}

TRACEPOINT(tcp, tcp_input_reset, trace::address connection);
/// RFC 5961 §3.2: only the exact number resets; one that merely lies in the window is asked back.
void connection::input_reset(const segment& s, instant now) noexcept {
    TRACE(tcp_input_reset, this);
    if (s.sequence != receive_next_) {
        challenge(now);
        return;
    }
    switch (state_) {
        case state::syn_received:
            fail(early_ ? errc::connection_reset : errc::connection_refused);
            break;
        case state::close_wait:
            fail(errc::broken_pipe);
            break;
        case state::closing:
        case state::last_ack:
            enter(state::closed);
            break;
        default:
            fail(errc::connection_reset);
    }
}

/// RFC 7323 §4.3
void connection::remember_timestamp(const segment& s, instant now) noexcept {
    if (timestamps_ && s.options.has_timestamp && not_after(s.sequence, acknowledged_) &&
        not_before(s.options.timestamp, recent_timestamp_)) {
        recent_timestamp_ = s.options.timestamp;
        recent_timestamp_at_ = now;
    }
}

void connection::reset_reply(const segment& s) noexcept {
    if (!s.has(flag_rst))
        send_reset(s.acknowledgement);
}

/// §3.10.7.4
void connection::input_synchronized(packet_ptr p, const segment& s, instant now) noexcept {
    last_heard_ = now;
    if (state_ == state::syn_received && s.has(flag_syn) && s.sequence == peer_start_ &&
        !s.has(flag_rst)) {
        // Simultaneous open: the peer's SYN-ACK. A SYN without ACK has lost ours.
        if (s.has(flag_ack) && s.acknowledgement == next_) {
            if (!acknowledge(s, now))
                return;
            established(now);
            acknowledge_now_ = true;
        } else if (!log_.empty()) {
            (void)retransmit(0, mss_, now);
        }
        return;
    }
    if (!acceptable(s, now))
        return;
    if (s.has(flag_rst)) {
        input_reset(s, now);
        return;
    }
    if (s.has(flag_syn)) {  // RFC 5961 §4.2
        challenge(now);
        return;
    }
    if (!s.has(flag_ack))
        return;
    if (state_ == state::syn_received) {
        if (s.acknowledgement != start_ + 1 &&
            !(after(s.acknowledgement, una_) && not_after(s.acknowledgement, next_))) {
            reset_reply(s);
            return;
        }
        send_window_ = u32{s.window} << peer_scale_;
        window_sequence_ = s.sequence;
        window_acknowledgement_ = s.acknowledgement;
        established(now);
        if (fin_queued_)
            enter(state::fin_wait_1);
    }
    remember_timestamp(s, now);
    if (!acknowledge(s, now))
        return;
    after_acknowledgement(now);
    if (state_ == state::closed || state_ == state::time_wait)
        return;
    if (s.has(flag_urg))
        take_urgent(s);
    if (s.payload || s.has(flag_fin))
        take_payload(static_cast<packet_rvalue>(p), s, now);
}

/// The FIN may have been acknowledged.
void connection::after_acknowledgement(instant now) noexcept {
    if (!fin_queued_ || fin_acknowledged_ || !fin_sent() || una_ != queue_end() + 1)
        return;
    fin_acknowledged_ = true;
    switch (state_) {
        case state::fin_wait_1:
            enter(state::fin_wait_2);
            events_ |= event_writable;
            finish_close();
            arm_idle_timer(now);
            break;
        case state::closing:
            enter(state::time_wait);
            break;
        case state::last_ack:
            enter(state::closed);
            break;
        default:
            break;
    }
}

}  // namespace osprey::net::tcp
