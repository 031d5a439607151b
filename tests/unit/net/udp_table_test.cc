// SPDX-License-Identifier: BSD-3-Clause
// Which socket gets a datagram.
#include <gtest/gtest.h>

#include <host_sched.hh>
#include <net/udp/table.hh>
#include <retire_list.hh>
#include <set>

using namespace osprey;
using namespace osprey::net;

namespace {

constexpr ip_address ours = ip_address::v4(0x0a000001), theirs = ip_address::v4(0x0a000002),
                     also_ours = ip_address::v4(0x0a000003),
                     ours6 = ip_address::v6(0x2001'0db8ull << 32, 1),
                     theirs6 = ip_address::v6(0x2001'0db8ull << 32, 2);

class udp_demultiplexer : public testing::Test {
protected:
    static void SetUpTestSuite() { test::become_thread(); }
    void TearDown() override {
        std::set<udp_binding*> left;
        table.for_each([&](const udp_binding& b) { left.insert(const_cast<udp_binding*>(&b)); });
        for (udp_binding* b : left)
            table.remove(*b);
        test::free_retired();
    }
    static inline constinit udp_table table;

    udp_binding* bind(const ip_address& a, u16 port, bool reuse_port = false,
                      bool reuse_address = false, u32 device = 0) {
        auto* b = new (std::nothrow) udp_binding;
        b->local = {a, port};
        b->v4 = a.is_v4() || a == ip_address{};
        b->v6 = !a.is_v4();
        b->reuse_port = reuse_port;
        b->device = device;
        last = table.insert(*b, reuse_address, 32768, 60999, 12345).error();
        if (last == errc{})
            return b;
        delete b;
        return nullptr;
    }
    udp_binding* connect(udp_binding* old, const ip_address& local, const ip_address& remote,
                         u16 port) {
        auto* b = new (std::nothrow) udp_binding;
        b->local = {local, old->local.port};
        b->remote = {remote, port};
        b->connected = true;
        b->v4 = remote.is_v4();
        b->v6 = !b->v4;
        b->reuse_port = old->reuse_port;
        table.replace(*old, *b);
        return b;
    }
    [[nodiscard]] const udp_binding* find(const ip_address& from, u16 from_port,
                                          const ip_address& to, u16 port, u32 device = 2,
                                          u32 hash = 0) const {
        return table.find({from, to, from_port, port, device, hash});
    }
    errc last{};
};

TEST_F(udp_demultiplexer, an_address_counts_more_than_none) {
    auto* any = bind(ip_address::v4_any(), 53, false, true);
    auto* one = bind(ours, 53, false, true);
    ASSERT_TRUE(any && one);
    EXPECT_EQ(find(theirs, 9, ours, 53), one);
    EXPECT_EQ(find(theirs, 9, also_ours, 53), any);
    EXPECT_EQ(find(theirs, 9, ours, 54), nullptr);
    EXPECT_EQ(find(theirs6, 9, ours6, 53), nullptr);
    table.remove(*one);
    EXPECT_EQ(find(theirs, 9, ours, 53), any);
    table.remove(*any);
    EXPECT_EQ(find(theirs, 9, ours, 53), nullptr);
}

TEST_F(udp_demultiplexer, a_connection_comes_first_and_takes_only_its_own) {
    auto* any = bind(ip_address::v4_any(), 53, true);
    auto* b = bind(ip_address::v4_any(), 53, true);
    auto* c = connect(b, ours, theirs, 9);
    EXPECT_EQ(find(theirs, 9, ours, 53), c);
    EXPECT_EQ(find(theirs, 10, ours, 53), any);
    EXPECT_EQ(find(also_ours, 9, ours, 53), any);
}

TEST_F(udp_demultiplexer, ports_are_taken_once) {
    ASSERT_TRUE(bind(ours, 53));
    EXPECT_FALSE(bind(ours, 53));
    EXPECT_EQ(last, errc::address_in_use);
    EXPECT_FALSE(bind(ip_address::v4_any(), 53));
    EXPECT_TRUE(bind(also_ours, 53));
    EXPECT_TRUE(bind(ours6, 53)) << "another family";
    EXPECT_FALSE(bind(ip_address{}, 53)) << "dual-stack";
}

TEST_F(udp_demultiplexer, sharing_needs_everybodys_consent) {
    ASSERT_TRUE(bind(ours, 1, true));
    EXPECT_FALSE(bind(ours, 1, false));
    EXPECT_FALSE(bind(ours, 1, false, true));
    EXPECT_TRUE(bind(ours, 1, true));
    ASSERT_TRUE(bind(ours, 2, false, true));
    EXPECT_TRUE(bind(ours, 2, false, true));
    EXPECT_FALSE(bind(ours, 2, true));
}

TEST_F(udp_demultiplexer, automatic_ports_differ) {
    std::set<u16> ports;
    for (int i = 0; i < 100; ++i) {
        auto* b = bind(ip_address::v4_any(), 0);
        ASSERT_TRUE(b);
        EXPECT_GE(b->local.port, 32768);
        EXPECT_LE(b->local.port, 60999);
        ports.insert(b->local.port);
    }
    EXPECT_EQ(ports.size(), 100u);
}

TEST_F(udp_demultiplexer, flows_are_spread_over_a_group_and_stay) {
    std::set<const udp_binding*> members, seen;
    for (int i = 0; i < 4; ++i)
        members.insert(bind(ip_address::v4_any(), 53, true));
    for (u32 i = 0; i < 64; ++i) {
        const u32 hash = i << 26;
        const auto* b = find(theirs, 9, ours, 53, 2, hash);
        EXPECT_EQ(b, find(theirs, 9, ours, 53, 2, hash));
        seen.insert(b);
    }
    EXPECT_EQ(seen, members);
}

TEST_F(udp_demultiplexer, devices_and_families_are_respected) {
    auto* on2 = bind(ip_address{}, 53, false, true, 2);
    auto* dual = bind(ip_address{}, 53, false, true);
    ASSERT_TRUE(on2 && dual);
    EXPECT_EQ(find(theirs, 9, ours, 53, 2), on2);
    EXPECT_EQ(find(theirs, 9, ours, 53, 3), dual);
    EXPECT_EQ(find(theirs6, 9, ours6, 53, 3), dual);
    auto* v4 = bind(ip_address::v4_any(), 53, false, true);
    EXPECT_EQ(find(theirs, 9, ours, 53, 3), v4) << "the packet's own family comes first";
}

TEST_F(udp_demultiplexer, a_datagram_to_many_reaches_all) {
    const ip_address group = ip_address::v4(0xe0000105);
    bind(ip_address::v4_any(), 53, false, true);
    bind(group, 53, false, true);
    bind(ours, 53, false, true);
    auto* b = bind(ip_address{}, 53, false, true);
    connect(b, ip_address::v4_any(), also_ours, 9);
    int n = 0;
    table.for_each_member({theirs, group, 9, 53, 2, 0}, [&](const udp_binding&) { ++n; });
    EXPECT_EQ(n, 2);
}

}  // namespace
