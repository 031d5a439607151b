// SPDX-License-Identifier: BSD-3-Clause
// The engine of IGMP and MLD, and the parsers of their queries.
#include <gtest/gtest.h>

#include <net/multicast_report.hh>
#include <vector>

using namespace osprey;
using namespace osprey::net;

namespace {

constexpr ip_address group = ip_address::v4(0xef010203), other = ip_address::v4(0xef010204);

class world final : public group_host {
public:
    void send_report(std::span<const ip_address> groups,
                     std::span<const group_record> kinds) noexcept override {
        ++reports;
        for (usize i = 0; i < groups.size(); ++i)
            records.push_back({groups[i], kinds[i]});
    }
    void send_old_report(const ip_address& g, u8 version, bool leaving) noexcept override {
        old.push_back({g, version, leaving});
    }
    u32 random() noexcept override { return 512; }

    struct record {
        ip_address group;
        group_record kind;
    };
    struct old_report {
        ip_address group;
        u8 version;
        bool leaving;
    };
    int reports = 0;
    std::vector<record> records;
    std::vector<old_report> old;
};

class groups : public testing::Test {
protected:
    world w;
    group_reports g{w};
    instant now{1'000'000'000};
    void run_until(instant end) {
        while (g.deadline() <= end) {
            now = g.deadline() > now ? g.deadline() : now;
            g.tick(now);
        }
        now = end;
    }
    void pass(i64 seconds) { run_until(now + duration::seconds(seconds)); }
};

TEST_F(groups, the_first_member_and_the_last_are_told_twice) {
    EXPECT_TRUE(*g.join(group, now));
    EXPECT_FALSE(*g.join(group, now));
    pass(5);
    ASSERT_EQ(w.records.size(), 2u);
    EXPECT_EQ(w.records[0].kind, group_record::to_exclude);
    EXPECT_FALSE(*g.leave(group, now));
    EXPECT_TRUE(g.joined(group));
    EXPECT_TRUE(*g.leave(group, now));
    EXPECT_FALSE(g.joined(group));
    pass(5);
    ASSERT_EQ(w.records.size(), 4u);
    EXPECT_EQ(w.records[3].kind, group_record::to_include);
    EXPECT_EQ(g.leave(group, now).error(), errc::address_not_available);
    EXPECT_EQ(g.deadline(), instant::never());
}

TEST_F(groups, a_general_query_is_answered_within_its_time) {
    (void)g.join(group, now);
    (void)g.join(other, now);
    pass(5);
    w.records.clear();
    w.reports = 0;
    g.received({ip_address::v4_any(), 3, duration::seconds(10)}, now);
    EXPECT_GT(g.deadline(), now);
    pass(10);
    ASSERT_EQ(w.records.size(), 2u);
    EXPECT_EQ(w.records[0].kind, group_record::is_exclude);
    EXPECT_EQ(w.reports, 1) << "what is due together goes together";
}

TEST_F(groups, a_query_for_one_group_is_answered_for_it) {
    (void)g.join(group, now);
    (void)g.join(other, now);
    pass(5);
    w.records.clear();
    g.received({other, 3, duration::seconds(1)}, now);
    pass(2);
    ASSERT_EQ(w.records.size(), 1u);
    EXPECT_EQ(w.records[0].group, other);
}

TEST_F(groups, speaks_the_version_of_the_querier_for_a_while) {
    (void)g.join(group, now);
    pass(5);
    g.received({ip_address::v4_any(), 2, duration::seconds(1)}, now);
    pass(2);
    ASSERT_EQ(w.old.size(), 1u);
    EXPECT_EQ(w.old[0].version, 2);
    (void)g.leave(group, now);
    pass(2);
    EXPECT_TRUE(w.old.back().leaving);
    pass(300);
    w.records.clear();
    (void)g.join(group, now);
    pass(2);
    EXPECT_EQ(w.records.size(), 2u);
}

TEST_F(groups, another_members_report_saves_ours) {
    (void)g.join(group, now);
    pass(5);
    g.received({group, 2, duration::seconds(5)}, now);
    g.heard_report(group);
    pass(10);
    EXPECT_TRUE(w.old.empty());
}

TEST_F(groups, all_hosts_is_never_told) {
    EXPECT_TRUE(*g.join(ip_address::v4(0xe0000001), now));
    EXPECT_TRUE(*g.join(ip_address::v6(0xff01ull << 48, 5), now));
    pass(10);
    EXPECT_EQ(w.reports, 0);
}

}  // namespace
