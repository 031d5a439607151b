// SPDX-License-Identifier: BSD-3-Clause
#include <net/tcp/connection.hh>
#include <net/tcp/info.hh>

namespace osprey::net::tcp {

namespace {
/// TCPI_OPT_*
enum option_bit : u8 {
    option_timestamps = 1,
    option_sack = 2,
    option_scaling = 4,
    option_ecn = 8,
    option_syn_data = 32,
};

u32 milliseconds_since(instant then, instant now) noexcept {
    return static_cast<u32>((now - then).ns / 1'000'000);
}
}  // namespace

void connection::fill_info(information& i, instant now) const noexcept {
    i = {};
    i.state = static_cast<u8>(state_);
    // TCP_CA_*: Open, Disorder, CWR, Recovery, Loss
    constexpr u8 phases[] = {0, 3, 4, 2};
    i.ca_state = phases[static_cast<u8>(phase_)];
    if (phase_ == phase::open && log_.sacked_bytes())
        i.ca_state = 1;
    i.retransmits = retransmits_;
    i.probes = probes_;
    i.backoff = backoff_;
    if (timestamps_)
        i.options |= option_timestamps;
    if (sack_)
        i.options |= option_sack;
    if (own_scale_ || peer_scale_)
        i.options |= option_scaling;
    if (ecn_)
        i.options |= option_ecn;
    if (syn_data_taken_)
        i.options |= option_syn_data;
    i.window_scales = static_cast<u8>(peer_scale_ | own_scale_ << 4);
    i.rto = backed_off();
    i.ato = 40'000;
    i.snd_mss = mss_;
    i.rcv_mss = receive_mss_;
    const auto segments = [&](u32 bytes) noexcept {
        return (bytes + mss_ - 1) / mss_;
    };
    i.unacked = segments(next_ - una_);
    i.sacked = segments(log_.sacked_bytes());
    i.lost = segments(log_.lost_bytes());
    for (u32 k = 0; k < log_.size(); ++k)
        if (log_[k].has(sent_record::retransmitted) &&
            !log_[k].has(sent_record::sacked | sent_record::lost))
            i.retrans += segments(log_[k].bytes());
    i.last_data_sent_ms = milliseconds_since(last_sent_, now);
    i.last_data_recv_ms = milliseconds_since(last_data_received_, now);
    i.last_ack_recv_ms = milliseconds_since(last_heard_, now);
    i.pmtu = path_.mtu;
    i.rcv_ssthresh = receive_limit_;
    if (rtt_.known()) {
        i.rtt = rtt_.smoothed();
        i.rttvar = rtt_.variation();
        i.min_rtt = rtt_.minimum();
    } else {
        i.rttvar = 250'000;
        i.min_rtt = ~u32{0};
    }
    const u32 threshold = control_.threshold();
    i.snd_ssthresh = threshold == congestion_control::unlimited ? 0x7fff'ffff : threshold / mss_;
    i.snd_cwnd = control_.window() / mss_;
    if (i.snd_cwnd == 0)
        i.snd_cwnd = 1;
    i.advmss = largest_mss(path_.mtu, path_.remote.address.is_v4());
    i.reordering = 3;
    i.rcv_space = receive_limit_;
    i.total_retrans = counters_.retransmissions;
    i.pacing_rate = i.max_pacing_rate = ~u64{0};  // not paced
    i.bytes_acked = counters_.bytes_acknowledged;
    i.bytes_received = counters_.bytes_received;
    i.segs_out = counters_.segments_sent;
    i.segs_in = counters_.segments_received;
    i.notsent_bytes = unsent();
    i.data_segs_in = counters_.data_segments_received;
    i.data_segs_out = counters_.data_segments_sent;
    i.delivered = counters_.delivered;
    i.delivered_ce = counters_.delivered_marked;
    i.bytes_sent = counters_.bytes_sent;
    i.bytes_retrans = counters_.bytes_retransmitted;
    i.dsack_dups = counters_.duplicate_sacks;
    i.reord_seen = reordering_seen_;
    i.rcv_ooopack = counters_.out_of_order;
    i.snd_wnd = send_window_;
}

connection::pending_timer connection::next_timer(instant now) const noexcept {
    const auto left = [&](instant at) noexcept {
        return at <= now ? 0 : milliseconds_since(now, at);
    };
    if (loss_timer_ == timer_kind::persist)
        return {4, left(loss_deadline_)};
    if (loss_timer_ != timer_kind::none && loss_deadline_ != instant::never())
        return {1, left(loss_deadline_)};
    if (idle_deadline_ != instant::never())
        return {2, left(idle_deadline_)};
    return {0, 0};
}

}  // namespace osprey::net::tcp
