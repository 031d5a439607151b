// SPDX-License-Identifier: BSD-3-Clause
#include <gtest/gtest.h>
#include <net/netlink/message.hh>

namespace osprey::net {
namespace {

TEST(netlink_message, what_is_written_is_read_again) {
    netlink_writer out;
    out.begin(16, netlink_multi, 7, 42);
    out.fixed(u32{5});
    out.text(3, "lo");
    out.attribute(4, u32{65536});
    const usize nest = out.begin_nest(8);
    out.attribute(2, u32{1500});
    out.end_nest(nest);
    out.attribute(16, u8{6});
    out.end();
    ASSERT_FALSE(out.failed());
    EXPECT_EQ(out.size() % 4, 0u);

    int messages = 0;
    for_each_netlink_message(out.bytes().span(), [&](netlink_request_view& r) {
        ++messages;
        EXPECT_EQ(r.header.type, 16);
        EXPECT_EQ(r.header.sequence, 7u);
        EXPECT_EQ(r.header.length, out.size());
        EXPECT_EQ(r.fixed<u32>(), 5u);
        const netlink_attributes<20> a{r.behind(4)};
        EXPECT_FALSE(a.malformed());
        EXPECT_EQ(a.text(3), "lo");
        EXPECT_EQ(a.get<u32>(4), 65536u);
        EXPECT_EQ(a.get<u8>(16), 6);
        const netlink_attributes<2> inner{a[8]};
        EXPECT_EQ(inner.get<u32>(2), 1500u);
        EXPECT_FALSE(a.has(5));
    });
    EXPECT_EQ(messages, 1);
}

TEST(netlink_message, stops_at_lengths_that_cannot_be) {
    for (u32 length : {0u, 15u, 17u, ~0u}) {
        netlink_header h{length, 16, 1, 1, 0};
        int messages = 0;
        for_each_netlink_message({reinterpret_cast<u8*>(&h), sizeof h},
                                 [&](netlink_request_view&) { ++messages; });
        EXPECT_EQ(messages, 0) << length;
    }
}

TEST(netlink_message, attributes_end_at_the_first_malformed_one) {
    u8 bytes[16] = {8, 0, 1, 0, 1, 2, 3, 4, 200, 0, 2, 0, 9, 9, 9, 9};
    const netlink_attributes<4> a{bytes};
    EXPECT_TRUE(a.malformed());
    EXPECT_TRUE(a.has(1));
    EXPECT_FALSE(a.has(2));
}

TEST(netlink_message, an_address_of_another_length_is_none) {
    u8 bytes[8] = {6, 0, 1, 0, 127, 0};
    const netlink_attributes<1> a{bytes};
    EXPECT_EQ(a.address(1, 2).error(), errc::invalid_argument);
    EXPECT_EQ(a.address(1, 10).error(), errc::invalid_argument);
}

}  // namespace
}  // namespace osprey::net
