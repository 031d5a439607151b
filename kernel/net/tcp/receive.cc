// SPDX-License-Identifier: BSD-3-Clause
// Payload: into the queue, out to the application; and the window that follows from both.
#include <net/tcp/connection.hh>
#include <trace/tracepoint.hh>
#include <vfs/io_buffer.hh>

namespace osprey::net::tcp {

namespace {
constexpr u32 least_receive_mss = 536;
using packet_rvalue = packet_ptr&&;
}  // namespace

TRACEPOINT(tcp, tcp_input_payload, trace::address connection, u32 bytes);
void connection::take_payload(packet_ptr p, const segment& s, instant now) noexcept {
    TRACE(tcp_input_payload, this, s.payload);
    const bool early = state_ == state::syn_received && early_;
    if (state_ != state::established && state_ != state::fin_wait_1 &&
        state_ != state::fin_wait_2 && !early) {
        // The peer has sent its FIN: whatever comes again gets its acknowledgement again.
        acknowledge_now_ = true;
        return;
    }
    const bool nobody_reads = orphan_ || (receive_shut_ && state_ != state::established);
    if (nobody_reads && s.payload && after(s.sequence + s.payload, receive_next_)) {
        send_reset(s.acknowledgement);  // RFC 2525 §2.17, RFC 9293 §3.6.1
        fail(errc::connection_reset);
        return;
    }
    const sequence_number edge = receive_next_ + window_left();
    bool fin = s.has(flag_fin);
    if (after(s.sequence + s.payload, edge)) {
        p->truncate(after(edge, s.sequence) ? edge - s.sequence : 0);
        fin = false;
        acknowledge_now_ = true;
    }
    if (ecn_) {
        if (s.has(flag_cwr))
            ecn_echo_ = false;
        if (s.congestion)
            ecn_echo_ = acknowledge_now_ = true;
    }
    const u32 n = p->bytes();
    const u32 one = s.segments_count > 1 && p->gso_bytes ? p->gso_bytes : n;
    if (n != 0) {
        if (one > receive_mss_ || receive_mss_ == least_receive_mss)
            receive_mss_ = one < least_receive_mss ? least_receive_mss : one;
        counters_.data_segments_received += s.segments_count;
        const bool hole = receive_.runs() != 0;
        if (before(s.sequence, receive_next_)) {
            if (sack_)
                duplicate_ = {s.sequence, earlier(s.sequence + n, receive_next_)};
            acknowledge_now_ = true;
        } else if (s.sequence != receive_next_) {
            ++counters_.out_of_order;
        }
        if (receive_.memory() + n > 2 * receive_limit_ + 65536)
            relieve_pressure();
        if (receive_.memory() > 4 * receive_limit_ + 65536) {
            acknowledge_now_ = true;  // dropped; the sender will see that it was
            return;
        }
        (void)receive_.insert(static_cast<packet_rvalue>(p), s.sequence);
        if (const u32 fresh = receive_.next() - receive_next_) {
            counters_.bytes_received += fresh;
            receive_next_ = receive_.next();
            last_data_received_ = now;
            events_ |= event_readable;
            collect_urgent();
        }
        if (hole || receive_.runs() != 0)
            acknowledge_now_ = true;  // RFC 5681 §4.2
        acknowledge_later_ = true;
        if (s.segments_count > 1 && n > receive_mss_)
            acknowledge_now_ = true;
    }
    if (fin && !fin_known_) {
        fin_known_ = true;
        fin_at_ = s.sequence + s.payload;
    }
    if (fin_known_ && receive_next_ == fin_at_)
        take_fin(fin_at_, now);
    else if (n == 0)
        acknowledge_now_ = true;
}

TRACEPOINT(tcp, tcp_input_fin, trace::address connection);
void connection::take_fin(sequence_number at, instant now) noexcept {
    TRACE(tcp_input_fin, this);
    receive_next_ = at + 1;
    fin_received_ = true;
    acknowledge_now_ = true;
    events_ |= event_readable;
    switch (state_) {
        case state::established:
            enter(state::close_wait);
            break;
        case state::fin_wait_1:
            enter(state::closing);
            break;
        case state::fin_wait_2:
            enter(state::time_wait);
            break;
        default:
            break;
    }
    arm_idle_timer(now);
}

/// The pointer names the urgent byte itself plus one (RFC 6093 §3.2: what everybody implements).
void connection::take_urgent(const segment& s) noexcept {
    const sequence_number at = s.sequence + s.urgent - 1;
    if (s.urgent == 0 || before(at, receive_.read_position()) || before(at, receive_next_))
        return;
    if (urgent_ != urgent_state::none && !after(at, urgent_at_))
        return;
    urgent_ = urgent_state::expected;
    urgent_at_ = at;
    events_ |= event_urgent;
}

void connection::collect_urgent() noexcept {
    if (urgent_ != urgent_state::expected || !after(receive_next_, urgent_at_))
        return;
    urgent_byte_ = receive_.byte_at(urgent_at_ - receive_.read_position());
    urgent_ = urgent_state::arrived;
    events_ |= event_urgent;
}

/// How much may be read from `offset` on; `skip`: bytes to leave out first (the urgent one).
usize connection::readable_before_mark(usize n, u32 offset, u32& skip) const noexcept {
    skip = 0;
    const u32 there = receive_.readable() > offset ? receive_.readable() - offset : 0;
    if (n > there)
        n = there;
    const sequence_number here = receive_.read_position() + offset;
    if (urgent_ == urgent_state::none || before(urgent_at_, here))
        return n;
    const u32 until = urgent_at_ - here;
    if (until != 0)
        return n < until ? n : until;
    if (!set.urgent_inline && there != 0) {
        skip = 1;
        if (n > there - 1)
            n = there - 1;
    }
    return n;
}

u32 connection::readable() const noexcept {
    const u32 all = receive_.readable();
    if (set.urgent_inline || urgent_ == urgent_state::none ||
        before(urgent_at_, receive_.read_position()) || !before(urgent_at_, receive_.next()))
        return all;
    const u32 until = urgent_at_ - receive_.read_position();
    return until ? until : all - 1;
}

u32 connection::readable_to_mark() const noexcept {
    const u32 n = readable();
    return at_mark() && !set.urgent_inline && receive_.readable() ? 0 : n;
}

result<usize> connection::peek(vfs::io_buffer& to, usize n, u32 offset) noexcept {
    u32 skip;
    n = readable_before_mark(n, offset, skip);
    return receive_.peek(to, offset + skip, n);
}

result<usize> connection::read(vfs::io_buffer& to, usize n, instant now) noexcept {
    u32 skip;
    n = readable_before_mark(n, 0, skip);
    const usize done = TRY(receive_.peek(to, skip, n));
    if (done + skip)
        consumed(static_cast<u32>(done) + skip, now);
    return done;
}

usize connection::discard(usize n, instant now) noexcept {
    u32 skip;
    n = readable_before_mark(n, 0, skip);
    if (n + skip)
        consumed(static_cast<u32>(n) + skip, now);
    return n;
}

result<u8> connection::read_urgent(bool peek) noexcept {
    if (set.urgent_inline || urgent_ == urgent_state::none || urgent_ == urgent_state::taken)
        return errc::invalid_argument;
    if (urgent_ == urgent_state::expected)
        return errc::again;
    if (!peek)
        urgent_ = urgent_state::taken;
    return urgent_byte_;
}

bool connection::at_mark() const noexcept {
    return urgent_ != urgent_state::none && urgent_at_ == receive_.read_position();
}

void connection::consumed(u32 n, instant now) noexcept {
    receive_.consume(n);
    window_moved_ = true;
    if (urgent_ != urgent_state::none && before(urgent_at_, receive_.read_position()))
        urgent_ = urgent_state::none;
    tuning_bytes_ += n;
    grow_window(now);
}

/// Dynamic right-sizing (W. Feng et al., 2002): the window should hold twice what the application
/// takes in one round trip, so that the sender can double its rate.
void connection::grow_window(instant now) noexcept {
    if (set.fixed_receive_buffer || !set.tune_receive_buffer || tuning_bytes_ * 2 <= receive_limit_)
        return;
    const u32 rtt = rtt_.known() ? rtt_.smoothed() : 1000;
    if (now - tuning_since_ > microseconds(2 * (rtt < 1000 ? 1000 : rtt))) {
        tuning_since_ = now;
        tuning_bytes_ = 0;
        return;
    }
    u32 wanted = 2 * tuning_bytes_ + 16 * receive_mss_;
    if (wanted > set.most_receive_buffer)
        wanted = set.most_receive_buffer;
    if (wanted > receive_limit_)
        receive_limit_ = wanted;
    tuning_since_ = now;
    tuning_bytes_ = 0;
}

void connection::relieve_pressure() noexcept {
    receive_.collapse();
    if (receive_.memory() > 2 * receive_limit_ + 65536)
        receive_.prune(receive_limit_);
}

void connection::relieve() noexcept {
    if (set.most_receive_buffer > receive_limit_)
        set.most_receive_buffer = receive_limit_;
    const u32 limit = send_limit();
    if (set.most_send_buffer > limit)
        set.most_send_buffer = limit;
    receive_.prune(0);
}

/// What may be offered: never less than was (RFC 9293 §3.8.6.2.2), and no small steps (silly
/// window syndrome).
u32 connection::window_to_offer() const noexcept {
    u32 limit = receive_limit_;
    if (set.window_clamp && set.window_clamp < limit)
        limit = set.window_clamp;
    const u32 unread = receive_.readable();
    u32 room = limit > unread ? limit - unread : 0;
    const u32 most = 65535u << own_scale_;
    if (room > most)
        room = most;
    const u32 left = window_left();
    if (room <= left)
        return left;
    const u32 step = receive_mss_ < limit / 2 ? receive_mss_ : limit / 2;
    return room - left >= step ? room : left;
}

/// The window field of a segment that goes out now.
u16 connection::offer_window() noexcept {
    const u32 window = window_to_offer();
    const bool grew = window > window_left();
    // Rounding down is fine for a new edge, but an old one must stay.
    u32 field = grew ? window >> own_scale_ : (window + (1u << own_scale_) - 1) >> own_scale_;
    if (field > 65535)
        field = 65535;
    const sequence_number edge = receive_next_ + (field << own_scale_);
    if (after(edge, advertised_) || !after(advertised_, receive_next_))
        advertised_ = edge;
    return static_cast<u16>(field);
}

bool connection::acknowledgement_due() const noexcept {
    return acknowledge_now_ ||
           (acknowledge_later_ &&
            (receive_next_ - acknowledged_ > receive_mss_ || (quick_ != 0 && !interactive_)));
}

/// The reader made room: worth a segment of its own when the sender may be waiting for it.
bool connection::window_update_due() const noexcept {
    if (fin_received_ || !synchronized() || state_ == state::time_wait)
        return false;
    const u32 left = window_left();
    if (left * 2 > receive_limit_)
        return false;
    const u32 window = window_to_offer();
    return window != left && window >= 2 * left;
}

}  // namespace osprey::net::tcp
