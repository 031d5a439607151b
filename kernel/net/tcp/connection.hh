// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <base/result.hh>
#include <net/tcp/receive_queue.hh>
#include <net/tcp/rtt.hh>
#include <net/tcp/segment.hh>
#include <net/tcp/send_queue.hh>
#include <net/tcp/sent_log.hh>
#include <net/tcp/settings.hh>

namespace osprey::net::tcp {

/// States of RFC 9293 §3.3.2, numbered as Linux tells them (/proc/net/tcp, TCP_INFO).
enum class state : u8 {
    established = 1,
    syn_sent,
    syn_received,
    fin_wait_1,
    fin_wait_2,
    time_wait,
    closed,
    close_wait,
    last_ack,
    listen,
    closing,
};

/// What happened that somebody may wait for.
enum event : u8 {
    event_connected = 1,  // the handshake is over
    event_readable = 2,   // data, or the end of them
    event_writable = 4,   // the send queue shrank
    event_urgent = 8,     // the mark moved
    event_failed = 16,    // `error()` tells
    event_closed = 32,    // nothing will be sent or received any more
};

/// What the two ends agreed on, and what it takes to go on from there. Made by the handshake of a
/// listener, statelessly or not.
struct handshake {
    sequence_number local_start = 0, peer_start = 0;  // initial sequence numbers
    u16 peer_mss = 536;
    u8 peer_scale = 0, own_scale = 0;
    bool scaling = false, timestamps = false, sack = false, ecn = false;
    u32 peer_timestamp = 0;
    u32 timestamp_offset = 0;
    u32 offered_window = 0;     // what our SYN-ACK said
    fast_open_cookie cookie{};  // that our SYN-ACK gives
    instant sent{};             // the SYN-ACK, if it was sent once; else 0: no sample
};

/// Where segments go. The packet has addresses, ports, header and a partial checksum; ECN bits are
/// in `traffic_class`.
class segment_output {
public:
    virtual void transmit(packet_ptr p) noexcept = 0;

protected:
    ~segment_output() = default;
};

/// Counters of one connection, for TCP_INFO and the sums of /proc/net/snmp.
struct connection_counters {
    u64 bytes_sent = 0, bytes_retransmitted = 0, bytes_received = 0, bytes_acknowledged = 0;
    u32 segments_sent = 0, segments_received = 0, data_segments_sent = 0,
        data_segments_received = 0;
    u32 retransmissions = 0, duplicate_sacks = 0, out_of_order = 0;
    u32 delivered = 0, delivered_marked = 0;
};

/// One TCP connection: RFC 9293 with the extensions that docs/tcp.md lists. Knows nothing of
/// sockets, clocks or threads: time, packets and calls come in, segments and events go out, and
/// `deadline` tells when `advance` wants to be called.
///
/// The owner serialises all calls, and calls `finish` after one or several others: that is where
/// what became possible is sent, and where the acknowledgement is, once for all of them.
/// Context: threads, may sleep for memory.
class connection {
public:
    connection(segment_output& output, const settings& s) noexcept : output_{output}, set{s} {}
    connection(const connection&) = delete;

    struct path {
        endpoint local, remote;
        u32 mtu = 1500;    // of an IP packet
        u32 most_gso = 0;  // bytes of payload that the way out cuts itself; 0: it does not
    };
    /// Which way packets take; before anything else, and whenever it changes.
    void set_path(const path& p) noexcept;
    [[nodiscard]] const path& way() const noexcept { return path_; }

    // --- Opening and closing
    /// Sends a SYN. `start`: initial sequence number (RFC 6528). `timestamp_offset`: what is
    /// added to the clock of milliseconds.
    void connect(sequence_number start, u32 timestamp_offset, instant now) noexcept;
    /// Takes over from a listener: state `syn_received` until the acknowledgement is put in.
    void accept(const handshake& h, instant now) noexcept;
    // TCP Fast Open (fast_open.cc)
    /// Before `connect`: the SYN asks for a cookie, or has one and the data that were written
    /// before. `peer_mss`: what the server said when it gave the cookie; 0 without one.
    void use_fast_open(const fast_open_cookie& c, u32 peer_mss) noexcept;
    /// How much data a SYN with the cookie takes.
    [[nodiscard]] u32 fast_open_room() const noexcept;
    /// As `accept`, for a SYN with a valid cookie: `p` is its payload. Sends the SYN-ACK; data flow
    /// both ways before the handshake is over.
    void accept_early(const handshake& h, packet_ptr p, const segment& syn, instant now) noexcept;
    /// A cookie that came with the SYN-ACK. Told once; 0 bytes: none.
    [[nodiscard]] fast_open_cookie take_cookie() noexcept;
    /// Data of the SYN have been taken by the server (TCPI_OPT_SYN_DATA).
    [[nodiscard]] bool syn_data_taken() const noexcept { return syn_data_taken_; }
    [[nodiscard]] u32 peer_mss() const noexcept { return peer_mss_; }
    /// The handshake has to go on before data may flow.
    [[nodiscard]] bool opening() const noexcept {
        return state_ == state::syn_sent || (state_ == state::syn_received && !early_);
    }
    /// No more data will be written: FIN behind what is queued.
    void shutdown_send(instant now) noexcept;
    void shutdown_receive() noexcept { receive_shut_ = true; }
    /// Nobody has the socket any more. Unread data: reset (RFC 2525 §2.17), else FIN.
    void close(instant now) noexcept;
    /// Somebody else answers for it now (`last_state`): it sends nothing any more.
    void forget() noexcept { enter(state::closed); }
    /// Resets the connection.
    void abort(instant now) noexcept;

    // --- Data
    /// What was written since the last `finish` goes out even if more is to come?
    enum class more : u8 { no, yes };
    /// Queues up to `send_room()` bytes. @return bytes taken; `errc::bad_address`,
    /// `errc::out_of_memory`.
    result<usize> write(vfs::io_buffer& from, usize n, more m) noexcept;
    /// Queues a stretch of a frame, taking over the reference. @return `errc::out_of_memory`.
    result<void> append(fragment f, more m) noexcept;
    /// Marks the last byte written as urgent.
    void mark_urgent() noexcept;
    /// Copies what is readable, up to the urgent mark. `peek`: leaves it there, and begins
    /// `offset` bytes behind the front.
    result<usize> read(vfs::io_buffer& to, usize n, instant now) noexcept;
    result<usize> peek(vfs::io_buffer& to, usize n, u32 offset) noexcept;
    /// Drops what is readable (MSG_TRUNC). @return bytes.
    usize discard(usize n, instant now) noexcept;
    /// The urgent byte. @return `errc::again`: not here yet; `errc::invalid_argument`: none, or
    /// taken already, or it is read in line.
    result<u8> read_urgent(bool peek) noexcept;
    /// sockatmark(3)
    [[nodiscard]] bool at_mark() const noexcept;

    // --- Packets and time
    /// A segment for this connection; `data()` is at the TCP header. Bad checksums are dropped.
    void input(packet_ptr p, instant now) noexcept;
    /// Sends what may be sent, and an acknowledgement if one is owed.
    void finish(instant now) noexcept {
        if (log_.lost_bytes() || unsent() != 0 || (fin_queued_ && !fin_acknowledged_) ||
            acknowledge_now_ || acknowledge_later_ || window_moved_)
            finish_slow(now);
    }
    /// Does what is due.
    void advance(instant now) noexcept;
    [[nodiscard]] instant deadline() const noexcept;
    /// ICMP: the path takes no more than `mtu` bytes (RFC 1191), for the segment at `sequence`.
    void path_mtu(u32 mtu, sequence_number sequence, instant now) noexcept;
    /// ICMP: hard errors end a handshake; later they only explain a time-out (RFC 5461).
    void unreachable(errc why, sequence_number sequence, instant now) noexcept;
    /// Settings were changed: keepalive timers, corked data.
    void settings_changed(instant now) noexcept;
    /// Memory is short in all: buffers stop growing, out-of-order data are given up.
    void relieve() noexcept;
    /// TCP_QUICKACK
    void set_quick(bool on, instant now) noexcept;
    [[nodiscard]] bool quick() const noexcept { return !interactive_; }

    // --- What is
    [[nodiscard]] state current() const noexcept { return state_; }
    [[nodiscard]] errc error() const noexcept { return error_; }
    /// SO_ERROR: told once.
    [[nodiscard]] errc take_error() noexcept {
        const errc e = error_;
        error_ = {};
        return e;
    }
    /// Whether it was ever opened.
    [[nodiscard]] bool begun() const noexcept { return begun_; }
    [[nodiscard]] u8 take_events() noexcept {
        const u8 e = events_;
        events_ = 0;
        return e;
    }
    [[nodiscard]] bool synchronized() const noexcept {
        return state_ != state::closed && state_ != state::syn_sent &&
               state_ != state::syn_received && state_ != state::listen;
    }
    [[nodiscard]] u32 readable() const noexcept;
    /// SIOCINQ: nothing at the urgent mark.
    [[nodiscard]] u32 readable_to_mark() const noexcept;
    /// The peer will send nothing more, or nobody wants it.
    [[nodiscard]] bool end_of_input() const noexcept { return fin_received_ || receive_shut_; }
    [[nodiscard]] bool receive_shut() const noexcept { return receive_shut_; }
    [[nodiscard]] bool peer_closed() const noexcept { return fin_received_; }
    [[nodiscard]] bool send_shut() const noexcept { return fin_queued_; }
    [[nodiscard]] bool urgent_waits() const noexcept { return urgent_ == urgent_state::arrived; }
    [[nodiscard]] u32 queued() const noexcept { return queue_.bytes(); }
    [[nodiscard]] u32 unsent() const noexcept { return queue_end() - next_data(); }
    /// SIOCOUTQ counts the FIN, too.
    [[nodiscard]] u32 unacknowledged() const noexcept {
        return queue_.bytes() + (fin_queued_ && !fin_acknowledged_ ? 1 : 0);
    }
    [[nodiscard]] u32 send_limit() const noexcept;
    [[nodiscard]] u32 send_room() const noexcept {
        const u32 limit = send_limit();
        return limit > queue_.bytes() ? limit - queue_.bytes() : 0;
    }
    /// What POLLOUT means: a third is free, and little waits to be sent (TCP_NOTSENT_LOWAT).
    [[nodiscard]] bool writable() const noexcept {
        return send_room() >= send_limit() / 3 && unsent() < set.not_sent_low;
    }
    /// Whether acknowledgements have to be looked at soon: they let data or FIN go, or a recovery
    /// go on.
    [[nodiscard]] bool waits_for_acknowledgement() const noexcept;
    [[nodiscard]] u32 memory() const noexcept { return receive_.memory() + queue_.bytes(); }
    [[nodiscard]] u32 receive_limit() const noexcept { return receive_limit_; }
    [[nodiscard]] u32 mss() const noexcept { return mss_; }

    // For TIME_WAIT, TCP_INFO and tests.
    [[nodiscard]] sequence_number send_next() const noexcept { return next_; }
    [[nodiscard]] sequence_number send_unacknowledged() const noexcept { return una_; }
    [[nodiscard]] sequence_number receive_next() const noexcept { return receive_next_; }
    [[nodiscard]] u32 receive_window() const noexcept { return window_left(); }
    [[nodiscard]] u8 receive_scale() const noexcept { return own_scale_; }
    [[nodiscard]] bool uses_timestamps() const noexcept { return timestamps_; }
    [[nodiscard]] u32 recent_timestamp() const noexcept { return recent_timestamp_; }
    [[nodiscard]] u32 timestamp_offset() const noexcept { return timestamp_offset_; }
    [[nodiscard]] const rtt_estimator& rtt() const noexcept { return rtt_; }
    [[nodiscard]] const congestion_control& congestion() const noexcept { return control_; }
    [[nodiscard]] const connection_counters& counters() const noexcept { return counters_; }
    void fill_info(struct information& i, instant now) const noexcept;
    struct pending_timer {
        u8 kind;  // of /proc/net/tcp: 0 none, 1 retransmission, 2 keep-alive, 4 window probe
        u32 milliseconds;
    };
    [[nodiscard]] pending_timer next_timer(instant now) const noexcept;

private:
    enum class phase : u8 { open, recovery, loss, reduced };  // reduced: by an ECN mark
    enum class timer_kind : u8 { none, retransmit, probe, reorder, persist };
    enum class urgent_state : u8 { none, expected, arrived, taken };

    // Numbers (output.cc)
    [[nodiscard]] sequence_number queue_end() const noexcept {
        return queue_start_ + queue_.bytes();
    }
    [[nodiscard]] sequence_number next_data() const noexcept { return earlier(next_, queue_end()); }
    [[nodiscard]] bool fin_sent() const noexcept {
        return fin_queued_ && after(next_, queue_end());
    }
    [[nodiscard]] u32 in_flight() const noexcept;
    [[nodiscard]] u32 timestamp_at(instant now) const noexcept {
        return static_cast<u32>(now.ns / 1'000'000) + timestamp_offset_;
    }

    // connection.cc
    void enter(state s) noexcept;
    void fail(errc why) noexcept;
    void finish_close() noexcept;
    void set_scale() noexcept;
    void update_mss() noexcept;
    void adopt_options(const segment_options& o) noexcept;
    void adopt_start(sequence_number peer_start) noexcept;
    void established(instant now) noexcept;

    // input.cc
    void input_syn_sent(packet_ptr p, const segment& s, instant now) noexcept;
    void input_synchronized(packet_ptr p, const segment& s, instant now) noexcept;
    [[nodiscard]] bool acceptable(const segment& s, instant now) noexcept;
    void input_reset(const segment& s, instant now) noexcept;
    void challenge(instant now) noexcept;
    void remember_timestamp(const segment& s, instant now) noexcept;
    void after_acknowledgement(instant now) noexcept;
    void reset_reply(const segment& s) noexcept;

    // receive.cc
    void take_payload(packet_ptr p, const segment& s, instant now) noexcept;
    void take_fin(sequence_number at, instant now) noexcept;
    void take_urgent(const segment& s) noexcept;
    void collect_urgent() noexcept;
    void consumed(u32 n, instant now) noexcept;
    void grow_window(instant now) noexcept;
    void relieve_pressure() noexcept;
    [[nodiscard]] usize readable_before_mark(usize n, u32 offset, u32& skip) const noexcept;
    [[nodiscard]] u32 window_left() const noexcept {
        return after(advertised_, receive_next_) ? advertised_ - receive_next_ : 0;
    }
    [[nodiscard]] u32 window_to_offer() const noexcept;
    u16 offer_window() noexcept;
    [[nodiscard]] bool acknowledgement_due() const noexcept;
    [[nodiscard]] bool window_update_due() const noexcept;

    // acknowledge.cc
    struct progress;
    [[nodiscard]] bool acknowledge(const segment& s, instant now) noexcept;
    void update_send_window(const segment& s) noexcept;
    void advance_una(sequence_number ack, progress& p, instant now) noexcept;
    void take_sacks(const segment& s, progress& p, instant now) noexcept;
    void mark_sacked(sequence_range r, progress& p, instant now) noexcept;
    void duplicate_sack(sequence_range r) noexcept;
    void delivered(const sent_record& r, progress& p, instant now) noexcept;
    void take_rtt(const segment& s, const progress& p, instant now) noexcept;
    void duplicate_acknowledgement(const segment& s, progress& p) noexcept;
    void explicit_congestion(const segment& s) noexcept;
    void grow_congestion_window(const progress& p, instant now) noexcept;

    // loss.cc
    void detect_losses(instant now) noexcept;
    [[nodiscard]] u32 reordering_window() const noexcept;
    void enter_recovery(phase p) noexcept;
    void move_recovery(const progress& p) noexcept;
    void leave_recovery() noexcept;
    [[nodiscard]] bool spurious(const segment& s, const progress& p) noexcept;
    void undo_recovery() noexcept;
    void reduce_proportionally(const progress& p) noexcept;

    // timers.cc
    void arm_loss_timer(instant now) noexcept;
    void loss_timer(instant now) noexcept;
    void retransmission_timeout(instant now) noexcept;
    void tail_loss_probe(instant now) noexcept;
    void persist_timeout(instant now) noexcept;
    void keep_alive_timeout(instant now) noexcept;
    [[nodiscard]] bool gave_up(instant now) noexcept;
    [[nodiscard]] u32 backed_off() const noexcept;
    void arm_idle_timer(instant now) noexcept;
    void probe_black_hole() noexcept;

    // fast_open.cc
    void add_fast_open(packet& p, segment_options& o) noexcept;
    void take_syn_data_answer(const segment& s) noexcept;

    // output.cc
    void finish_slow(instant now) noexcept;
    void send_syn(instant now) noexcept;
    void send_acknowledgement(instant now) noexcept;
    void send_probe(instant now) noexcept;
    void send_reset(sequence_number at) noexcept;
    void transmit_lost(instant now) noexcept;
    void transmit_new(instant now, bool force) noexcept;
    [[nodiscard]] u32 sendable(u32 room, bool force) noexcept;
    bool retransmit(u32 record, u32 most, instant now) noexcept;
    [[nodiscard]] u32 send_range(sequence_number begin, u32 n, u8 flags, bool again,
                                 instant now) noexcept;
    void emit(packet_ptr p, sequence_number at, u8 flags, instant now) noexcept;
    void fill_options(segment_options& o, instant now) const noexcept;
    [[nodiscard]] u32 segment_payload() const noexcept;
    void note_acknowledged() noexcept;

    segment_output& output_;

    // What nearly every segment touches comes first.
    state state_ = state::closed;
    u8 events_ = 0;
    errc error_{}, soft_error_{};
    phase phase_ = phase::open;
    timer_kind loss_timer_ = timer_kind::none;
    bool timestamps_ = false, sack_ = false, ecn_ = false;
    bool fin_queued_ = false, fin_acknowledged_ = false, fin_received_ = false;
    bool fin_known_ = false;  // a FIN was seen, maybe behind a hole
    bool receive_shut_ = false, orphan_ = false, begun_ = false;
    bool acknowledge_now_ = false, acknowledge_later_ = false;
    bool interactive_ = false;  // data went out soon after data came in: delay acknowledgements
    bool window_limited_ = false, congestion_limited_ = false;
    bool more_coming_ = false;   // MSG_MORE
    bool window_moved_ = false;  // the reader made room
    u8 own_scale_ = 0, peer_scale_ = 0;
    u8 quick_ = 0;  // acknowledgements to be sent at once
    u8 backoff_ = 0, retransmits_ = 0, probes_ = 0;

    sequence_number una_ = 0, next_ = 0, queue_start_ = 0;
    sequence_number window_sequence_ = 0, window_acknowledgement_ = 0;  // SND.WL1, SND.WL2
    u32 send_window_ = 0, most_send_window_ = 0;
    u32 mss_ = 536, peer_mss_ = 536;
    sequence_number small_end_ = 0;  // end of the last small segment (Minshall's Nagle)
    sequence_number push_ = 0;       // PSH is set on the segment that reaches this

    sequence_number receive_next_ = 0, advertised_ = 0, acknowledged_ = 0;
    u32 receive_limit_ = 65535;
    u32 receive_mss_ = 536;
    u32 recent_timestamp_ = 0, timestamp_offset_ = 0;
    instant recent_timestamp_at_{};
    instant last_heard_{}, last_sent_{}, last_data_received_{};
    instant loss_deadline_ = instant::never(), delayed_deadline_ = instant::never(),
            idle_deadline_ = instant::never(), stuck_since_ = instant::never(), challenged_{};

    send_queue queue_;
    sent_log log_;
    receive_queue receive_;
    rtt_estimator rtt_;
    congestion_control control_;

    // RACK-TLP (RFC 8985)
    instant rack_sent_{};
    sequence_number rack_end_ = 0, highest_sacked_ = 0, probe_end_ = 0;
    u32 rack_rtt_ = 0;
    u8 reordering_factor_ = 1, reordering_persist_ = 0;
    bool reordering_seen_ = false, probing_ = false, probe_again_ = false;
    instant reorder_deadline_ = instant::never();

    // Recovery (RFC 6675, 6937, 3522)
    sequence_number recovery_point_ = 0, round_end_ = 0;
    u32 recovery_flight_ = 0, recovery_delivered_ = 0, recovery_sent_ = 0;
    u32 prior_window_ = 0, prior_threshold_ = 0;
    u32 first_retransmission_ = 0;  // its timestamp
    u32 undo_outstanding_ = 0;      // retransmissions that no D-SACK has proven needless
    bool may_undo_ = false, retransmitted_ = false;
    u32 duplicates_ = 0;              // acknowledgements, when there is no SACK
    sequence_range duplicate_{0, 0};  // to be reported as D-SACK

    // ECN (RFC 3168)
    bool ecn_echo_ = false, ecn_reduced_ = false;

    // Urgent data
    urgent_state urgent_ = urgent_state::none;
    u8 urgent_byte_ = 0;
    bool urgent_to_send_ = false;
    sequence_number urgent_at_ = 0, urgent_end_ = 0;

    sequence_number fin_at_ = 0, start_ = 0, peer_start_ = 0;

    // TCP Fast Open
    bool fast_open_ = false, early_ = false, syn_data_taken_ = false, cookie_is_new_ = false;
    u16 syn_data_ = 0;  // bytes of the SYN's payload; they count as sent when they are acknowledged
    fast_open_cookie cookie_;

    // Receive buffer tuning
    instant tuning_since_{};
    u32 tuning_bytes_ = 0;
    u32 mtu_cap_ = 0;  // black hole: smaller than the path claims

    path path_;
    connection_counters counters_;

public:
    settings set;
};

}  // namespace osprey::net::tcp
