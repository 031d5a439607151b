// SPDX-License-Identifier: BSD-3-Clause
// Stateless address configuration: routers that the test plays, a clock that the test moves.
#include <gtest/gtest.h>

#include <map>
#include <net/ipv6/autoconfiguration.hh>
#include <string>
#include <vector>

using namespace osprey;
using namespace osprey::net;

namespace {

constexpr mac_address mac{{0x52, 0x54, 0, 0x12, 0x34, 0x56}};
constexpr ip_address link_local = ip_address::v6(0xfe80ull << 48, 0x5054'00ff'fe12'3456);
constexpr ip_address router = ip_address::v6(0xfe80ull << 48, 2);
constexpr ip_address prefix = ip_address::v6(0xfec0ull << 48, 0);
constexpr ip_address global = ip_address::v6(0x2001'0db8ull << 32, 0x5054'00ff'fe12'3456);
constexpr ip_address global_prefix = ip_address::v6(0x2001'0db8ull << 32, 0);

class world final : public autoconfiguration_host {
public:
    void send_router_solicitation() noexcept override { ++solicitations; }
    void send_dad_probe(const ip_address& a) noexcept override { probes.push_back(a); }
    void add_address(const ip_address& a, u8, instant, instant valid) noexcept override {
        addresses.push_back(a);
        until = valid;
    }
    void address_usable(const ip_address& a, instant, instant) noexcept override {
        usable.push_back(a);
    }
    void change_lifetimes(const ip_address&, instant p, instant v) noexcept override {
        preferred = p;
        until = v;
    }
    void remove_address(const ip_address& a, std::string_view why) noexcept override {
        std::erase(addresses, a);
        removed = why;
    }
    void change_router(const ip_address&, i8 p, instant expires) noexcept override {
        router_until = expires;
        preference = p;
    }
    void change_route(const ip_address&, u8, const ip_address&, instant e) noexcept override {
        route_until = e;
    }
    void set_link_mtu(u32 m) noexcept override { mtu = m; }
    void set_hop_limit(u8 h) noexcept override { hops = h; }
    void names_changed() noexcept override { ++name_changes; }
    void dhcp6_wanted(bool a, bool o) noexcept override {
        managed = a;
        other = o;
    }
    u32 random() noexcept override { return 512; }

    int solicitations = 0, name_changes = 0, preference = 0;
    std::vector<ip_address> probes, addresses, usable;
    instant until, preferred, router_until, route_until;
    u32 mtu = 0;
    u8 hops = 0;
    bool managed = false, other = false;
    std::string removed;
};

class slaac : public testing::Test {
protected:
    world w;
    autoconfiguration c{w, mac};
    instant now{1'000'000'000};

    void pass(i64 seconds) {
        const instant end = now + duration::seconds(seconds);
        while (c.deadline() <= end) {
            now = c.deadline() < now ? now : c.deadline();
            c.tick(now);
        }
        now = end;
    }
    router_advertisement advertisement(u32 valid = 86400, u32 preferred = 14400) {
        router_advertisement ra;
        ra.lifetime = 1800;
        ra.prefixes.add({global_prefix, 64, true, true, valid, preferred});
        return ra;
    }
};

TEST_F(slaac, makes_a_link_local_address_and_asks_for_routers) {
    c.start(now);
    ASSERT_EQ(w.addresses.size(), 1u);
    EXPECT_EQ(w.addresses[0], link_local);
    EXPECT_EQ(w.solicitations, 1);
    EXPECT_TRUE(c.is_tentative(link_local));
    pass(2);
    EXPECT_FALSE(c.is_tentative(link_local));
    ASSERT_EQ(w.usable.size(), 1u);
    const int before = w.solicitations;
    pass(60);
    EXPECT_GE(w.solicitations, before + 2);
    EXPECT_LE(w.solicitations, before + 5) << "intervals double (RFC 7559)";
}

TEST_F(slaac, an_advertisement_gives_address_route_and_router) {
    c.start(now);
    auto ra = advertisement();
    ra.mtu = 1400;
    ra.hop_limit = 77;
    ra.preference = 1;
    ra.managed = true;
    c.received(ra, router, now);
    EXPECT_EQ(w.addresses.back(), global);
    EXPECT_EQ(w.router_until, now + duration::seconds(1800));
    EXPECT_EQ(w.route_until, now + duration::seconds(86400));
    EXPECT_EQ(w.mtu, 1400u);
    EXPECT_EQ(w.hops, 77);
    EXPECT_EQ(w.preference, 1);
    EXPECT_TRUE(w.managed);
    EXPECT_FALSE(c.has_global_address()) << "not before DAD";
    const int asked = w.solicitations;
    pass(2);
    EXPECT_TRUE(c.has_global_address());
    pass(100);
    EXPECT_EQ(w.solicitations, asked) << "a router is known";
}

TEST_F(slaac, lifetimes_run_out) {
    c.start(now);
    c.received(advertisement(7200, 3600), router, now);
    pass(3601);
    EXPECT_EQ(w.preferred, instant{1'000'000'000} + duration::seconds(3600));
    pass(3600);
    EXPECT_EQ(w.addresses.size(), 1u) << "only the link-local one is left";
    EXPECT_EQ(w.removed, "it expired");
    EXPECT_FALSE(c.has_router());
}

TEST_F(slaac, nobody_can_shorten_a_lifetime_below_two_hours) {
    c.start(now);
    c.received(advertisement(86400, 86400), router, now);
    c.received(advertisement(60, 60), router, now);
    EXPECT_EQ(w.until, now + duration::seconds(7200));
    c.received(advertisement(10000, 60), router, now);
    EXPECT_EQ(w.until, now + duration::seconds(10000));
}

TEST_F(slaac, a_router_takes_itself_back) {
    c.start(now);
    c.received(advertisement(), router, now);
    router_advertisement end;
    c.received(end, router, now);
    EXPECT_FALSE(c.has_router());
    EXPECT_EQ(w.router_until, instant{});
}

TEST_F(slaac, odd_prefixes_make_no_address) {
    c.start(now);
    router_advertisement ra;
    ra.prefixes.add({global_prefix, 48, false, true, 100, 100});
    ra.prefixes.add({global_prefix, 64, false, true, 100, 200});
    ra.prefixes.add({global_prefix, 64, false, false, 100, 100});
    ra.prefixes.add({ip_address::v6(0xfe80ull << 48, 0), 64, false, true, 100, 100});
    c.received(ra, router, now);
    EXPECT_EQ(w.addresses.size(), 1u);
}

TEST_F(slaac, a_duplicate_of_eui64_is_given_up) {
    c.start(now);
    c.received(advertisement(), router, now);
    c.duplicate(global, now);
    EXPECT_EQ(w.removed, "another machine has it");
    EXPECT_EQ(w.addresses.size(), 1u);
}

TEST_F(slaac, a_duplicate_of_a_stable_identifier_makes_another) {
    c.policy = {true, {1, 2}};
    c.start(now);
    c.received(advertisement(), router, now);
    std::vector<ip_address> tried;
    for (int i = 0; i < 4; ++i) {
        tried.push_back(w.addresses.back());
        c.duplicate(tried.back(), now);
    }
    EXPECT_EQ(w.addresses.size(), 1u) << "IDGEN_RETRIES is 3";
    for (usize i = 1; i < tried.size(); ++i)
        EXPECT_FALSE(tried[i] == tried[i - 1]);
}

TEST_F(slaac, usable_addresses_are_no_duplicates_any_more) {
    c.start(now);
    c.received(advertisement(), router, now);
    pass(2);
    c.duplicate(global, now);
    EXPECT_EQ(w.addresses.size(), 2u);
}

TEST_F(slaac, name_servers_come_and_go) {
    c.start(now);
    auto ra = advertisement();
    ra.name_servers.add({router, 30});
    search_information s;
    ASSERT_TRUE(s.domain.assign("example.org"));
    s.lifetime = 60;
    ra.search.add(s);
    c.received(ra, router, now);
    EXPECT_EQ(c.names().addresses.size(), 1u);
    EXPECT_EQ(c.names().search[0].view(), "example.org");
    pass(31);
    EXPECT_TRUE(c.names().addresses.empty());
    EXPECT_EQ(c.names().search.size(), 1u);
    EXPECT_EQ(w.name_changes, 2);
}

TEST_F(slaac, everything_goes_with_the_link) {
    c.start(now);
    c.received(advertisement(), router, now);
    c.stop();
    EXPECT_TRUE(w.addresses.empty());
    EXPECT_EQ(c.deadline(), instant::never());
    c.start(now);
    EXPECT_EQ(w.addresses.size(), 1u);
}

TEST(identifiers, differ_by_prefix_only_when_they_are_private) {
    const identifier_policy eui, stable{true, {3, 4}};
    EXPECT_EQ(interface_identifier(eui, mac, prefix, 0),
              interface_identifier(eui, mac, global_prefix, 0));
    EXPECT_EQ(interface_identifier(eui, mac, prefix, 0), 0x5054'00ff'fe12'3456u);
    const u64 a = interface_identifier(stable, mac, prefix, 0);
    EXPECT_NE(a, interface_identifier(stable, mac, global_prefix, 0));
    EXPECT_NE(a, interface_identifier(stable, mac, prefix, 1));
    EXPECT_EQ(a, interface_identifier(stable, mac, prefix, 0));
}

}  // namespace
