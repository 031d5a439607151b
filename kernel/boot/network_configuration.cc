// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <base/log.hh>
#include <boot/network.hh>
#include <boot/network_configuration.hh>
#include <net/configuration.hh>
#include <process/control_channel.hh>
#include <process/init.hh>

namespace osprey::boot {
namespace {

constexpr std::string_view network_options[] = {"ip", "ip6", "nameserver", "search", "ip6-secret"};
/// What boot/network.cc looks at.
constexpr std::string_view static_options[] = {"net", "ip", "defaultgw", "mtu"};
/// Programs start without an address after this time; servers of clouds answer within it.
constexpr duration patience = duration::seconds(5);

/// @return the first option that makes no sense, if there is one.
const command_line::option* read_options(std::span<const command_line::option> all,
                                         net::network_options& to) noexcept {
    const command_line::option* bad = nullptr;
    for (const auto& option : all)
        for (const std::string_view name : network_options)
            if (option.name.view() == name &&
                !net::read_network_option(name, option.value.view(), to) && !bad)
                bad = &option;
    return bad;
}

/// How many options the network was started with: those of the kernel's own command line.
constinit usize options_at_boot = 0;

/// The image's options about the network that the kernel's own command line says nothing about: of
/// the whole, which has them in front.
result<command_line> image_options(const command_line& whole) noexcept {
    const auto all = whole.options.span();
    const auto own = all.last(options_at_boot < all.size() ? options_at_boot : all.size());
    command_line out;
    for (const auto& o : all.first(all.size() - own.size())) {
        const auto is = [&](std::string_view name) noexcept {
            return o.name.view() == name;
        };
        if (std::none_of(std::begin(network_options), std::end(network_options), is) &&
            std::none_of(std::begin(static_options), std::end(static_options), is))
            continue;
        if (std::any_of(own.begin(), own.end(),
                        [&](const auto& other) { return is(other.name.view()); }))
            continue;
        TRY_VOID(out.options.push_back(
            {TRY(string::copy_of(o.name.view())), TRY(string::copy_of(o.value.view()))}));
    }
    return out;
}

/// The network was begun with the kernel's own command line; now the image's is known.
result<void> apply_image_options(const command_line& whole, net::network_options& to) noexcept {
    const command_line more = TRY(image_options(whole));
    if (more.options.size() == 0)
        return ok;
    to = {.host_name_given = to.host_name_given};
    (void)read_options(more.options.span(), to);
    (void)read_options(whole.options.span().last(options_at_boot), to);
    if (more.value("net") == "none")
        take_network_down();
    else
        configure_network(more);
    return net::change_configuration(to);
}

/// Called when the root is mounted, before the first program.
bool get_ready(const command_line& line, text_sink& why) noexcept {
    net::network_options options{.host_name_given = line.has("hostname")};
    if (const auto* bad = read_options(line.options.span(), options)) {
        format_to(why, "--{}={} makes no sense", bad->name.view(), bad->value.view());
        return false;
    }
    if (auto applied = apply_image_options(line, options); !applied) {
        format_to(why, "no memory for the image's network options");
        return false;
    }
    if (line.value("net") == "none")
        return true;
    const bool configured = net::await_configuration(patience);
    net::resolver_file_can_be_written();
    if (!configured && net::has_devices() && (options.dhcp4 || options.ipv6))
        log::warning("no network address after {} s: programs start without one",
                     patience.ns / 1'000'000'000);
    return true;
}

/// A server that does not answer must not keep the machine from going down.
void give_back() noexcept {
    net::give_back_leases(duration::milliseconds(500));
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
    options_at_boot = line.options.size();
    if (line.value("net") == "none")
        return;
    net::network_options options{.host_name_given = line.has("hostname")};
    (void)read_options(line.options.span(),
                       options);  // complaints come when there is somebody to hear them
    net::on_configured(tell_host);
    if (auto started = net::start_configuration(options); !started)
        log::error("no memory to configure the network");
    proc::set_before_programs(get_ready);
    proc::set_after_programs(give_back);
}

}  // namespace osprey::boot
