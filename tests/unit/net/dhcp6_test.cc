// SPDX-License-Identifier: BSD-3-Clause
// The DHCPv6 client against a server that the test plays.
#include <gtest/gtest.h>

#include <base/endian.hh>
#include <net/dhcp/client6.hh>
#include <string>
#include <vector>

using namespace osprey;
using namespace osprey::net;

namespace {

constexpr mac_address mac{{0x52, 0x54, 0, 0x12, 0x34, 0x56}};
constexpr ip_address lease = ip_address::v6(0x2001'0db8ull << 32, 0x100);
constexpr u32 association = 0x00123456;

void put(std::vector<u8>& to, u16 code, std::vector<u8> value) {
    to.insert(to.end(), {static_cast<u8>(code >> 8), static_cast<u8>(code),
                         static_cast<u8>(value.size() >> 8), static_cast<u8>(value.size())});
    to.insert(to.end(), value.begin(), value.end());
}
void put32(std::vector<u8>& to, u32 n) {
    for (int shift = 24; shift >= 0; shift -= 8)
        to.push_back(static_cast<u8>(n >> shift));
}
std::vector<u8> ia(u32 preferred, u32 valid, u32 t1 = 0, u32 t2 = 0) {
    std::vector<u8> v, a(16);
    put32(v, association);
    put32(v, t1);
    put32(v, t2);
    lease.store_v6(a.data());
    put32(a, preferred);
    put32(a, valid);
    put(v, 5, a);
    return v;
}

class world final : public dhcp6_host {
public:
    void send(std::span<const u8> m) noexcept override { log.emplace_back(m.begin(), m.end()); }
    void add_address(const dhcp6_address& a, instant, instant valid) noexcept override {
        address = a.address;
        until = valid;
        ++added;
    }
    void remove_address(const ip_address&, std::string_view why) noexcept override {
        removed = why;
    }
    void names_changed(const dhcp6_reply& r) noexcept override { names = r; }
    u32 random() noexcept override { return state_ = state_ * 1664525 + 1013904223; }

    std::vector<std::vector<u8>> log;
    ip_address address;
    instant until;
    int added = 0;
    std::string removed;
    dhcp6_reply names;

private:
    u32 state_ = 9;
};

class dhcp6 : public testing::Test {
protected:
    world w;
    dhcp6_client c{w, mac};
    instant now{1'000'000'000};

    [[nodiscard]] dhcp6_type last() const { return static_cast<dhcp6_type>(w.log.back()[0]); }
    void answer(dhcp6_type type, std::vector<u8> options) {
        std::vector<u8> m{static_cast<u8>(type), w.log.back()[1], w.log.back()[2], w.log.back()[3]};
        const dhcp6_identifier id = dhcp6_identifier_of(mac);
        put(m, 1, {id.bytes().begin(), id.bytes().end()});
        put(m, 2, {0, 3, 0, 1, 9, 9, 9, 9, 9, 9});
        m.insert(m.end(), options.begin(), options.end());
        c.received(m, now);
    }
    void answer_ia(dhcp6_type type, std::vector<u8> value) {
        std::vector<u8> o;
        put(o, 3, std::move(value));
        answer(type, o);
    }
    void pass(i64 seconds) {
        now = now + duration::seconds(seconds);
        c.tick(now);
    }
};

TEST_F(dhcp6, gets_an_address_in_four_messages) {
    c.want(true, false, now);
    EXPECT_EQ(last(), dhcp6_type::solicit);
    answer_ia(dhcp6_type::advertise, ia(100, 200));
    EXPECT_EQ(last(), dhcp6_type::request);
    answer_ia(dhcp6_type::reply, ia(100, 200));
    EXPECT_EQ(c.now_in(), dhcp6_client::state::bound);
    EXPECT_EQ(w.address, lease);
    EXPECT_EQ(w.until, now + duration::seconds(200));
    EXPECT_EQ(c.deadline(), now + duration::seconds(50));
}

TEST_F(dhcp6, gets_an_address_in_two_messages) {
    c.want(true, false, now);
    std::vector<u8> o;
    put(o, 14, {});
    put(o, 3, ia(100, 200));
    answer(dhcp6_type::reply, o);
    EXPECT_EQ(c.now_in(), dhcp6_client::state::bound);
}

TEST_F(dhcp6, renews_rebinds_and_expires) {
    c.want(true, false, now);
    answer_ia(dhcp6_type::advertise, ia(1000, 2000));
    answer_ia(dhcp6_type::reply, ia(1000, 2000, 500, 800));
    pass(500);
    EXPECT_EQ(last(), dhcp6_type::renew);
    answer_ia(dhcp6_type::reply, ia(1000, 2000, 500, 800));
    EXPECT_EQ(w.added, 2);
    pass(500);
    EXPECT_EQ(last(), dhcp6_type::renew);
    pass(300);
    EXPECT_EQ(last(), dhcp6_type::rebind);
    pass(1300);
    EXPECT_EQ(w.removed, "it expired");
    EXPECT_EQ(last(), dhcp6_type::solicit);
}

TEST_F(dhcp6, asks_for_the_same_again_when_the_server_forgot) {
    c.want(true, false, now);
    answer_ia(dhcp6_type::advertise, ia(1000, 2000));
    answer_ia(dhcp6_type::reply, ia(1000, 2000, 500, 800));
    pass(500);
    std::vector<u8> v;
    put32(v, association);
    put32(v, 0);
    put32(v, 0);
    put(v, 13, {0, 3});
    answer_ia(dhcp6_type::reply, v);
    EXPECT_EQ(last(), dhcp6_type::request);
}

TEST_F(dhcp6, declines_a_duplicate) {
    c.want(true, false, now);
    answer_ia(dhcp6_type::advertise, ia(1000, 2000));
    answer_ia(dhcp6_type::reply, ia(1000, 2000));
    c.duplicate(lease, now);
    EXPECT_EQ(last(), dhcp6_type::decline);
    answer(dhcp6_type::reply, {});
    EXPECT_EQ(last(), dhcp6_type::solicit);
}

TEST_F(dhcp6, asks_for_information_only) {
    c.want(false, true, now);
    EXPECT_EQ(last(), dhcp6_type::information_request);
    std::vector<u8> o, server(16);
    lease.store_v6(server.data());
    put(o, 23, server);
    put(o, 24, {3, 'l', 'a', 'n', 0, 7, 'e', 'x', 'a', 'm', 'p', 'l', 'e', 3, 'o', 'r', 'g', 0});
    put(o, 32, {0, 0, 14, 16});
    answer(dhcp6_type::reply, o);
    EXPECT_EQ(w.names.name_servers.size(), 1u);
    ASSERT_EQ(w.names.search.size(), 2u);
    EXPECT_EQ(w.names.search[1].view(), "example.org");
    EXPECT_EQ(c.deadline(), now + duration::seconds(3600));
    c.want(false, true, now);
    EXPECT_EQ(w.log.size(), 1u) << "each advertisement asks, but once is enough";
}

TEST_F(dhcp6, ignores_other_peoples_answers) {
    c.want(true, false, now);
    auto before = w.log.back();
    w.log.back()[3] ^= 1;
    answer_ia(dhcp6_type::advertise, ia(100, 200));
    EXPECT_EQ(w.log.size(), 1u);
    w.log.back() = before;
    answer_ia(dhcp6_type::advertise, ia(300, 200));  // preferred is longer than valid
    EXPECT_EQ(w.log.size(), 1u);
    answer_ia(dhcp6_type::advertise, ia(100, 200, 90, 80));  // T1 behind T2
    EXPECT_EQ(w.log.size(), 1u);
}

}  // namespace
