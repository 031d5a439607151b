// SPDX-License-Identifier: BSD-3-Clause
#include <base/log.hh>
#include <boot/network_configuration.hh>
#include <net/configuration.hh>
#include <process/control_channel.hh>
#include <process/init.hh>

namespace osprey::boot {
namespace {

constexpr std::string_view network_options[] = {"ip", "ip6", "nameserver", "search", "ip6-secret"};
/// Programs start without an address after this time; servers of clouds answer within it.
constexpr duration patience = duration::seconds(5);

/// @return the first option that makes no sense, if there is one.
const command_line::option* read_options(const command_line& line,
                                         net::network_options& to) noexcept {
    const command_line::option* bad = nullptr;
    to.host_name_given = line.has("hostname");
    for (const auto& option : line.options)
        for (const std::string_view name : network_options)
            if (option.name.view() == name &&
                !net::read_network_option(name, option.value.view(), to) && !bad)
                bad = &option;
    return bad;
}

/// Called when the root is mounted, before the first program.
bool get_ready(const command_line& line, text_sink& why) noexcept {
    net::network_options ignored;
    if (const auto* bad = read_options(line, ignored)) {
        format_to(why, "--{}={} makes no sense", bad->name.view(), bad->value.view());
        return false;
    }
    const bool configured = net::await_configuration(patience);
    net::resolver_file_can_be_written();
    if (!configured && net::has_devices() && (ignored.dhcp4 || ignored.ipv6))
        log::warning("no network address after {} s: programs start without one",
                     patience.ns / 1'000'000'000);
    return true;
}

void tell_host(const net::configured_address& a) noexcept {
    fixed_text<160> servers;
    for (usize i = 0; i < a.name_servers.size(); ++i)
        format_to(servers, "{}\"{}\"", i == 0 ? "" : ",", net::to_text(a.name_servers[i]).view());
    proc::tell_network(
        {.interface = a.interface,
         .address = net::to_text(a.address).view(),
         .prefix = a.prefix,
         .gateway = a.gateway.is_any() ? std::string_view{} : net::to_text(a.gateway).view(),
         .name_servers = servers.view()});
}

}  // namespace

void start_network_configuration(const command_line& line) noexcept {
    if (line.value("net") == "none")
        return;
    net::network_options options;
    (void)read_options(line, options);  // complaints come when there is somebody to hear them
    net::on_configured(tell_host);
    if (auto started = net::start_configuration(options); !started)
        log::error("no memory to configure the network");
    proc::set_before_programs(get_ready);
}

}  // namespace osprey::boot
