// SPDX-License-Identifier: BSD-3-Clause
//
// /proc/sys/net/ipv4/tcp_* (tcp(7), Linux's ip-sysctl): values that would have no effect here are
// refused with EINVAL.
#include <fs/proc/net_knob.hh>

namespace osprey::fs {
namespace {

using s = net::network_settings;

/// Algorithms in the order of net::tcp::congestion_control::algorithm.
constexpr std::string_view algorithms[] = {"cubic", "reno"};

result<void> show_congestion(string& out) noexcept {
    return print(out, "{}\n", algorithms[net::settings().tcp_congestion.load()]);
}
result<void> store_congestion(std::string_view text) noexcept {
    while (!text.empty() && (text.back() == '\n' || text.back() == ' '))
        text.remove_suffix(1);
    for (u32 i = 0; i < std::size(algorithms); ++i)
        if (text == algorithms[i]) {
            net::settings().tcp_congestion.store(i);
            return ok;
        }
    return errc::no_entry;
}

/// tcp_rmem and tcp_wmem: least, first and most bytes of a buffer, tuned between the last two.
template <number_setting Least, number_setting First, number_setting Most>
result<void> show_buffers(string& out) noexcept {
    const s& n = net::settings();
    return print(out, "{}\t{}\t{}\n", (n.*Least).load(), (n.*First).load(), (n.*Most).load());
}
/// As on Linux, numbers that are left out stay as they are.
template <number_setting Least, number_setting First, number_setting Most>
result<void> store_buffers(std::string_view text) noexcept {
    s& n = net::settings();
    constexpr number_setting members[] = {Least, First, Most};
    constexpr u32 smallest = 4096, largest = 0x3fff'ffff;
    u32 values[3];
    usize given = 0;
    while (given < 3) {
        while (!text.empty() && (text.front() == ' ' || text.front() == '\t'))
            text.remove_prefix(1);
        if (text.empty() || text.front() == '\n')
            break;
        values[given++] = TRY(number_in(text, smallest, largest));
    }
    if (given == 0)
        return errc::invalid_argument;
    for (usize i = 0; i < given; ++i)
        (n.*members[i]).store(values[i]);
    n.changed();
    return ok;
}
constexpr text_functions receive_buffers{
    show_buffers<&s::tcp_rmem_least, &s::tcp_rmem_first, &s::tcp_rmem_most>,
    store_buffers<&s::tcp_rmem_least, &s::tcp_rmem_first, &s::tcp_rmem_most>};
constexpr text_functions send_buffers{
    show_buffers<&s::tcp_wmem_least, &s::tcp_wmem_first, &s::tcp_wmem_most>,
    store_buffers<&s::tcp_wmem_least, &s::tcp_wmem_first, &s::tcp_wmem_most>};

/// Client, server, all listeners; the bits that make cookies needless are refused.
result<void> store_fast_open(std::string_view text) noexcept {
    constexpr u32 known = 0x403;
    const u32 value = TRY(number_in(text, 0, known));
    if (value & ~known)
        return errc::invalid_argument;
    net::settings().tcp_fastopen.store(value);
    return ok;
}

struct named_knob {
    std::string_view name;
    text_functions functions;
};
constexpr u32 most_seconds = 32767, most_count = 255, most = 0x7fff'ffff;
constexpr named_knob knobs[] = {
    {"tcp_congestion_control", {show_congestion, store_congestion}},
    {"tcp_fastopen", {show_setting<&s::tcp_fastopen>, store_fast_open}},
    {"tcp_rmem", receive_buffers},
    {"tcp_wmem", send_buffers},
    {"tcp_sack", knob<&s::tcp_sack, 0, 1>},
    {"tcp_timestamps", knob<&s::tcp_timestamps, 0, 1>},
    {"tcp_window_scaling", knob<&s::tcp_window_scaling, 0, 1>},
    {"tcp_ecn", knob<&s::tcp_ecn, 0, 2>},
    {"tcp_syncookies", knob<&s::tcp_syncookies, 0, 2>},
    {"tcp_fin_timeout", knob<&s::tcp_fin_timeout, 1, most_seconds>},
    {"tcp_keepalive_time", knob<&s::tcp_keepalive_time, 1, most_seconds>},
    {"tcp_keepalive_intvl", knob<&s::tcp_keepalive_intvl, 1, most_seconds>},
    {"tcp_keepalive_probes", knob<&s::tcp_keepalive_probes, 1, most_count>},
    {"tcp_syn_retries", knob<&s::tcp_syn_retries, 1, 127>},
    {"tcp_synack_retries", knob<&s::tcp_synack_retries, 0, most_count>},
    {"tcp_retries2", knob<&s::tcp_retries2, 1, most_count>},
    {"tcp_orphan_retries", knob<&s::tcp_orphan_retries, 0, most_count>},
    {"tcp_max_syn_backlog", knob<&s::tcp_max_syn_backlog, 1, most>},
    {"tcp_tw_reuse", knob<&s::tcp_tw_reuse, 0, 2>},
    {"tcp_max_tw_buckets", knob<&s::tcp_max_tw_buckets, 0, most>},
    {"tcp_slow_start_after_idle", knob<&s::tcp_slow_start_after_idle, 0, 1>},
    {"tcp_moderate_rcvbuf", knob<&s::tcp_moderate_rcvbuf, 0, 1>},
    {"tcp_mtu_probing", knob<&s::tcp_mtu_probing, 0, 1>},
    {"tcp_notsent_lowat", knob<&s::tcp_notsent_lowat, 1, ~u32{0}>},
    {"tcp_abort_on_overflow", knob<&s::tcp_abort_on_overflow, 0, 1>},
};
constexpr fixed_value constants[] = {
    {"tcp_available_congestion_control", "reno cubic"},
    {"tcp_allowed_congestion_control", "reno cubic"},
    {"tcp_dsack", "1"},
};

}  // namespace

result<void> add_tcp_knobs(synthetic_directory& ipv4) noexcept {
    for (const named_knob& k : knobs)
        TRY_VOID(ipv4.file(k.name, k.functions));
    return add(ipv4, constants);
}

}  // namespace osprey::fs
