// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <atomic>
#include <base/types.hh>

namespace osprey::net {

/// What sysctl(8) may set below net.*: each takes effect where it is read. All in the units of
/// Linux's files of the same names (/proc/sys/net).
struct network_settings {
    /// Counts changes of what is below net.ipv4.tcp_*, so that who keeps copies sees them.
    std::atomic<u32> generation{1};
    void changed() noexcept { generation.fetch_add(1, std::memory_order_release); }

    // net.core
    std::atomic<u32> somaxconn{4096};
    std::atomic<u32> rmem_default{212992}, rmem_max{212992};
    std::atomic<u32> wmem_default{212992}, wmem_max{212992};
    // net.unix
    std::atomic<u32> max_dgram_qlen{10};
    // net.ipv4
    std::atomic<u32> local_port_first{32768}, local_port_last{60999};

    // net.ipv4.tcp_*: buffers in bytes (least, first, most), times in seconds. What a socket did
    // not choose itself is taken from here when a connection begins (net/tcp/system_settings.hh).
    std::atomic<u32> tcp_rmem_least{4096}, tcp_rmem_first{131072}, tcp_rmem_most{6291456};
    std::atomic<u32> tcp_wmem_least{4096}, tcp_wmem_first{16384}, tcp_wmem_most{4194304};
    std::atomic<u32> tcp_congestion{0};  // net::tcp::congestion_control::algorithm
    std::atomic<u32> tcp_sack{1}, tcp_timestamps{1}, tcp_window_scaling{1};
    std::atomic<u32> tcp_ecn{2};         // 0 never, 1 asked for, 2 when the peer asks
    std::atomic<u32> tcp_syncookies{1};  // 0 never, 1 when a backlog is full, 2 always
    std::atomic<u32> tcp_fin_timeout{60};
    std::atomic<u32> tcp_keepalive_time{7200}, tcp_keepalive_intvl{75}, tcp_keepalive_probes{9};
    std::atomic<u32> tcp_syn_retries{6}, tcp_synack_retries{5};
    std::atomic<u32> tcp_retries2{15}, tcp_orphan_retries{0};  // 0: 8
    std::atomic<u32> tcp_max_syn_backlog{512};
    std::atomic<u32> tcp_tw_reuse{1};  // 0 never, 1 when timestamps allow it, 2 on the loopback
    std::atomic<u32> tcp_max_tw_buckets{0};  // 0: what memory allows
    std::atomic<u32> tcp_slow_start_after_idle{1};
    std::atomic<u32> tcp_moderate_rcvbuf{1};
    std::atomic<u32> tcp_mtu_probing{1};  // 0 never, 1 when full segments vanish
    std::atomic<u32> tcp_notsent_lowat{~u32{0}};
    std::atomic<u32> tcp_abort_on_overflow{0};
    std::atomic<u32> tcp_fastopen{1};  // net/tcp/fast_open.hh
};

/// The one of the system; constant-initialised.
network_settings& settings() noexcept;

}  // namespace osprey::net
