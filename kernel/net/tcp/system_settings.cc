// SPDX-License-Identifier: BSD-3-Clause
#include <net/settings.hh>
#include <net/tcp/system_settings.hh>

namespace osprey::net::tcp {

namespace {
constexpr u8 usual_orphan_retries = 8;  // Linux, too, means 8 by 0

u32 value(const std::atomic<u32>& of) noexcept {
    return of.load(std::memory_order_relaxed);
}
u8 byte(const std::atomic<u32>& of) noexcept {
    return static_cast<u8>(value(of));
}
u32 greater(u32 a, u32 b) noexcept {
    return a > b ? a : b;
}
}  // namespace

settings fresh_settings() noexcept {
    const network_settings& n = net::settings();
    settings s;
    s.algorithm = static_cast<congestion_control::algorithm>(value(n.tcp_congestion));
    s.send_buffer = greater(value(n.tcp_wmem_first), value(n.tcp_wmem_least));
    // Half of a receive buffer is window, half bookkeeping (tcp(7), tcp_adv_win_scale).
    s.receive_buffer = greater(value(n.tcp_rmem_first), value(n.tcp_rmem_least)) / 2;
    follow_system(s);
    return s;
}

void follow_system(settings& s) noexcept {
    const network_settings& n = net::settings();
    const u32 generation = n.generation.load(std::memory_order_acquire);
    if (s.followed == generation) [[likely]]
        return;
    s.followed = generation;
    const auto free = [&](u8 what) noexcept {
        return !(s.chosen & what);
    };
    if (free(settings::chose_keep_idle))
        s.keep_idle_s = value(n.tcp_keepalive_time);
    if (free(settings::chose_keep_interval))
        s.keep_interval_s = value(n.tcp_keepalive_intvl);
    if (free(settings::chose_keep_probes))
        s.keep_probes = byte(n.tcp_keepalive_probes);
    if (free(settings::chose_syn_retries))
        s.syn_retries = byte(n.tcp_syn_retries);
    if (free(settings::chose_linger2))
        s.linger2_s = static_cast<i32>(value(n.tcp_fin_timeout));
    if (free(settings::chose_not_sent_low))
        s.not_sent_low = value(n.tcp_notsent_lowat);
    s.most_send_buffer = greater(value(n.tcp_wmem_most), s.send_buffer);
    s.most_receive_buffer = greater(value(n.tcp_rmem_most) / 2, s.receive_buffer);
    s.retries = byte(n.tcp_retries2);
    const u8 orphan = byte(n.tcp_orphan_retries);
    s.orphan_retries = orphan ? orphan : usual_orphan_retries;
    s.timestamps = value(n.tcp_timestamps) != 0;
    s.window_scaling = value(n.tcp_window_scaling) != 0;
    s.sack = value(n.tcp_sack) != 0;
    s.ecn_request = value(n.tcp_ecn) == 1;
    s.ecn_accept = value(n.tcp_ecn) != 0;
    s.slow_start_after_idle = value(n.tcp_slow_start_after_idle) != 0;
    s.tune_receive_buffer = value(n.tcp_moderate_rcvbuf) != 0;
    s.seek_black_holes = value(n.tcp_mtu_probing) != 0;
}

}  // namespace osprey::net::tcp
