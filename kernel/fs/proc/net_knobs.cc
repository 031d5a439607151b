// SPDX-License-Identifier: BSD-3-Clause
//
// /proc/sys/net: what is written takes effect (net/settings.hh); what has a fixed value here can
// only be read.
#include <fs/proc/net_files.hh>
#include <fs/proc/net_knob.hh>
#include <net/settings.hh>

namespace osprey::fs {
namespace {

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
    };
    TRY_VOID(add(*ipv4, values));
    return add_tcp_knobs(*ipv4);
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
