// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <net/tcp/congestion.hh>

namespace osprey::net::tcp {

/// What an application may choose about a connection (tcp(7), socket(7)); a listener's settings
/// are inherited by what it accepts. Times in milliseconds unless the name says otherwise.
struct settings {
    /// Which of those below the application chose itself; the others follow the system.
    static constexpr u8 chose_keep_idle = 1, chose_keep_interval = 2, chose_keep_probes = 4,
                        chose_syn_retries = 8, chose_linger2 = 16, chose_not_sent_low = 32;
    u8 chosen = 0;
    u32 followed = 0;  // `network_settings::generation` of the system's values; 0: none yet

    // Of the socket
    bool no_delay = false;           // TCP_NODELAY
    bool cork = false;               // TCP_CORK
    bool keep_alive = false;         // SO_KEEPALIVE
    bool urgent_inline = false;      // SO_OOBINLINE
    bool fast_open_connect = false;  // TCP_FASTOPEN_CONNECT: connect(2) waits for the first data
    u32 fast_open_queue = 0;         // TCP_FASTOPEN of a listener
    bool report_errors = false;      // IP_RECVERR: what ICMP says is told at once
    bool fixed_send_buffer = false;  // SO_SNDBUF was set: no tuning
    bool fixed_receive_buffer = false;
    congestion_control::algorithm algorithm = congestion_control::algorithm::cubic;
    u8 syn_retries = 6;          // TCP_SYNCNT
    u8 keep_probes = 9;          // TCP_KEEPCNT
    u16 most_segment = 0;        // TCP_MAXSEG; 0: what the path allows
    u32 keep_idle_s = 7200;      // TCP_KEEPIDLE
    u32 keep_interval_s = 75;    // TCP_KEEPINTVL
    u32 user_timeout = 0;        // TCP_USER_TIMEOUT; 0: by the number of retransmissions
    u32 defer_accept_s = 0;      // TCP_DEFER_ACCEPT, as it was asked for
    i32 linger2_s = 60;          // TCP_LINGER2: FIN_WAIT_2 without a reader; negative: none
    u32 not_sent_low = ~u32{0};  // TCP_NOTSENT_LOWAT
    u32 window_clamp = 0;        // TCP_WINDOW_CLAMP; 0: none
    u32 send_buffer = 16384;     // bytes; grows to `most_send_buffer` unless fixed
    u32 receive_buffer = 65535;  // window at first; grows to `most_receive_buffer`

    // Of the system (net.ipv4.tcp_*)
    u32 most_send_buffer = 4 << 20;
    u32 most_receive_buffer = 6 << 20;
    u8 retries = 15;        // tcp_retries2
    u8 orphan_retries = 8;  // without a file any more
    bool timestamps = true, window_scaling = true, sack = true;
    bool ecn_request = false, ecn_accept = true;
    bool slow_start_after_idle = true;  // RFC 5681 §4.1
    bool tune_receive_buffer = true;    // tcp_moderate_rcvbuf
    bool seek_black_holes = true;       // tcp_mtu_probing
};

}  // namespace osprey::net::tcp
