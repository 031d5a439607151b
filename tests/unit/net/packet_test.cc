// SPDX-License-Identifier: BSD-3-Clause
#include <gtest/gtest.h>

#include <cstring>
#include <net/checksum.hh>
#include <net/packet.hh>
#include <string>

#include "shim/frames.hh"

using namespace osprey;
using net::packet;
using net::packet_ptr;

namespace {

std::string contents(const packet& p) {
    std::string text(p.bytes(), '?');
    EXPECT_TRUE(p.copy_out(0, text.data(), text.size()));
    return text;
}

net::fragment fragment_of(std::string_view text, u32 offset = 100) {
    auto f = memory::allocate_frames();
    std::memcpy(static_cast<char*>(memory::data_of(*f)) + offset, text.data(), text.size());
    return {*f, offset, static_cast<u32>(text.size())};
}

class packets : public testing::Test {
protected:
    long before_ = test::frames_in_use();
    void TearDown() override { EXPECT_EQ(test::frames_in_use(), before_) << "frames leaked"; }
};

TEST_F(packets, grows_at_both_ends) {
    packet_ptr p = packet::make();
    p->append("payload", 7);
    std::memcpy(p->push(4), "head", 4);
    EXPECT_EQ(contents(*p), "headpayload");
    EXPECT_EQ(p->headroom(), packet::header_room - 4);
    p->pull(6);
    EXPECT_EQ(contents(*p), "yload");
    EXPECT_EQ(p->network_header, 6);
}

TEST_F(packets, fragments_follow_the_contiguous_part) {
    packet_ptr p = packet::make();
    p->append("ab", 2);
    ASSERT_TRUE(p->append(fragment_of("cdef")));
    ASSERT_TRUE(p->append(fragment_of("ghi")));
    EXPECT_EQ(p->bytes(), 9u);
    EXPECT_EQ(contents(*p), "abcdefghi");
    EXPECT_EQ(p->tailroom(), 0u);
    char middle[4];
    ASSERT_TRUE(p->copy_out(3, middle, 4));
    EXPECT_EQ(std::string(middle, 4), "defg");
    EXPECT_FALSE(p->copy_out(6, middle, 4));
}

TEST_F(packets, neighbouring_fragments_merge) {
    packet_ptr p = packet::make();
    net::fragment f = fragment_of("abcdef");
    memory::hold_frame(f.frame);
    ASSERT_TRUE(p->append(net::fragment{f.frame, f.offset, 2}));
    ASSERT_TRUE(p->append(net::fragment{f.frame, f.offset + 2, 4}));
    EXPECT_EQ(p->fragments().size(), 1u);
    EXPECT_EQ(contents(*p), "abcdef");
}

TEST_F(packets, refuses_more_fragments_than_fit) {
    packet_ptr p = packet::make();
    for (usize i = 0; i < packet::most_fragments; ++i)
        ASSERT_TRUE(p->append(fragment_of("x")));
    net::fragment last = fragment_of("y");
    EXPECT_FALSE(p->append(last));
    memory::release_frame(last.frame);
}

TEST_F(packets, pull_and_truncate_reach_into_fragments) {
    packet_ptr p = packet::make();
    p->append("ab", 2);
    ASSERT_TRUE(p->append(fragment_of("cdef")));
    ASSERT_TRUE(p->append(fragment_of("ghi")));
    p->pull(3);
    EXPECT_EQ(contents(*p), "defghi");
    p->truncate(5);
    EXPECT_EQ(contents(*p), "defgh");
    p->truncate(3);
    EXPECT_EQ(contents(*p), "def");
    EXPECT_EQ(p->fragments().size(), 1u);
    p->pull(3);
    EXPECT_EQ(p->bytes(), 0u);
}

TEST_F(packets, pull_up_makes_headers_contiguous) {
    packet_ptr p = packet::make();
    p->append("ab", 2);
    ASSERT_TRUE(p->append(fragment_of("cdef")));
    ASSERT_TRUE(p->pull_up(4));
    EXPECT_EQ(std::string(reinterpret_cast<char*>(p->data()), 4), "abcd");
    EXPECT_EQ(contents(*p), "abcdef");
    EXPECT_FALSE(p->pull_up(7));
}

TEST_F(packets, received_ones_lie_in_the_devices_frame) {
    net::fragment f = fragment_of("ethernet-and-more");
    packet_ptr p = packet::over(f.frame, f.offset, f.bytes, 12);
    ASSERT_TRUE(p->append(fragment_of("second")));
    EXPECT_EQ(p->headroom(), 12u);
    p->pull(9);
    ASSERT_TRUE(p->pull_up(12));
    EXPECT_EQ(contents(*p), "and-moresecond");
}

TEST_F(packets, clones_share_and_outlive) {
    net::fragment f = fragment_of("received");
    packet_ptr p = packet::over(f.frame, f.offset, f.bytes, 0);
    ASSERT_TRUE(p->append(fragment_of("-rest")));
    packet_ptr q = p->clone();
    p.reset();
    EXPECT_EQ(contents(*q), "received-rest");
}

TEST_F(packets, checksum_does_not_depend_on_where_fragments_end) {
    const std::string text = "The quick brown fox jumps over the lazy dog, twice or so.";
    net::checksum whole;
    whole.add(text.data(), text.size());
    for (usize cut = 1; cut < text.size() - 1; ++cut) {
        packet_ptr p = packet::make();
        p->append(text.data(), cut);
        ASSERT_TRUE(p->append(fragment_of(std::string_view{text}.substr(cut, 1))));
        ASSERT_TRUE(p->append(fragment_of(std::string_view{text}.substr(cut + 1))));
        net::checksum sum;
        p->add_checksum(sum, 0, text.size());
        EXPECT_EQ(sum.folded(), whole.folded()) << cut;
    }
}

TEST(checksums, known_values) {
    // The example of RFC 1071 §3.
    const u8 bytes[] = {0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7};
    net::checksum sum;
    sum.add(bytes, sizeof bytes);
    EXPECT_EQ(big_endian(sum.folded()), 0xddf2);
    // Long sums of all ones must carry right.
    std::string ones(65535, '\xff');
    net::checksum long_sum;
    long_sum.add(ones.data(), 65534);
    EXPECT_EQ(long_sum.folded(), 0xffff);
}

TEST(checksums, update_of_one_word) {
    u16 words[4] = {0x1234, 0, 0xabcd, 0x0102};
    net::checksum sum;
    sum.add(words, sizeof words);
    words[1] = sum.field();
    words[1] = net::updated_checksum(words[1], words[2], 0x7777);
    words[2] = 0x7777;
    net::checksum again;
    again.add(words, sizeof words);
    EXPECT_TRUE(again.correct());
}

TEST(addresses, mapped_form) {
    const auto a = net::ip_address::v4(0x7f000001);
    EXPECT_TRUE(a.is_v4());
    EXPECT_TRUE(a.is_loopback());
    EXPECT_EQ(a.v4(), 0x7f000001u);
    EXPECT_TRUE(a.same_prefix(net::ip_address::v4(0x7f123456), 8));
    EXPECT_FALSE(a.same_prefix(net::ip_address::v4(0x7f123456), 16));
    EXPECT_FALSE(net::ip_address{}.is_v4());
    EXPECT_TRUE(net::ip_address{}.is_any());
    EXPECT_TRUE(net::ip_address::v4_any().is_any());
    EXPECT_TRUE(net::ip_address::v6(0xfe80ull << 48, 1).is_link_local());
    EXPECT_TRUE(net::ip_address::v6_loopback().is_loopback());
}

}  // namespace
