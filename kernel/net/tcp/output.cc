// SPDX-License-Identifier: BSD-3-Clause
// Building segments and deciding when: Nagle and cork, silly windows, congestion window.
#include <net/tcp/connection.hh>
#include <trace/tracepoint.hh>

namespace osprey::net::tcp {

namespace {
constexpr u8 ecn_capable = 2;  // ECT(0)
constexpr duration interactive_time = duration::milliseconds(40);
constexpr u32 most_payload = 65535 - 60 - 40;  // in one packet, below all headers
constexpr usize usual_options = 12;

using packet_rvalue = packet_ptr&&;

usize sack_bytes(const segment_options& o) noexcept {
    return o.sack_count ? 4 + 8u * o.sack_count : 0;
}
}  // namespace

void connection::fill_options(segment_options& o, instant now) const noexcept {
    if (timestamps_) {
        o.has_timestamp = true;
        o.timestamp = timestamp_at(now);
        o.timestamp_echo = recent_timestamp_;
    }
    if (!sack_)
        return;
    const u8 most = timestamps_ ? 3 : 4;
    if (duplicate_.begin != duplicate_.end)
        o.sacks[o.sack_count++] = duplicate_;
    if (receive_.runs() != 0)
        o.sack_count =
            static_cast<u8>(o.sack_count + receive_.report(o.sacks + o.sack_count,
                                                           static_cast<u8>(most - o.sack_count)));
}

/// Payload of one segment, now that SACK blocks may take some of it.
u32 connection::segment_payload() const noexcept {
    if (!sack_ || (receive_.runs() == 0 && duplicate_.begin == duplicate_.end))
        return mss_;
    segment_options o;
    fill_options(o, {});
    const u32 extra = static_cast<u32>(sack_bytes(o));
    return mss_ > extra + 8 ? mss_ - extra : 8;
}

TRACEPOINT(tcp, tcp_output, trace::address connection, u32 bytes, u32 flags);
void connection::emit(packet_ptr p, sequence_number at, u8 flags, instant now) noexcept {
    TRACE(tcp_output, this, p->bytes(), flags);
    segment_options o;
    fill_options(o, now);
    duplicate_ = {0, 0};
    header_fields h;
    h.source_port = path_.local.port;
    h.destination_port = path_.remote.port;
    h.sequence = at;
    h.acknowledgement = receive_next_;
    h.window = offer_window();
    if (ecn_ && ecn_echo_)
        flags |= flag_ece;
    if (urgent_to_send_ && after(urgent_end_, at)) {
        const u32 offset = urgent_end_ - at;
        h.urgent = static_cast<u16>(offset < 65535 ? offset : 65535);
        flags |= flag_urg;
    }
    h.flags = static_cast<u8>(flags | flag_ack);
    p->source = path_.local.address;
    p->destination = path_.remote.address;
    put_header(*p, h, o);
    ++counters_.segments_sent;
    last_sent_ = now;
    note_acknowledged();
    output_.transmit(static_cast<packet_rvalue>(p));
}

void connection::note_acknowledged() noexcept {
    if ((acknowledge_now_ || acknowledge_later_) && quick_ != 0)
        --quick_;
    acknowledge_now_ = acknowledge_later_ = false;
    delayed_deadline_ = instant::never();
    acknowledged_ = receive_next_;
}

TRACEPOINT(tcp, tcp_output_ack, trace::address connection);
void connection::send_acknowledgement(instant now) noexcept {
    TRACE(tcp_output_ack, this);
    if (packet_ptr p = packet::make()) {
        emit(static_cast<packet_rvalue>(p), next_, 0, now);
    } else {
        acknowledge_later_ = true;
        delayed_deadline_ = now + interactive_time;
    }
}

TRACEPOINT(tcp, tcp_output_probe, trace::address connection);
/// A segment that must be answered and brings nothing: for keepalive and closed windows.
void connection::send_probe(instant now) noexcept {
    TRACE(tcp_output_probe, this);
    if (packet_ptr p = packet::make())
        emit(static_cast<packet_rvalue>(p), una_ - 1, 0, now);
}

TRACEPOINT(tcp, tcp_output_reset, trace::address connection);
void connection::send_reset(sequence_number at) noexcept {
    TRACE(tcp_output_reset, this);
    packet_ptr p = packet::make();
    if (!p)
        return;
    header_fields h;
    h.source_port = path_.local.port;
    h.destination_port = path_.remote.port;
    h.sequence = at;
    h.flags = flag_rst;
    if (state_ != state::syn_sent) {
        h.acknowledgement = receive_next_;
        h.flags |= flag_ack;
    }
    p->source = path_.local.address;
    p->destination = path_.remote.address;
    put_header(*p, h, {});
    ++counters_.segments_sent;
    output_.transmit(static_cast<packet_rvalue>(p));
}

TRACEPOINT(tcp, tcp_output_syn, trace::address connection);
void connection::send_syn(instant now) noexcept {
    TRACE(tcp_output_syn, this);
    packet_ptr p = packet::make();
    const bool first = log_.empty();
    if (p) {
        const bool reply = state_ == state::syn_received;
        header_fields h;
        h.source_port = path_.local.port;
        h.destination_port = path_.remote.port;
        h.sequence = start_;
        h.flags = flag_syn;
        segment_options o;
        u32 mss = largest_mss(path_.mtu, path_.remote.address.is_v4());
        if (set.most_segment && set.most_segment < mss)
            mss = set.most_segment;
        o.mss = static_cast<u16>(mss);
        o.sack_permitted = reply ? sack_ : set.sack;
        o.has_timestamp = reply ? timestamps_ : set.timestamps;
        o.timestamp = timestamp_at(now);
        if (reply) {
            h.flags |= flag_ack;
            h.acknowledgement = receive_next_;
            o.timestamp_echo = recent_timestamp_;
        } else if (set.ecn_request && retransmits_ == 0) {
            h.flags |= flag_ece | flag_cwr;  // RFC 3168 §6.1.1
        }
        if (set.window_scaling && (!reply || peer_scale_ != 0 || own_scale_ != 0))
            o.window_scale = own_scale_;
        if (fast_open_ && !reply && retransmits_ == 0)
            add_fast_open(*p, o);
        const u32 window = receive_limit_ < 65535 ? receive_limit_ : 65535;
        h.window = static_cast<u16>(window);
        if (reply)
            advertised_ = receive_next_ + window;
        p->source = path_.local.address;
        p->destination = path_.remote.address;
        put_header(*p, h, o);
        ++counters_.segments_sent;
        next_ = later(next_, start_ + 1);
        output_.transmit(static_cast<packet_rvalue>(p));
    }
    next_ = later(next_, start_ + 1);
    if (first) {
        if (log_.make_room())
            log_.append({start_, next_, now, sent_record::syn, 1});
        stuck_since_ = now;
    } else {
        log_.mark_sent(log_[0], now);
    }
    arm_loss_timer(now);
}

/// Sends `n` bytes from `begin` in one packet (to be cut by the device if they are many).
/// @return how many; ~0 when there was no memory.
u32 connection::send_range(sequence_number begin, u32 n, u8 flags, bool again,
                           instant now) noexcept {
    packet_ptr p = packet::make();
    if (!p)
        return ~u32{0};
    const u32 payload = segment_payload();
    const u32 sent = n ? queue_.attach(*p, begin - queue_start_, n) : 0;
    if (sent < n)
        flags &= static_cast<u8>(~flag_fin);
    const sequence_number end = begin + sent;
    if (sent > payload) {
        p->gso = path_.remote.address.is_v4() ? gso_kind::tcp4 : gso_kind::tcp6;
        p->gso_bytes = static_cast<u16>(payload);
        p->gso_segments = static_cast<u16>((sent + payload - 1) / payload);
    }
    if (sent && (end == queue_end() || (after(push_, begin) && not_after(push_, end))))
        flags |= flag_psh;
    if (ecn_ && sent && !again) {
        p->traffic_class = ecn_capable;
        if (ecn_reduced_) {
            flags |= flag_cwr;
            ecn_reduced_ = false;
        }
    }
    if (sent) {
        counters_.bytes_sent += sent;
        ++counters_.data_segments_sent;
        if (now - last_data_received_ < interactive_time)
            interactive_ = true;
    }
    if (again)
        counters_.bytes_retransmitted += sent;
    if (phase_ == phase::recovery)
        recovery_sent_ += sent;
    emit(static_cast<packet_rvalue>(p), begin, flags, now);
    return sent;
}

TRACEPOINT(tcp, tcp_retransmit, trace::address connection, u32 index);
/// Sends record `i`, or its first `most` bytes, again.
bool connection::retransmit(u32 i, u32 most, instant now) noexcept {
    TRACE(tcp_retransmit, this, i);
    if (log_[i].has(sent_record::syn)) {
        send_syn(now);
        ++counters_.retransmissions;
        return true;
    }
    const u32 payload = segment_payload();
    u32 limit = path_.most_gso < most_payload ? path_.most_gso : most_payload;
    if (limit < payload)
        limit = payload;
    if (most > limit)
        most = limit;
    if (most > payload)
        most -= most % payload;
    u32 n = log_[i].bytes() - (log_[i].has(sent_record::fin) ? 1 : 0);
    if (n > most) {
        if (!log_.split(i, log_[i].begin + most))
            return false;
        n = most;
    }
    const u8 flags = log_[i].has(sent_record::fin) ? flag_fin : 0;
    const u32 sent = send_range(log_[i].begin, n, flags, true, now);
    if (sent == ~u32{0})
        return false;
    if (sent < n && !log_.split(i, log_[i].begin + sent))
        return false;
    if (!first_retransmission_)
        first_retransmission_ = timestamp_at(now) | (timestamp_at(now) ? 0 : 1);
    undo_outstanding_ += sent;
    retransmitted_ = true;
    ++counters_.retransmissions;
    log_.mark_sent(log_[i], now);
    return true;
}

void connection::transmit_lost(instant now) noexcept {
    for (u32 i = 0; i < log_.size() && log_.lost_bytes(); ++i) {
        if (!log_[i].has(sent_record::lost))
            continue;
        const u32 flight = in_flight(), window = control_.window();
        u32 room = window > flight ? window - flight : 0;
        const u32 wanted = log_[i].bytes() < mss_ ? log_[i].bytes() : mss_;
        if (room < wanted) {
            if (flight != 0)
                return;
            room = mss_;
        }
        if (!retransmit(i, room < mss_ ? mss_ : room, now))
            return;
    }
}

/// How much of what waits may go out in the next segment, given `room` in the congestion window.
u32 connection::sendable(u32 room, bool force) noexcept {
    const u32 waiting = unsent(), payload = segment_payload();
    const sequence_number edge = una_ + send_window_;
    const u32 window = after(edge, next_) ? edge - next_ : 0;
    u32 n = waiting;
    if (n > window) {
        n = window;
        window_limited_ = true;
    }
    if (n > room)
        n = room;
    u32 limit = path_.most_gso < most_payload ? path_.most_gso : most_payload;
    if (limit < payload)
        limit = payload;
    if (n > limit)
        n = limit;
    // A tail smaller than a segment: Minshall's variant of Nagle (RFC 9293 §3.7.4) lets one such
    // segment be under way; cork keeps it.
    const bool nagle = !set.no_delay && after(small_end_, una_);
    const bool hold = !force && !fin_queued_ && (set.cork || more_coming_ || nagle);
    if (n >= payload)
        return n == waiting && !hold ? n : n - n % payload;
    if (n == waiting)
        return hold ? 0 : n;
    // The window cuts it: half of the largest window ever is worth it (RFC 9293 §3.8.6.2.1).
    return n >= most_send_window_ / 2 || force ? n : 0;
}

void connection::transmit_new(instant now, bool force) noexcept {
    if (opening() || state_ == state::closed || state_ == state::time_wait)
        return;
    window_limited_ = congestion_limited_ = false;
    bool any = false;
    for (;;) {
        const u32 waiting = unsent();
        const bool fin_waits = fin_queued_ && !fin_sent();
        if (waiting == 0 && !fin_waits)
            break;
        const u32 flight = in_flight(), window = control_.window();
        u32 room = window > flight ? window - flight : 0;
        const u32 least = waiting < mss_ ? waiting : mss_;
        if (room < least) {
            if (flight != 0) {
                congestion_limited_ = true;
                break;
            }
            room = mss_;
        }
        const u32 n = sendable(room, force);
        const sequence_number edge = una_ + send_window_;
        const bool fin = fin_waits && n == waiting && after(edge, next_ + n);
        if ((n == 0 && !fin) || !log_.make_room())
            break;
        if (set.slow_start_after_idle && flight == 0 && last_sent_ != instant{} && rtt_.known() &&
            now - last_sent_ > microseconds(rtt_.timeout()) && log_.empty())
            control_.idle(now - last_sent_);
        const sequence_number begin = next_;
        next_ += n + (fin ? 1 : 0);
        const u32 sent = send_range(begin, n, fin ? flag_fin : 0, false, now);
        if (sent == ~u32{0}) {
            next_ = begin;
            break;
        }
        if (sent != n)
            next_ = begin + sent;
        if (sent < mss_)
            small_end_ = begin + sent;
        if (log_.empty())
            stuck_since_ = now;
        log_.append(
            {begin, next_, now, static_cast<u8>(fin && sent == n ? sent_record::fin : 0), 1});
        any = true;
    }
    if (any ? loss_timer_ != timer_kind::retransmit && loss_timer_ != timer_kind::reorder
            : loss_timer_ == timer_kind::none && (unsent() || (fin_queued_ && !fin_sent())))
        arm_loss_timer(now);
}

void connection::finish_slow(instant now) noexcept {
    if (state_ == state::closed)
        return;
    if (log_.lost_bytes())
        transmit_lost(now);
    if (unsent() != 0 || (fin_queued_ && !fin_sent()))
        transmit_new(now, false);
    else
        window_limited_ = congestion_limited_ = false;
    if (state_ == state::syn_sent || state_ == state::syn_received)
        return;
    const bool moved = window_moved_;
    window_moved_ = false;
    if (acknowledgement_due() || (moved && window_update_due()))
        send_acknowledgement(now);
    else if (acknowledge_later_ && delayed_deadline_ == instant::never())
        delayed_deadline_ = now + interactive_time;
}

bool connection::waits_for_acknowledgement() const noexcept {
    return phase_ != phase::open || unsent() != 0 || (fin_queued_ && !fin_acknowledged_) ||
           state_ == state::syn_sent || state_ == state::syn_received;
}

}  // namespace osprey::net::tcp
