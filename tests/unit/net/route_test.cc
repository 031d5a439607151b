// SPDX-License-Identifier: BSD-3-Clause
#include <net/path_mtu.hh>
#include <net/route_table.hh>
#include <random>
#include <sched/clock.hh>
#include <vector>

#include "wire.hh"

namespace {
using namespace test;

route_entry to(ip_address network, u8 prefix, ip_address gateway = {}, u32 metric = 0) {
    route_entry r;
    r.destination = network;
    r.prefix = prefix;
    r.gateway = gateway;
    r.metric = metric;
    r.origin = origin_static;
    r.device = &card();
    return r;
}

class routes : public network {};

TEST_F(routes, of_addresses) {
    EXPECT_EQ(address_type(our_ip), route_local);
    EXPECT_EQ(address_type(ip_address::v4(0x7f010203)), route_local);
    EXPECT_EQ(address_type(ip_address::v4(0x0a0000ff)), route_broadcast);
    EXPECT_EQ(address_type(ip_address::v4(0xe0000001)), route_multicast);
    EXPECT_EQ(address_type(peer_ip), route_unicast);

    auto r = find_route({peer_ip, {}, 0});
    ASSERT_TRUE(r);
    EXPECT_EQ((*r)->device, &card());
    EXPECT_EQ((*r)->source, our_ip);
    EXPECT_EQ((*r)->next_hop, peer_ip);
    EXPECT_EQ((*r)->mtu(), 1500u);
    ASSERT_TRUE((*r)->link());

    r = find_route({our_ip, {}, 0});
    ASSERT_TRUE(r);
    EXPECT_TRUE((*r)->device->is_loopback());
    EXPECT_EQ((*r)->source, our_ip);
    EXPECT_EQ((*r)->mtu(), 65536u);

    r = find_route({ip_address::v4(0x7f000005), {}, 0});
    ASSERT_TRUE(r);
    EXPECT_EQ((*r)->source, ip_address::v4(0x7f000001));

    r = find_route({ip_address::v4_any(), {}, 0});
    ASSERT_TRUE(r);
    EXPECT_EQ((*r)->destination, ip_address::v4(0x7f000001));
}

TEST_F(routes, errors) {
    EXPECT_EQ(find_route({far_ip, {}, 0}).error(), errc::network_unreachable);
    EXPECT_EQ(find_route({peer_ip, far_ip, 0}).error(), errc::address_not_available);
    EXPECT_EQ(find_route({peer_ip, {}, 99}).error(), errc::no_device);
    EXPECT_EQ(add_route(to(far_ip, 24)).error(), errc::invalid_argument);  // bits behind the prefix
    EXPECT_EQ(add_route(to(ip_address::v4_any(), 0, far_ip)).error(), errc::network_unreachable);
    EXPECT_EQ(remove_route(to(ip_address::v4(0xc0000200), 24)).error(), errc::no_process);
    auto other = to(far_ip, 32);
    other.table = 100;
    EXPECT_EQ(add_route(other).error(), errc::not_supported);
}

TEST_F(routes, longest_prefix_then_metric) {
    ASSERT_TRUE(add_route(to(ip_address::v4_any(), 0, router_ip)));
    ASSERT_TRUE(add_route(to(ip_address::v4(0xc0000200), 24, peer_ip, 20)));
    ASSERT_TRUE(add_route(to(ip_address::v4(0xc0000200), 24, router_ip, 10)));
    EXPECT_EQ(add_route(to(ip_address::v4_any(), 0, router_ip)).error(), errc::exists);

    auto hop = [](ip_address a) {
        auto r = find_route({a, {}, 0});
        return r ? (*r)->next_hop : ip_address{};
    };
    EXPECT_EQ(hop(ip_address::v4(0x08080808)), router_ip);
    EXPECT_EQ(hop(far_ip), router_ip);
    ASSERT_TRUE(remove_route(to(ip_address::v4(0xc0000200), 24, router_ip, 10)));
    EXPECT_EQ(hop(far_ip), peer_ip);
    ASSERT_TRUE(remove_route(to(ip_address::v4(0xc0000200), 24)));
    EXPECT_EQ(hop(far_ip), router_ip);
    ASSERT_TRUE(remove_route(to(ip_address::v4_any(), 0)));
    EXPECT_FALSE(find_route({far_ip, {}, 0}));
}

TEST_F(routes, kept_ones_grow_old) {
    auto r = find_route({peer_ip, {}, 0});
    ASSERT_TRUE(r);
    EXPECT_TRUE((*r)->still_good());
    auto again = find_route({peer_ip, {}, 0});
    EXPECT_EQ(r->get(), again->get()) << "the same question finds the same object";
    ASSERT_TRUE(add_route(to(far_ip, 32, router_ip)));
    EXPECT_FALSE((*r)->still_good());
    ASSERT_TRUE(remove_route(to(far_ip, 32)));
}

TEST_F(routes, a_named_device_needs_none) {
    auto r = find_route({far_ip, {}, card().index()});
    ASSERT_TRUE(r);
    EXPECT_EQ((*r)->next_hop, far_ip);
    EXPECT_EQ((*r)->source, our_ip);
    r = find_route({ip_address::v4_broadcast(), {}, card().index()});
    ASSERT_TRUE(r);
    EXPECT_EQ((*r)->type, route_broadcast);
    EXPECT_FALSE((*r)->link());
}

TEST_F(routes, expire) {
    auto r = to(far_ip, 32, router_ip);
    r.expires = sched::monotonic_now() + duration::seconds(10);
    ASSERT_TRUE(add_route(r));
    EXPECT_TRUE(find_route({far_ip, {}, 0}));
    advance(duration::seconds(11));
    EXPECT_FALSE(find_route({far_ip, {}, 0}));
    EXPECT_EQ(remove_route(to(far_ip, 32)).error(), errc::no_process);
}

TEST_F(routes, unreachable_ones_say_so) {
    auto r = to(ip_address::v4(0xc0000200), 24);
    r.device = nullptr;
    r.type = route_unreachable;
    ASSERT_TRUE(add_route(r));
    EXPECT_EQ(find_route({far_ip, {}, 0}).error(), errc::host_unreachable);
    ASSERT_TRUE(remove_route(r));
}

TEST_F(routes, learn_the_path_mtu_for_ten_minutes) {
    auto r = find_route({peer_ip, {}, 0});
    learn_path_mtu(peer_ip, 1300);
    EXPECT_FALSE((*r)->still_good());
    EXPECT_EQ((*find_route({peer_ip, {}, 0}))->mtu(), 1300u);
    learn_path_mtu(peer_ip, 1400);
    EXPECT_EQ((*find_route({peer_ip, {}, 0}))->mtu(), 1300u) << "never larger";
    learn_path_mtu(peer_ip, 10);
    EXPECT_EQ((*find_route({peer_ip, {}, 0}))->mtu(), 552u) << "nobody really has less";
    advance(duration::seconds(601));
    EXPECT_EQ((*find_route({peer_ip, {}, 0}))->mtu(), 1500u);
    EXPECT_EQ(learned_path_mtu(peer_ip), 0u);
}

TEST_F(routes, go_with_the_interface) {
    ASSERT_TRUE(add_route(to(ip_address::v4_any(), 0, router_ip)));
    ASSERT_TRUE(card().set_up(false));
    EXPECT_FALSE(find_route({peer_ip, {}, 0}));
    EXPECT_EQ(address_type(our_ip), route_local) << "the address is still ours";
    ASSERT_TRUE(card().set_up(true));
    EXPECT_TRUE(find_route({peer_ip, {}, 0}));
    EXPECT_FALSE(find_route({far_ip, {}, 0})) << "the default route is gone, as with Linux";
}

TEST_F(routes, come_and_go_with_addresses) {
    interface_address a;
    a.address = ip_address::v4(0xac100005);
    a.prefix = 16;
    ASSERT_TRUE(card().add_address(a));
    EXPECT_EQ(card().add_address(a).error(), errc::exists);
    EXPECT_EQ((*find_route({ip_address::v4(0xac10aaaa), {}, 0}))->source, a.address);
    ASSERT_TRUE(card().remove_address(a.address));
    EXPECT_FALSE(find_route({ip_address::v4(0xac10aaaa), {}, 0}));
    EXPECT_EQ(address_type(a.address), route_unicast);
}

TEST(route_tables, agree_with_a_linear_search) {
    card();
    std::mt19937 random{11};
    std::vector<route_entry> all;
    auto table = route_snapshot::copy_of(nullptr);
    for (u32 i = 0; i < 400; ++i) {
        const u8 prefix = static_cast<u8>(random() % 33);
        route_entry r = to(ip_address::v4(random() & 0x0f0f00ff).network(prefix), prefix, {}, i);
        all.push_back(r);
        ASSERT_TRUE((*table)->insert(r));
    }
    ASSERT_TRUE((*table)->index());
    for (int i = 0; i < 20000; ++i) {
        const auto a = ip_address::v4(random() & 0x0f0f00ff);
        const route_entry* best = nullptr;
        for (const auto& r : all)
            if (r.destination.same_prefix(a, r.prefix) &&
                (!best || r.prefix > best->prefix ||
                 (r.prefix == best->prefix && r.metric < best->metric)))
                best = &r;
        const route_entry* found = (*table)->find(a, 0, instant{});
        ASSERT_EQ(!best, !found);
        if (found) {
            EXPECT_EQ(found->metric, best->metric);
        }
    }
}

}  // namespace
