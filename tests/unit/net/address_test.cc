// SPDX-License-Identifier: BSD-3-Clause
#include <arpa/inet.h>
#include <gtest/gtest.h>

#include <net/address.hh>
#include <random>
#include <string>

using namespace osprey::net;

namespace {

std::string round_trip(std::string_view text) {
    ip_address a;
    return parse_address(text, a) ? std::string{to_text(a).view()} : "refused";
}

TEST(address_text, canonical_forms) {
    EXPECT_EQ(round_trip("127.0.0.1"), "127.0.0.1");
    EXPECT_EQ(round_trip("::ffff:1.2.3.4"), "1.2.3.4");
    EXPECT_EQ(round_trip("::"), "::");
    EXPECT_EQ(round_trip("::1"), "::1");
    EXPECT_EQ(round_trip("1::"), "1::");
    EXPECT_EQ(round_trip("2001:db8::1"), "2001:db8::1");
    EXPECT_EQ(round_trip("2001:0DB8:0:0:1:0:0:1"), "2001:db8::1:0:0:1");
    EXPECT_EQ(round_trip("2001:db8:0:1:1:1:1:1"), "2001:db8:0:1:1:1:1:1");
    EXPECT_EQ(round_trip("fe80::1:2"), "fe80::1:2");
    EXPECT_EQ(round_trip("1:2:3:4:5:6:7:8"), "1:2:3:4:5:6:7:8");
    EXPECT_EQ(round_trip("64:ff9b::192.0.2.33"), "64:ff9b::c000:221");
}

TEST(address_text, refuses_what_is_no_address) {
    for (const char* text : {"",
                             "1",
                             "1.2.3",
                             "1.2.3.4.5",
                             "256.1.1.1",
                             "01.2.3.4",
                             "1.2.3.4 ",
                             ":",
                             ":::",
                             "1:2",
                             "::1::",
                             "1:2:3:4:5:6:7:8:9",
                             "12345::",
                             "g::",
                             "1:2:3:4:5:6:7:",
                             ":1:2:3:4:5:6:7",
                             "1:2:3:4:5:6:7:8::",
                             "::1.2.3",
                             "1:2:3:4:5:6:7:1.2.3.4",
                             "fe80::1%eth0"})
        EXPECT_EQ(round_trip(text), "refused") << text;
}

TEST(address_text, agrees_with_the_c_library) {
    std::mt19937_64 random{7};
    for (int i = 0; i < 20000; ++i) {
        unsigned char bytes[16];
        for (auto& b : bytes)
            b = random() % 3 ? 0 : static_cast<unsigned char>(random());
        const auto a = ip_address::from_v6(bytes);
        if (a.is_v4() || a.high() == 0)
            continue;  // the library writes some of those with dots
        char theirs[64];
        ASSERT_TRUE(inet_ntop(AF_INET6, bytes, theirs, sizeof theirs));
        EXPECT_EQ(std::string{to_text(a).view()}, theirs);
        ip_address back;
        ASSERT_TRUE(parse_address(theirs, back));
        EXPECT_EQ(back, a);
    }
}

TEST(address_text, link_addresses) {
    mac_address m;
    ASSERT_TRUE(parse_mac("52:54:00:aB:0c:ff", m));
    EXPECT_EQ(to_text(m).view(), "52:54:00:ab:0c:ff");
    EXPECT_FALSE(parse_mac("52:54:00:ab:0c", m));
    EXPECT_FALSE(parse_mac("52-54-00-ab-0c-ff", m));
}

TEST(addresses, networks) {
    EXPECT_EQ(ip_address::v4(0x0a0102ff).network(24), ip_address::v4(0x0a010200));
    EXPECT_EQ(ip_address::v4(0x0a0102ff).network(0), ip_address::v4_any());
    EXPECT_EQ(ip_address::v6(~0ull, ~0ull).network(65), ip_address::v6(~0ull, 1ull << 63));
    EXPECT_EQ(ip_address::v6(~0ull, ~0ull).network(10), ip_address::v6(0xffc0ull << 48, 0));
    EXPECT_EQ(ip_address::v6(~0ull, ~0ull).network(0), ip_address{});
}

}  // namespace
