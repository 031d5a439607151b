// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <base/types.hh>

namespace osprey::net::tcp {

/// struct tcp_info of Linux (linux/tcp.h), as TCP_INFO returns it. Times in microseconds where the
/// name does not say otherwise.
struct information {
    u8 state, ca_state, retransmits, probes, backoff, options;
    u8 window_scales;  // peer's in the lower half, own in the upper
    u8 flags;          // delivery_rate_app_limited, fastopen_client_fail
    u32 rto, ato, snd_mss, rcv_mss;
    u32 unacked, sacked, lost, retrans, fackets;
    u32 last_data_sent_ms, last_ack_sent_ms, last_data_recv_ms, last_ack_recv_ms;
    u32 pmtu, rcv_ssthresh, rtt, rttvar, snd_ssthresh, snd_cwnd, advmss, reordering;
    u32 rcv_rtt, rcv_space;
    u32 total_retrans;
    u64 pacing_rate, max_pacing_rate, bytes_acked, bytes_received;
    u32 segs_out, segs_in, notsent_bytes, min_rtt, data_segs_in, data_segs_out;
    u64 delivery_rate, busy_time, rwnd_limited, sndbuf_limited;
    u32 delivered, delivered_ce;
    u64 bytes_sent, bytes_retrans;
    u32 dsack_dups, reord_seen, rcv_ooopack, snd_wnd;
};
static_assert(sizeof(information) == 232);

}  // namespace osprey::net::tcp
