// SPDX-License-Identifier: BSD-3-Clause
// The DHCPv4 client against a server that the test plays, under a clock that the test moves.
#include <gtest/gtest.h>

#include <base/endian.hh>
#include <net/dhcp/client4.hh>
#include <string>
#include <vector>

using namespace osprey;
using namespace osprey::net;

namespace {

constexpr mac_address mac{{0x52, 0x54, 0, 0x12, 0x34, 0x56}};
constexpr u32 server = 0x0a000202, address = 0x0a00020f, router = 0x0a000201;

struct option {
    u8 code;
    std::vector<u8> value;
};
std::vector<u8> number(u32 n) {
    return {static_cast<u8>(n >> 24), static_cast<u8>(n >> 16), static_cast<u8>(n >> 8),
            static_cast<u8>(n)};
}

/// A server's message.
std::vector<u8> message(dhcp4_type type, u32 transaction, u32 yours,
                        std::vector<option> options = {}) {
    std::vector<u8> m(240);
    m[0] = 2;
    store_big(&m[4], transaction);
    store_big(&m[16], yours);
    std::memcpy(&m[28], mac.bytes, 6);
    store_big<u32>(&m[236], 0x63825363);
    options.insert(options.begin(), {dhcp4_message_type, {static_cast<u8>(type)}});
    for (const option& o : options) {
        m.push_back(o.code);
        m.push_back(static_cast<u8>(o.value.size()));
        m.insert(m.end(), o.value.begin(), o.value.end());
    }
    m.push_back(dhcp4_end);
    return m;
}

/// What a client's message holds.
struct sent {
    dhcp4_type type;
    u32 transaction, ciaddr, source, destination;
    std::vector<u8> raw;
    [[nodiscard]] std::vector<u8> find(u8 code) const {
        for (usize at = 240; at + 1 < raw.size() && raw[at] != dhcp4_end;) {
            if (raw[at] == 0) {
                ++at;
                continue;
            }
            if (raw[at] == code)
                return {raw.begin() + static_cast<long>(at) + 2,
                        raw.begin() + static_cast<long>(at) + 2 + raw[at + 1]};
            at += 2u + raw[at + 1];
        }
        return {};
    }
};

class world final : public dhcp4_host {
public:
    void send(std::span<const u8> m, u32 source, u32 destination) noexcept override {
        sent s{};
        s.raw.assign(m.begin(), m.end());
        s.transaction = load_big<u32>(&m[4]);
        s.ciaddr = load_big<u32>(&m[12]);
        s.source = source;
        s.destination = destination;
        s.type = static_cast<dhcp4_type>(s.find(dhcp4_message_type).at(0));
        log.push_back(s);
    }
    void configure(const dhcp4_lease& l, bool is_new) noexcept override {
        lease = l;
        ++configured;
        was_new = is_new;
    }
    void withdraw(const dhcp4_lease&, std::string_view why) noexcept override { withdrawn = why; }
    u32 random() noexcept override { return state_ = state_ * 1664525 + 1013904223; }
    std::string_view host_name() noexcept override { return "osprey"; }

    std::vector<sent> log;
    dhcp4_lease lease{};
    int configured = 0;
    bool was_new = false;
    std::string withdrawn;

private:
    u32 state_ = 7;
};

class dhcp4 : public testing::Test {
protected:
    world w;
    dhcp4_client c{w, mac};
    instant now{1'000'000'000};

    void pass(i64 seconds) {
        now = now + duration::seconds(seconds);
        c.tick(now);
    }
    void answer(dhcp4_type type, std::vector<option> more = {}, u32 yours = address) {
        more.push_back({dhcp4_server_id, number(server)});
        c.received(message(type, w.log.back().transaction, yours, more), now);
    }
    void get_lease(u32 seconds = 3600) {
        c.start(now);
        answer(dhcp4_type::offer);
        answer(dhcp4_type::ack, {{dhcp4_lease_time, number(seconds)},
                                 {dhcp4_subnet_mask, number(0xffffff00)},
                                 {dhcp4_router, number(router)}});
    }
};

TEST_F(dhcp4, takes_an_offer) {
    c.start(now);
    ASSERT_EQ(w.log.size(), 1u);
    EXPECT_EQ(w.log[0].type, dhcp4_type::discover);
    EXPECT_EQ(w.log[0].destination, ~0u);
    const auto name = w.log[0].find(dhcp4_host_name);
    EXPECT_EQ(std::string(name.begin(), name.end()), "osprey");
    const auto wanted = w.log[0].find(dhcp4_parameter_list);
    EXPECT_LT(std::find(wanted.begin(), wanted.end(), dhcp4_classless_routes),
              std::find(wanted.begin(), wanted.end(), dhcp4_router));
    EXPECT_GE(w.log[0].raw.size(), 300u);
    answer(dhcp4_type::offer);
    ASSERT_EQ(w.log.size(), 2u);
    EXPECT_EQ(w.log[1].type, dhcp4_type::request);
    EXPECT_EQ(w.log[1].find(dhcp4_requested_address), number(address));
    EXPECT_EQ(w.log[1].find(dhcp4_server_id), number(server));
    answer(dhcp4_type::ack, {{dhcp4_lease_time, number(3600)},
                             {dhcp4_subnet_mask, number(0xffffff00)},
                             {dhcp4_mtu, {5, 0xdc}},
                             {dhcp4_domain_name, {'l', 'a', 'n', 0}},
                             {dhcp4_name_server, number(server)}});
    EXPECT_TRUE(c.has_lease());
    EXPECT_TRUE(w.was_new);
    EXPECT_EQ(w.lease.offer.address, address);
    EXPECT_EQ(w.lease.prefix(), 24);
    EXPECT_EQ(w.lease.offer.broadcast, 0x0a0002ffu);
    EXPECT_EQ(w.lease.offer.mtu, 1500);
    EXPECT_EQ(w.lease.offer.domain.view(), "lan");
    EXPECT_EQ(c.deadline(), now + duration::seconds(1800));
}

TEST_F(dhcp4, rapid_commit_needs_two_messages) {
    c.start(now);
    answer(dhcp4_type::ack, {{dhcp4_lease_time, number(60)}});
    EXPECT_FALSE(c.has_lease()) << "without option 80 an early acknowledgement means nothing";
    answer(dhcp4_type::ack, {{dhcp4_lease_time, number(60)}, {dhcp4_rapid_commit, {}}});
    EXPECT_TRUE(c.has_lease());
    EXPECT_EQ(w.log.size(), 1u);
}

TEST_F(dhcp4, asks_again_ever_more_seldom) {
    c.start(now);
    i64 last = 0;
    for (int i = 0; i < 6; ++i) {
        const i64 wait = (c.deadline() - now).ns;
        EXPECT_GT(wait, last);
        last = wait;
        now = c.deadline();
        c.tick(now);
        EXPECT_EQ(w.log.back().type, dhcp4_type::discover);
        EXPECT_EQ(w.log.back().transaction, w.log.front().transaction);
    }
    for (int i = 0; i < 10; ++i) {
        now = c.deadline();
        c.tick(now);
    }
    EXPECT_LE((c.deadline() - now).ns, 80'000'000'000);
}

TEST_F(dhcp4, gives_an_offer_up_that_is_never_acknowledged) {
    c.start(now);
    answer(dhcp4_type::offer);
    for (int i = 0; i < 5; ++i) {
        EXPECT_EQ(w.log.back().type, dhcp4_type::request);
        now = c.deadline();
        c.tick(now);
    }
    EXPECT_EQ(w.log.back().type, dhcp4_type::discover);
}

TEST_F(dhcp4, begins_anew_when_refused) {
    c.start(now);
    answer(dhcp4_type::offer);
    answer(dhcp4_type::nak, {}, 0);
    EXPECT_EQ(w.log.back().type, dhcp4_type::discover);
    EXPECT_EQ(w.configured, 0);
}

TEST_F(dhcp4, renews_by_unicast_then_by_broadcast_then_expires) {
    get_lease(3600);
    pass(1800);
    EXPECT_EQ(w.log.back().type, dhcp4_type::request);
    EXPECT_EQ(w.log.back().ciaddr, address);
    EXPECT_EQ(w.log.back().destination, server);
    EXPECT_TRUE(w.log.back().find(dhcp4_requested_address).empty());
    EXPECT_TRUE(w.log.back().find(dhcp4_server_id).empty());
    pass(1350);  // T2 is 7/8
    EXPECT_EQ(w.log.back().destination, ~0u);
    EXPECT_EQ(c.now_in(), dhcp4_client::state::rebinding);
    pass(450);
    EXPECT_FALSE(c.has_lease());
    EXPECT_EQ(w.withdrawn, "it expired");
    EXPECT_EQ(w.log.back().type, dhcp4_type::discover);
}

TEST_F(dhcp4, a_renewed_lease_counts_from_the_request) {
    get_lease(3600);
    pass(1800);
    const instant asked = now;
    now = now + duration::seconds(3);
    answer(dhcp4_type::ack, {{dhcp4_lease_time, number(3600)}});
    EXPECT_FALSE(w.was_new);
    EXPECT_EQ(w.lease.expires_at, asked + duration::seconds(3600));
    EXPECT_TRUE(w.withdrawn.empty());
}

TEST_F(dhcp4, loses_the_lease_when_the_server_refuses_to_renew) {
    get_lease();
    pass(1800);
    answer(dhcp4_type::nak, {}, 0);
    EXPECT_EQ(w.withdrawn, "the server refused it");
    EXPECT_EQ(w.log.back().type, dhcp4_type::discover);
}

TEST_F(dhcp4, declines_what_another_machine_has_and_waits) {
    get_lease();
    c.conflict(now);
    EXPECT_EQ(w.log.back().type, dhcp4_type::decline);
    EXPECT_EQ(w.log.back().ciaddr, 0u);
    EXPECT_EQ(w.log.back().find(dhcp4_requested_address), number(address));
    EXPECT_EQ(w.withdrawn, "another machine has it");
    const usize before = w.log.size();
    pass(9);
    EXPECT_EQ(w.log.size(), before);
    pass(2);
    EXPECT_EQ(w.log.back().type, dhcp4_type::discover);
}

TEST_F(dhcp4, an_infinite_lease_is_never_renewed) {
    get_lease(~0u);
    EXPECT_EQ(c.deadline(), instant::never());
}

TEST_F(dhcp4, ignores_what_is_not_meant_for_it) {
    c.start(now);
    const u32 id = w.log.back().transaction;
    c.received(message(dhcp4_type::offer, id + 1, address, {{dhcp4_server_id, number(server)}}),
               now);
    auto other = message(dhcp4_type::offer, id, address, {{dhcp4_server_id, number(server)}});
    other[28] ^= 1;
    c.received(other, now);
    other[28] ^= 1;
    other[0] = 1;
    c.received(other, now);
    c.received({other.data(), 100}, now);
    EXPECT_EQ(w.log.size(), 1u);
}

TEST(dhcp4_reply, classless_routes_replace_the_router) {
    dhcp4_reply r;
    const auto m =
        message(dhcp4_type::ack, 5, address,
                {{dhcp4_router, number(router)},
                 {dhcp4_classless_routes, {0, 10, 0, 2, 9, 17, 192, 168, 129, 0, 0, 0, 0}}});
    ASSERT_TRUE(parse_dhcp4_reply(m, 5, mac, r));
    ASSERT_EQ(r.routes.size(), 2u);
    EXPECT_EQ(r.routes[0].prefix, 0);
    EXPECT_EQ(r.routes[0].gateway, 0x0a000209u);
    EXPECT_EQ(r.routes[1].destination, 0xc0a88000u) << "bits behind the prefix do not count";
    EXPECT_EQ(r.routes[1].gateway, 0u);
}

TEST(dhcp4_reply, malformed_classless_routes_leave_the_router) {
    dhcp4_reply r;
    const auto m = message(dhcp4_type::ack, 5, address,
                           {{dhcp4_classless_routes, {33, 1, 2, 3, 4, 5, 6, 7, 8, 9}},
                            {dhcp4_router, number(router)}});
    ASSERT_TRUE(parse_dhcp4_reply(m, 5, mac, r));
    ASSERT_EQ(r.routes.size(), 1u);
    EXPECT_EQ(r.routes[0].gateway, router);
}

TEST(dhcp4_reply, options_continue_in_file_and_server_name) {
    auto m = message(dhcp4_type::ack, 5, address, {{dhcp4_overload, {3}}});
    const u8 file[] = {dhcp4_name_server, 4, 1, 1, 1, 1, dhcp4_end};
    const u8 name[] = {dhcp4_name_server, 4, 2, 2, 2, 2, dhcp4_end};
    std::memcpy(&m[108], file, sizeof file);
    std::memcpy(&m[44], name, sizeof name);
    dhcp4_reply r;
    ASSERT_TRUE(parse_dhcp4_reply(m, 5, mac, r));
    ASSERT_EQ(r.name_servers.size(), 2u) << "split options are put together (RFC 3396)";
    EXPECT_EQ(r.name_servers[0], 0x01010101u);
    EXPECT_EQ(r.name_servers[1], 0x02020202u);
}

TEST(dhcp4_reply, refuses_names_that_would_write_lines_into_resolv_conf) {
    dhcp4_reply r;
    const std::string evil = "lan\nnameserver 6.6.6.6";
    const auto m =
        message(dhcp4_type::ack, 5, address, {{dhcp4_domain_name, {evil.begin(), evil.end()}}});
    ASSERT_TRUE(parse_dhcp4_reply(m, 5, mac, r));
    EXPECT_TRUE(r.domain.empty());
}

}  // namespace
