// SPDX-License-Identifier: BSD-3-Clause
//
// /proc/sys/net: what is written takes effect (net/settings.hh); what has a fixed value here can
// only be read.
#include <charconv>
#include <fs/proc/net_files.hh>
#include <net/settings.hh>

namespace osprey::fs {
namespace {

/// @return `errc::invalid_argument`: not a number, or not from `least` to `most`.
result<u32> number_in(std::string_view& text, u32 least, u32 most) noexcept {
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t'))
        text.remove_prefix(1);
    u32 value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || value < least || value > most)
        return errc::invalid_argument;
    text.remove_prefix(static_cast<usize>(end - text.data()));
    return value;
}

using number = std::atomic<u32> net::network_settings::*;

template <number Member>
result<void> show(string& out) noexcept {
    return print(out, "{}\n", (net::settings().*Member).load());
}
template <number Member, u32 Least, u32 Most>
result<void> store(std::string_view text) noexcept {
    (net::settings().*Member).store(TRY(number_in(text, Least, Most)));
    return ok;
}
template <number Member, u32 Least, u32 Most>
constexpr text_functions knob{show<Member>, store<Member, Least, Most>};

result<void> show_ports(string& out) noexcept {
    const auto& s = net::settings();
    return print(out, "{}\t{}\n", s.local_port_first.load(), s.local_port_last.load());
}
result<void> store_ports(std::string_view text) noexcept {
    const u32 first = TRY(number_in(text, 1, 65535));
    const u32 last = TRY(number_in(text, first, 65535));
    net::settings().local_port_first.store(first);
    net::settings().local_port_last.store(last);
    return ok;
}

struct fixed_value {
    std::string_view name, value;
};
result<void> add(synthetic_directory& to, std::span<const fixed_value> values) noexcept {
    for (const auto& v : values)
        TRY_VOID(to.constant(v.name, v.value));
    return ok;
}

result<void> add_core(synthetic_directory& net) noexcept {
    using s = net::network_settings;
    constexpr u32 most = 0x7fff'ffff;
    auto core = TRY(net.directory("core"));
    TRY_VOID(core->file("somaxconn", knob<&s::somaxconn, 0, most>));
    TRY_VOID(core->file("rmem_default", knob<&s::rmem_default, 2304, most>));
    TRY_VOID(core->file("rmem_max", knob<&s::rmem_max, 2304, most>));
    TRY_VOID(core->file("wmem_default", knob<&s::wmem_default, 4608, most>));
    TRY_VOID(core->file("wmem_max", knob<&s::wmem_max, 4608, most>));
    constexpr fixed_value values[] = {
        {"optmem_max", "20480"},
        {"netdev_max_backlog", "1000"},
        {"default_qdisc", "pfifo_fast"},
        {"bpf_jit_enable", "0"},
        {"busy_poll", "0"},
        {"busy_read", "0"},
    };
    return add(*core, values);
}

result<void> add_ipv4(synthetic_directory& net) noexcept {
    auto ipv4 = TRY(net.directory("ipv4"));
    TRY_VOID(ipv4->file("ip_local_port_range", {show_ports, store_ports}));
    constexpr fixed_value values[] = {
        {"ip_forward", "0"},
        {"ip_default_ttl", "64"},
        {"ip_local_reserved_ports", ""},
        {"ip_nonlocal_bind", "0"},
        {"ip_unprivileged_port_start", "1024"},
        {"ping_group_range", "0\t2147483647"},
        {"tcp_available_congestion_control", "reno cubic"},
        {"tcp_fin_timeout", "60"},
        {"tcp_syncookies", "0"},
        {"tcp_timestamps", "1"},
        {"tcp_window_scaling", "1"},
        {"tcp_sack", "1"},
        {"tcp_fastopen", "0"},
        {"tcp_tw_reuse", "2"},
        {"tcp_keepalive_time", "7200"},
        {"tcp_keepalive_intvl", "75"},
        {"tcp_keepalive_probes", "9"},
        {"tcp_retries2", "15"},
        {"tcp_syn_retries", "6"},
        {"tcp_synack_retries", "5"},
        {"tcp_rmem", "4096\t131072\t6291456"},
        {"tcp_wmem", "4096\t16384\t4194304"},
        {"tcp_max_syn_backlog", "512"},
    };
    return add(*ipv4, values);
}

result<void> add_ipv6(synthetic_directory& net) noexcept {
    auto ipv6 = TRY(net.directory("ipv6"));
    TRY_VOID(ipv6->constant("bindv6only", "0"));
    auto conf = TRY(ipv6->directory("conf"));
    for (std::string_view name : {"all", "default", "lo"}) {
        auto one = TRY(conf->directory(name));
        TRY_VOID(one->constant("disable_ipv6", "0"));
        TRY_VOID(one->constant("forwarding", "0"));
    }
    return ok;
}

}  // namespace

result<void> add_network_knobs(synthetic_directory& sys) noexcept {
    using s = net::network_settings;
    auto net = TRY(sys.directory("net"));
    TRY_VOID(add_core(*net));
    TRY_VOID(add_ipv4(*net));
    TRY_VOID(add_ipv6(*net));
    auto local = TRY(net->directory("unix"));
    return local->file("max_dgram_qlen", knob<&s::max_dgram_qlen, 1, 0x7fff'ffff>);
}

}  // namespace osprey::fs
