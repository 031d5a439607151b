// SPDX-License-Identifier: BSD-3-Clause
// What DHCPv4 and the command line do to an interface; IPv6 is in configured_interface6.cc.
#include <base/log.hh>
#include <base/system_name.hh>
#include <net/configured_interface.hh>
#include <net/configured_report.hh>
#include <net/multicast.hh>
#include <net/neighbour.hh>
#include <net/udp/plain_datagram.hh>
#include <sched/clock.hh>
#include <sched/scheduler.hh>
#include <sync/random_pool.hh>

namespace osprey::net {

namespace {
/// How long somebody who has our address may take to say so (ANNOUNCE_WAIT of RFC 5227).
constexpr duration conflict_watch = duration::seconds(2);
}  // namespace

configured_interface::configured_interface(interface& i, const network_options& o,
                                           resolver& names) noexcept
    : device_{i},
      options_{o},
      names_{names},
      dhcp4_{*this, i.mac()},
      dhcp6_{*this, i.mac()},
      autoconfiguration_{*this, i.mac()},
      tap_{i} {
    apply_privacy();
    // Everybody is in them; cards that filter have to be told.
    (void)join_group(i, ip_address::v4(0xe0000001));
    (void)join_group(i, all_nodes);
}

void configured_interface::apply_privacy() noexcept {
    autoconfiguration_.policy.stable_privacy = options_.stable_privacy;
    autoconfiguration_.policy.secret[0] = options_.secret[0];
    autoconfiguration_.policy.secret[1] = options_.secret[1];
}

void configured_interface::options_changed(instant now) noexcept {
    const bool other_identifiers =
        autoconfiguration_.policy.stable_privacy != options_.stable_privacy ||
        autoconfiguration_.policy.secret[0] != options_.secret[0];
    apply_privacy();
    if (!running_)
        return;
    report_static_addresses();
    if (options_.dhcp4)
        dhcp4_.start(now);
    else
        release();
    if (!options_.ipv6 || other_identifiers) {
        dhcp6_.stop();
        autoconfiguration_.stop();
    }
    if (options_.ipv6)
        autoconfiguration_.start(now);
    update_tap(now);
}

/// Waits until what was sent to `a` has left: until its link address is known.
void configured_interface::await_link_address(const ip_address& a) noexcept {
    constexpr duration patience = duration::milliseconds(300), step = duration::milliseconds(5);
    constexpr duration card = duration::milliseconds(10);  // takes it and puts it on the wire
    auto way = find_route({.destination = a, .device = device_.index()});
    neighbour* const n = way ? (*way)->link() : nullptr;
    const instant end = sched::monotonic_now() + patience;
    while (n && n->ready() == 0 && sched::monotonic_now() < end)
        (void)sched::sleep_until(sched::monotonic_now() + step, sched::wait_mode::uninterruptible);
    (void)sched::sleep_until(sched::monotonic_now() + card, sched::wait_mode::uninterruptible);
}

void configured_interface::release() noexcept {
    releasing_ = true;
    dhcp4_.release();
    releasing_ = false;
}

void configured_interface::link_changed(instant now) noexcept {
    const bool up = device_.can_send();
    if (up == running_)
        return;
    running_ = up;
    if (!up) {
        // A lease outlives a cable that was pulled, but must be confirmed by the next network.
        dhcp4_.stop("the link is down");
        dhcp6_.stop();
        autoconfiguration_.stop();
        update_tap(now);
        return;
    }
    report_static_addresses();
    if (options_.dhcp4)
        dhcp4_.start(now);
    if (options_.ipv6)
        autoconfiguration_.start(now);
    update_tap(now);
}

void configured_interface::report_static_addresses() noexcept {
    interface_address given[4];
    usize n = 0;
    device_.for_each_address([&](const interface_address& a) noexcept {
        if ((a.flags & address_permanent) && !a.address.is_link_local() && n < std::size(given))
            given[n++] = a;
    });
    for (usize i = 0; i < n; ++i)
        if (given[i].address.is_v4())  // those of IPv6 are told after duplicate detection
            report(given[i].address, given[i].prefix, "command line");
        else
            address_added(given[i].address, sched::monotonic_now());
}

void configured_interface::dhcp4_message(packet& p, instant now) noexcept {
    u8 bytes[1500];
    const usize n = p.bytes() < sizeof bytes ? p.bytes() : sizeof bytes;
    if (p.copy_out(0, bytes, n))
        dhcp4_.received({bytes, n}, now);
    update_tap(now);
}

void configured_interface::conflict(const ip_address& a, instant now) noexcept {
    if (dhcp4_.has_lease() && a == ip_address::v4(dhcp4_.lease().offer.address) &&
        now < watch_until_)
        dhcp4_.conflict(now);
    update_tap(now);
}

void configured_interface::update_tap(instant now) noexcept {
    if (dhcp4_.expects_answer() || now < watch_until_)
        tap_.open();
    else
        tap_.close();
}

void configured_interface::tick(instant now) noexcept {
    dhcp4_.tick(now);
    dhcp6_.tick(now);
    autoconfiguration_.tick(now);
    if (watch_until_ != instant{} && watch_until_ <= now) {
        watch_until_ = {};
        tap_.watch(0);
        if (dhcp4_.has_lease())
            send_arp_announcement(device_, dhcp4_.lease().offer.address);
    }
    update_tap(now);
}

instant configured_interface::deadline() const noexcept {
    instant first = dhcp4_.deadline();
    const auto sooner = [&](instant t) noexcept {
        first = t < first ? t : first;
    };
    sooner(dhcp6_.deadline());
    sooner(autoconfiguration_.deadline());
    if (watch_until_ != instant{})
        sooner(watch_until_);
    return first;
}

bool configured_interface::is_configured() const noexcept {
    bool found = false;
    device_.for_each_address([&](const interface_address& a) noexcept {
        found |= !a.address.is_link_local() && !(a.flags & address_tentative);
    });
    return found;
}

void configured_interface::send(std::span<const u8> message, u32 source, u32 destination) noexcept {
    tap_.open();  // before: the answer may be here when the call returns
    if (destination == ~u32{0})
        return send_dhcp4_frame(device_, message, source);
    send_plain_datagram({.destination = ip_address::v4(destination),
                         .source = ip_address::v4(source),
                         .device = device_.index()},
                        dhcp4_client_port, dhcp4_server_port, message);
    if (releasing_)
        await_link_address(ip_address::v4(destination));
}

std::string_view configured_interface::host_name() noexcept {
    if (!options_.host_name_given)
        return {};
    return osprey::host_name(host_name_);
}

u32 configured_interface::random() noexcept {
    return static_cast<u32>(random_number());
}

void configured_interface::configure(const dhcp4_lease& lease, bool is_new) noexcept {
    const dhcp4_reply& o = lease.offer;
    interface_address a;
    a.address = ip_address::v4(o.address);
    a.broadcast = ip_address::v4(o.broadcast);
    a.prefix = lease.prefix();
    a.preferred_until = a.valid_until = lease.expires_at;
    if (auto done = is_new ? device_.add_address(a) : device_.update_address(a);
        !done && done.error() != errc::exists) {
        log::error("{}: {} cannot be used: {}", device_.name(), to_text(a.address).view(),
                   name_of(done.error()));
        return;
    }
    if (o.mtu != 0 && o.mtu < device_.mtu())
        (void)device_.set_mtu(o.mtu);
    const auto same_routes = [&]() noexcept {
        const auto now = o.routes.all(), before = applied_.routes.all();
        return has_routes_ && now.size_bytes() == before.size_bytes() &&
               std::memcmp(now.data(), before.data(), now.size_bytes()) == 0;
    };
    if (is_new || !same_routes()) {
        remove_routes();
        applied_ = o;
        add_routes(lease);
    }
    short_list<ip_address, 4> servers;
    for (const u32 s : o.name_servers.all())
        servers.add(ip_address::v4(s));
    const std::span<const name_text<253>> domain{&o.domain, o.domain.empty() ? 0u : 1u};
    names_.set(name_origin::dhcp4, device_.index(), servers.all(), domain);
    if (!is_new)
        return;
    if (!options_.host_name_given && !o.host_name.empty())
        set_host_name(o.host_name.view());
    tap_.watch(o.address);
    send_arp_probe(device_, o.address);
    watch_until_ = sched::monotonic_now() + conflict_watch;
    report(a.address, a.prefix, "DHCP");
}

void configured_interface::add_routes(const dhcp4_lease& lease) noexcept {
    const dhcp4_reply& o = lease.offer;
    for (const dhcp4_route& d : o.routes.all()) {
        route_entry r;
        r.destination = ip_address::v4(d.destination);
        r.prefix = d.prefix;
        r.device = &device_;
        r.origin = origin_dhcp;
        r.preferred_source = ip_address::v4(o.address);
        if (d.gateway == 0) {
            r.scope = scope_link;
        } else {
            r.gateway = ip_address::v4(d.gateway);
            if ((d.gateway ^ o.address) & o.mask) {
                // The router is outside the network, as clouds with /32 addresses have it.
                route_entry first = r;
                first.destination = r.gateway;
                first.prefix = 32;
                first.gateway = ip_address::v4_any();
                first.scope = scope_link;
                (void)add_route(first);
            }
        }
        if (auto added = add_route(r); !added && added.error() != errc::exists)
            log::warning("{}: no route to {}/{}: {}", device_.name(), to_text(r.destination).view(),
                         r.prefix, name_of(added.error()));
    }
    has_routes_ = true;
}

void configured_interface::remove_routes() noexcept {
    if (!has_routes_)
        return;
    has_routes_ = false;
    remove_routes_if(
        [](const route_entry& r, const void* device) noexcept {
            return r.device == device && r.origin == origin_dhcp;
        },
        &device_);
}

void configured_interface::withdraw(const dhcp4_lease& lease, std::string_view why) noexcept {
    const ip_address a = ip_address::v4(lease.offer.address);
    if (releasing_)
        log::info("{}: {} goes back to its server", device_.name(), to_text(a).view());
    else
        log::warning("{}: {} is given up: {}", device_.name(), to_text(a).view(), why);
    watch_until_ = {};
    tap_.watch(0);
    remove_routes();
    (void)device_.remove_address(a);
    names_.set(name_origin::dhcp4, device_.index(), {}, {});
}

void configured_interface::report(const ip_address& address, u8 prefix,
                                  std::string_view how) noexcept {
    ip_address gateway;
    if (auto routes = list_routes())
        for (const route_entry& r : *routes)
            if (r.device == &device_ && r.prefix == 0 && r.type == route_unicast &&
                r.destination.is_v4() == address.is_v4() && !r.gateway.is_any() && gateway.is_any())
                gateway = r.gateway;
    const auto servers = names_.servers();
    report_configured({device_.name(), address, prefix, gateway, servers.all(), how});
}

}  // namespace osprey::net
