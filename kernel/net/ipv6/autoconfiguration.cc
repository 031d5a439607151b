// SPDX-License-Identifier: BSD-3-Clause
#include <base/hash.hh>
#include <net/ipv6/autoconfiguration.hh>

namespace osprey::net {

namespace {
constexpr ip_address link_local_prefix = ip_address::v6(0xfe80ull << 48, 0);
constexpr u32 infinite = ~u32{0};
constexpr duration dad_time = duration::seconds(1);  // RetransTimer × DupAddrDetectTransmits
constexpr duration first_solicit_interval = duration::seconds(4);  // RFC 7559 §2
constexpr duration most_solicit_interval = duration::seconds(3600);
constexpr duration two_hours = duration::seconds(7200);
constexpr u8 most_collisions = 3;  // IDGEN_RETRIES

instant after(instant now, u32 seconds) noexcept {
    return seconds == infinite ? instant::never() : now + duration::seconds(seconds);
}
template <typename T>
void erase(T* array, usize& count, usize at) noexcept {
    for (usize i = at; i + 1 < count; ++i)
        array[i] = array[i + 1];
    --count;
}
/// Reserved subnet anycast and IANA identifiers (RFC 5453).
bool is_reserved(u64 id) noexcept {
    return id == 0 || id >> 7 == 0xfdff'ffff'ffff'ff80ull >> 7 ||
           (id >= 0x0200'5eff'fe00'0000ull && id <= 0x0200'5eff'feff'ffffull);
}
}  // namespace

u64 interface_identifier(const identifier_policy& policy, const mac_address& mac,
                         const ip_address& prefix, u32 collisions) noexcept {
    const u8* m = mac.bytes;
    if (!policy.stable_privacy)
        return static_cast<u64>(m[0] ^ 2) << 56 | static_cast<u64>(m[1]) << 48 |
               static_cast<u64>(m[2]) << 40 | 0xff'fe00'0000ull | static_cast<u64>(m[3]) << 16 |
               static_cast<u64>(m[4]) << 8 | m[5];
    struct {
        u64 prefix;
        u8 mac[6];
        u16 pad;
        u32 collisions, retries;
    } input{big_endian(prefix.high()), {}, 0, collisions, 0};
    std::memcpy(input.mac, m, sizeof input.mac);
    u64 id;
    do {
        id = siphash({policy.secret[0], policy.secret[1]},
                     {reinterpret_cast<const char*>(&input), sizeof input});
        ++input.retries;
    } while (is_reserved(id));
    return id;
}

autoconfiguration::own_address* autoconfiguration::find(const ip_address& a) noexcept {
    for (usize i = 0; i < address_count_; ++i)
        if (addresses_[i].address == a)
            return &addresses_[i];
    return nullptr;
}

void autoconfiguration::start(instant now) noexcept {
    if (running_)
        return;
    running_ = true;
    own_address a;
    a.from = origin::link_local;
    a.preferred = a.valid = instant::never();
    const u64 id = interface_identifier(policy, mac_, link_local_prefix, 0);
    a.address = ip_address::v6(link_local_prefix.high(), id);
    if (!find(a.address))
        add_own(a, now);
    // At once, from the unspecified address: an advertisement that comes during DAD saves a second.
    solicitations_ = 0;
    solicit_interval_ = first_solicit_interval;
    solicit(now);
}

void autoconfiguration::stop() noexcept {
    running_ = false;
    solicit_at_ = instant::never();
    while (router_count_ != 0)
        host_.change_router(routers_[--router_count_].address, 0, instant{});
    while (prefix_count_ != 0) {
        const known_prefix& p = prefixes_[--prefix_count_];
        host_.change_route(p.prefix, p.bits, p.gateway, instant{});
    }
    for (usize i = address_count_; i-- > 0;)
        if (addresses_[i].from != origin::other) {
            const ip_address gone = addresses_[i].address;
            erase(addresses_, address_count_, i);
            host_.remove_address(gone, "the link is down");
        }
    server_count_ = domain_count_ = 0;
}

void autoconfiguration::solicit(instant now) noexcept {
    host_.send_router_solicitation();
    if (solicitations_++ != 0)
        solicit_interval_ = solicit_interval_.ns * 2 < most_solicit_interval.ns
                                ? duration{solicit_interval_.ns * 2}
                                : most_solicit_interval;
    // ±10 % (RFC 7559 §2.1)
    const i64 tenth = solicit_interval_.ns / 10;
    solicit_at_ = now + duration{solicit_interval_.ns - tenth +
                                 static_cast<i64>(host_.random() % 1024) * (2 * tenth) / 1024};
}

void autoconfiguration::add_own(const own_address& a, instant now) noexcept {
    if (address_count_ == most_addresses)
        return;
    own_address& fresh = addresses_[address_count_++] = a;
    host_.add_address(fresh.address, fresh.bits, fresh.preferred, fresh.valid);
    begin_dad(fresh, now);
}

void autoconfiguration::begin_dad(own_address& a, instant now) noexcept {
    a.tentative = true;
    a.dad_ends = now + dad_time;
    host_.send_dad_probe(a.address);
}

void autoconfiguration::watch(const ip_address& address, u8 bits, instant preferred, instant valid,
                              instant now) noexcept {
    if (find(address) || address_count_ == most_addresses)
        return;
    own_address& a = addresses_[address_count_++] = {};
    a.address = address;
    a.bits = bits;
    a.from = origin::other;
    a.preferred = preferred;
    a.valid = valid;
    begin_dad(a, now);
}

void autoconfiguration::forget(const ip_address& a) noexcept {
    if (own_address* mine = find(a))
        erase(addresses_, address_count_, static_cast<usize>(mine - addresses_));
}

bool autoconfiguration::is_tentative(const ip_address& a) const noexcept {
    for (usize i = 0; i < address_count_; ++i)
        if (addresses_[i].address == a)
            return addresses_[i].tentative;
    return false;
}

void autoconfiguration::duplicate(const ip_address& a, instant now) noexcept {
    own_address* mine = find(a);
    if (!mine || !mine->tentative)
        return;
    own_address next = *mine;
    forget(a);
    host_.remove_address(a, "another machine has it");
    // Only another identifier helps: EUI-64 has none (RFC 4862 §5.4.5, RFC 7217 §6).
    if (next.from == origin::other || !policy.stable_privacy || ++next.collisions > most_collisions)
        return;
    const ip_address prefix = ip_address::v6(a.high(), 0);
    next.address =
        ip_address::v6(a.high(), interface_identifier(policy, mac_, prefix, next.collisions));
    add_own(next, now);
}

void autoconfiguration::received(const router_advertisement& ra, const ip_address& from,
                                 instant now) noexcept {
    if (!running_)
        return;
    take_router(ra, from, now);
    if (ra.lifetime != 0)
        solicit_at_ = instant::never();  // RFC 7559 §2.2: somebody who routes has answered
    if (ra.hop_limit != 0)
        host_.set_hop_limit(ra.hop_limit);
    if (ra.mtu >= ipv6_least_mtu)
        host_.set_link_mtu(ra.mtu);
    for (const prefix_information& p : ra.prefixes.all())
        take_prefix(p, now);
    for (const route_information& r : ra.routes.all())
        if (r.bits != 0)
            take_route(r.prefix, r.bits, from, r.lifetime, now);
    take_names(ra, now);
    host_.dhcp6_wanted(ra.managed, ra.other);
}

void autoconfiguration::take_router(const router_advertisement& ra, const ip_address& from,
                                    instant now) noexcept {
    usize at = 0;
    while (at < router_count_ && routers_[at].address != from)
        ++at;
    if (ra.lifetime == 0) {
        if (at < router_count_) {
            erase(routers_, router_count_, at);
            host_.change_router(from, 0, instant{});
        }
        return;
    }
    if (at == most_routers)
        return;
    if (at == router_count_)
        routers_[router_count_++].address = from;
    routers_[at].expires = now + duration::seconds(ra.lifetime);
    host_.change_router(from, ra.preference, routers_[at].expires);
}

void autoconfiguration::take_route(const ip_address& prefix, u8 bits, const ip_address& gateway,
                                   u32 lifetime, instant now) noexcept {
    usize at = 0;
    while (at < prefix_count_ && !(prefixes_[at].bits == bits && prefixes_[at].gateway == gateway &&
                                   prefixes_[at].prefix.same_prefix(prefix, bits)))
        ++at;
    if (lifetime == 0) {
        if (at < prefix_count_) {
            const known_prefix gone = prefixes_[at];
            erase(prefixes_, prefix_count_, at);
            host_.change_route(gone.prefix, bits, gateway, instant{});
        }
        return;
    }
    if (at == most_prefixes)
        return;
    if (at == prefix_count_)
        prefixes_[prefix_count_++] = {prefix, gateway, bits, {}};
    prefixes_[at].expires = after(now, lifetime);
    host_.change_route(prefixes_[at].prefix, bits, gateway, prefixes_[at].expires);
}

void autoconfiguration::take_prefix(const prefix_information& p, instant now) noexcept {
    if (p.prefix.is_v4() || p.prefix.is_link_local() || p.prefix.is_multicast())
        return;
    if (p.on_link)
        take_route(p.prefix, p.bits, {}, p.valid, now);
    // RFC 4862 §5.5.3
    if (!p.autonomous || p.bits != 64 || p.preferred > p.valid)
        return;
    for (usize i = 0; i < address_count_; ++i)
        if (addresses_[i].from == origin::prefix && addresses_[i].address.same_prefix(p.prefix, 64))
            return take_lifetimes(addresses_[i], p, now);
    if (p.valid == 0)
        return;
    own_address a;
    a.from = origin::prefix;
    a.address = ip_address::v6(p.prefix.high(), interface_identifier(policy, mac_, p.prefix, 0));
    a.preferred = after(now, p.preferred);
    a.valid = after(now, p.valid);
    add_own(a, now);
}

/// §5.5.3 e: an unauthenticated advertisement cannot cut a lifetime below two hours.
void autoconfiguration::take_lifetimes(own_address& a, const prefix_information& p,
                                       instant now) noexcept {
    const instant offered = after(now, p.valid);
    const instant soon = now + two_hours;
    if (offered > soon || offered > a.valid)
        a.valid = offered;
    else if (a.valid > soon)
        a.valid = soon;
    a.preferred = after(now, p.preferred);
    a.deprecated = a.preferred <= now;
    host_.change_lifetimes(a.address, a.preferred, a.valid);
}

void autoconfiguration::take_names(const router_advertisement& ra, instant now) noexcept {
    bool changed = false;
    for (const name_server_information& s : ra.name_servers.all()) {
        usize at = 0;
        while (at < server_count_ && servers_[at].value != s.address)
            ++at;
        if (s.lifetime == 0) {
            if (at < server_count_) {
                erase(servers_, server_count_, at);
                changed = true;
            }
        } else if (at < most_servers) {
            if (at == server_count_) {
                servers_[server_count_++].value = s.address;
                changed = true;
            }
            servers_[at].expires = after(now, s.lifetime);
        }
    }
    for (const search_information& s : ra.search.all()) {
        usize at = 0;
        while (at < domain_count_ && domains_[at].value.view() != s.domain.view())
            ++at;
        if (s.lifetime == 0) {
            if (at < domain_count_) {
                erase(domains_, domain_count_, at);
                changed = true;
            }
        } else if (at < most_domains) {
            if (at == domain_count_) {
                domains_[domain_count_++].value = s.domain;
                changed = true;
            }
            domains_[at].expires = after(now, s.lifetime);
        }
    }
    if (changed)
        host_.names_changed();
}

void autoconfiguration::tick_addresses(instant now) noexcept {
    for (usize i = address_count_; i-- > 0;) {
        own_address& a = addresses_[i];
        if (a.valid <= now) {
            const ip_address gone = a.address;
            erase(addresses_, address_count_, i);
            host_.remove_address(gone, "it expired");
        } else if (a.tentative && a.dad_ends <= now) {
            a.tentative = false;
            host_.address_usable(a.address, a.preferred, a.valid);
            // A solicitation with an address of our own gets a unicast answer, at once.
            if (a.from == origin::link_local && router_count_ == 0 && running_)
                solicit(now);
        } else if (!a.tentative && !a.deprecated && a.preferred <= now) {
            a.deprecated = true;
            host_.change_lifetimes(a.address, a.preferred, a.valid);
        }
    }
}

void autoconfiguration::tick(instant now) noexcept {
    tick_addresses(now);
    for (usize i = router_count_; i-- > 0;)
        if (routers_[i].expires <= now) {
            const ip_address gone = routers_[i].address;
            erase(routers_, router_count_, i);
            host_.change_router(gone, 0, instant{});
        }
    for (usize i = prefix_count_; i-- > 0;)
        if (prefixes_[i].expires <= now) {
            const known_prefix gone = prefixes_[i];
            erase(prefixes_, prefix_count_, i);
            host_.change_route(gone.prefix, gone.bits, gone.gateway, instant{});
        }
    bool changed = false;
    for (usize i = server_count_; i-- > 0;)
        if (servers_[i].expires <= now) {
            erase(servers_, server_count_, i);
            changed = true;
        }
    for (usize i = domain_count_; i-- > 0;)
        if (domains_[i].expires <= now) {
            erase(domains_, domain_count_, i);
            changed = true;
        }
    if (changed)
        host_.names_changed();
    if (solicit_at_ <= now)
        solicit(now);
}

instant autoconfiguration::deadline() const noexcept {
    instant first = solicit_at_;
    const auto sooner = [&](instant t) noexcept {
        first = t < first ? t : first;
    };
    for (usize i = 0; i < address_count_; ++i) {
        const own_address& a = addresses_[i];
        sooner(a.valid);
        if (a.tentative)
            sooner(a.dad_ends);
        else if (!a.deprecated)
            sooner(a.preferred);
    }
    for (usize i = 0; i < router_count_; ++i)
        sooner(routers_[i].expires);
    for (usize i = 0; i < prefix_count_; ++i)
        sooner(prefixes_[i].expires);
    for (usize i = 0; i < server_count_; ++i)
        sooner(servers_[i].expires);
    for (usize i = 0; i < domain_count_; ++i)
        sooner(domains_[i].expires);
    return first;
}

bool autoconfiguration::has_global_address() const noexcept {
    for (usize i = 0; i < address_count_; ++i)
        if (!addresses_[i].tentative && !addresses_[i].address.is_link_local())
            return true;
    return false;
}

autoconfiguration::name_servers autoconfiguration::names() const noexcept {
    name_servers n;
    for (usize i = 0; i < server_count_; ++i)
        n.addresses.add(servers_[i].value);
    for (usize i = 0; i < domain_count_; ++i)
        n.search.add(domains_[i].value);
    return n;
}

}  // namespace osprey::net
