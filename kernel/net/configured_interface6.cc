// SPDX-License-Identifier: BSD-3-Clause
// What IPv6 autoconfiguration, DHCPv6 and routers do to an interface.
#include <base/log.hh>
#include <net/configured_interface.hh>
#include <net/groups.hh>
#include <net/ipv6/icmpv6.hh>
#include <net/ipv6/ipv6.hh>
#include <net/multicast.hh>
#include <net/neighbour.hh>
#include <net/udp/plain_datagram.hh>
#include <sched/clock.hh>

namespace osprey::net {

namespace {
constexpr u32 router_metric = 1024;  // as Linux gives default routes of advertisements
constexpr duration redirect_time = duration::seconds(600);
}  // namespace

interface_address configured_interface::known(const ip_address& a) noexcept {
    interface_address found;
    device_.for_each_address([&](const interface_address& mine) noexcept {
        if (mine.address == a)
            found = mine;
    });
    return found;
}

void configured_interface::address_added(const ip_address& a, instant now) noexcept {
    if (a.is_v4()) {
        tell_groups(device_, false);
        return;
    }
    interface_address mine = known(a);
    if (mine.address != a)
        return;  // gone already
    (void)join_group(device_, solicited_node_group(a));
    if (!running_ || !options_.ipv6 || (mine.flags & address_no_dad) ||
        autoconfiguration_.is_tentative(a))
        return;
    if (mine.flags & address_tentative || mine.flags & address_permanent) {
        mine.flags |= address_tentative;
        (void)device_.update_address(mine);
        autoconfiguration_.watch(a, mine.prefix, mine.preferred_until, mine.valid_until, now);
    }
}

void configured_interface::address_removed(const ip_address& a) noexcept {
    if (a.is_v4())
        return;
    (void)leave_group(device_, solicited_node_group(a));
    autoconfiguration_.forget(a);
}

void configured_interface::duplicate(const ip_address& a, instant now) noexcept {
    dhcp6_.duplicate(a, now);
    autoconfiguration_.duplicate(a, now);
}

void configured_interface::router_message(packet& p, instant now) noexcept {
    u8 bytes[1500];
    const usize n = p.bytes() < sizeof bytes ? p.bytes() : sizeof bytes;
    if (!running_ || !options_.ipv6 || !p.copy_out(0, bytes, n))
        return;
    const std::span<const u8> message{bytes, n};
    if (bytes[0] == icmpv6_redirect)
        return redirect(p, message);
    router_advertisement ra;
    if (!parse_router_advertisement(message, p.source, p.hop_limit, ra))
        return;
    if (ra.has_mac)
        heard_from_neighbour(
            device_,
            {.address = p.source, .mac = ra.mac, .news = neighbour_news::request, .router = true});
    autoconfiguration_.received(ra, p.source, now);
}

/// A better first hop (RFC 4861 §8.3): believed from the present first hop only.
void configured_interface::redirect(const packet& p, std::span<const u8> message) noexcept {
    redirect_message r;
    if (!parse_redirect(message, p.source, p.hop_limit, r))
        return;
    auto way = find_route({r.destination, {}, device_.index()});
    if (!way || (*way)->next_hop != p.source)
        return;
    if (r.has_mac)
        heard_from_neighbour(device_, {.address = r.target,
                                       .mac = r.mac,
                                       .news = neighbour_news::request,
                                       .router = r.target != r.destination});
    route_entry entry;
    entry.destination = r.destination;
    entry.prefix = 128;
    entry.gateway = r.target == r.destination ? ip_address{} : r.target;
    entry.device = &device_;
    entry.origin = origin_redirect;
    entry.expires = sched::monotonic_now() + redirect_time;
    (void)add_route(entry);
}

void configured_interface::dhcp6_message(packet& p, instant now) noexcept {
    u8 bytes[1500];
    const usize n = p.bytes() < sizeof bytes ? p.bytes() : sizeof bytes;
    if (p.copy_out(0, bytes, n))
        dhcp6_.received({bytes, n}, now);
}

void configured_interface::send(std::span<const u8> message) noexcept {
    const ip_address source = select_source_address(device_, dhcp6_servers);
    if (source.is_any())
        return;  // DAD of the link-local address still runs; the engine asks again
    send_plain_datagram({.destination = dhcp6_servers, .source = source, .device = device_.index()},
                        dhcp6_client_port, dhcp6_server_port, message);
}

void configured_interface::add_address(const dhcp6_address& a, instant preferred,
                                       instant valid) noexcept {
    interface_address mine = known(a.address);
    const bool is_new = mine.address != a.address;
    mine.address = a.address;
    mine.prefix = 128;  // DHCPv6 says nothing about the link (RFC 5942 §4)
    mine.preferred_until = preferred;
    mine.valid_until = valid;
    if (!is_new) {
        (void)device_.update_address(mine);
        return;
    }
    mine.flags = address_tentative;
    (void)device_.add_address(mine);
}

void configured_interface::names_changed(const dhcp6_reply& r) noexcept {
    names_.set(name_origin::dhcp6, device_.index(), r.name_servers.all(), r.search.all());
}

void configured_interface::send_router_solicitation() noexcept {
    const ip_address source = select_source_address(device_, all_routers);
    const mac_address ours = device_.mac();
    u8 message[32];
    const usize n = build_router_solicitation(message, source.is_any() ? nullptr : &ours);
    send_on_link_icmpv6(device_, source, all_routers, group_mac(all_routers), {message, n}, false);
}

void configured_interface::send_dad_probe(const ip_address& target) noexcept {
    const ip_address group = solicited_node_group(target);
    u8 message[32];
    const usize n = build_solicitation(message, target, nullptr);
    send_on_link_icmpv6(device_, {}, group, group_mac(group), {message, n}, false);
}

void configured_interface::add_address(const ip_address& address, u8 bits, instant preferred,
                                       instant valid) noexcept {
    interface_address a;
    a.address = address;
    a.prefix = bits;
    a.scope = address.is_link_local() ? scope_link : scope_universe;
    // Whether the prefix is on the link is told apart from it (RFC 4861 §6.3.4).
    a.flags =
        address_tentative | (address.is_link_local() ? address_permanent : address_no_prefix_route);
    a.preferred_until = preferred;
    a.valid_until = valid;
    (void)join_group(device_, solicited_node_group(address));
    auto added = device_.add_address(a);
    (void)leave_group(device_, solicited_node_group(address));  // `address_added` has its own
    if (!added && added.error() != errc::exists)
        log::error("{}: {} cannot be used: {}", device_.name(), to_text(address).view(),
                   name_of(added.error()));
}

void configured_interface::address_usable(const ip_address& address, instant preferred,
                                          instant valid) noexcept {
    interface_address a = known(address);
    if (a.address != address)
        return;
    a.flags &= ~u32{address_tentative};
    a.preferred_until = preferred;
    a.valid_until = valid;
    (void)device_.update_address(a);
    if (address.is_link_local())
        tell_groups(device_, true);
    else
        report(address, a.prefix,
               a.prefix == 128               ? "DHCPv6"
               : a.flags & address_permanent ? "command line"
                                             : "router advertisement");
}

void configured_interface::change_lifetimes(const ip_address& address, instant preferred,
                                            instant valid) noexcept {
    interface_address a = known(address);
    if (a.address != address)
        return;
    a.preferred_until = preferred;
    a.valid_until = valid;
    const bool deprecated = preferred <= sched::monotonic_now();
    a.flags = (a.flags & ~u32{address_deprecated}) | (deprecated ? address_deprecated : 0u);
    (void)device_.update_address(a);
}

void configured_interface::remove_address(const ip_address& a, std::string_view why) noexcept {
    log::warning("{}: {} is given up: {}", device_.name(), to_text(a).view(), why);
    (void)device_.remove_address(a);
}

void configured_interface::change_router(const ip_address& router, i8 preference,
                                         instant expires) noexcept {
    route_entry r;
    r.gateway = router;
    r.device = &device_;
    r.origin = origin_ra;
    (void)remove_route(r);
    if (expires <= sched::monotonic_now())
        return;
    r.metric = static_cast<u32>(static_cast<i32>(router_metric) - preference);
    r.expires = expires;
    (void)add_route(r);
}

void configured_interface::change_route(const ip_address& prefix, u8 bits,
                                        const ip_address& gateway, instant expires) noexcept {
    route_entry r;
    r.destination = prefix.network(bits);
    r.prefix = bits;
    r.gateway = gateway;
    r.device = &device_;
    r.origin = gateway.is_any() ? origin_kernel : origin_ra;
    (void)remove_route(r);
    if (expires <= sched::monotonic_now())
        return;
    r.metric = gateway.is_any() ? 256 : router_metric;
    r.expires = expires;
    (void)add_route(r);
}

void configured_interface::set_link_mtu(u32 mtu) noexcept {
    if (mtu < device_.mtu())
        (void)device_.set_mtu(mtu);
}

void configured_interface::set_hop_limit(u8 hops) noexcept {
    default_hop_limit6.store(hops, std::memory_order_relaxed);
}

void configured_interface::names_changed() noexcept {
    const auto names = autoconfiguration_.names();
    names_.set(name_origin::advertisement, device_.index(), names.addresses.all(),
               names.search.all());
}

void configured_interface::dhcp6_wanted(bool addresses, bool other) noexcept {
    dhcp6_.want(addresses, other, sched::monotonic_now());
}

}  // namespace osprey::net
