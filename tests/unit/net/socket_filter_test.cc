// SPDX-License-Identifier: BSD-3-Clause
#include <gtest/gtest.h>
#include <initializer_list>
#include <net/socket_filter.hh>

namespace osprey::net {
namespace {

using program = std::initializer_list<filter_instruction>;

unique_ptr<socket_filter> make(program p) {
    auto made = socket_filter::create({p.begin(), p.size()});
    return made ? std::move(*made) : unique_ptr<socket_filter>{};
}

u32 run(program p, std::span<const u8> packet) {
    auto filter = make(p);
    EXPECT_TRUE(filter);
    filter_input in{.linear = packet, .bytes = static_cast<u32>(packet.size())};
    return filter->run(in);
}

constexpr u8 packet[] = {0x45, 0x00, 0x12, 0x34, 0xde, 0xad, 0xbe, 0xef};

TEST(socket_filter, returns_its_constant) {
    EXPECT_EQ(run({{0x06, 0, 0, 96}}, packet), 96u);
}

TEST(socket_filter, loads_words_halves_and_bytes_in_network_order) {
    EXPECT_EQ(run({{0x20, 0, 0, 4}, {0x16, 0, 0, 0}}, packet), 0xdeadbeefu);
    EXPECT_EQ(run({{0x28, 0, 0, 2}, {0x16, 0, 0, 0}}, packet), 0x1234u);
    EXPECT_EQ(run({{0x30, 0, 0, 7}, {0x16, 0, 0, 0}}, packet), 0xefu);
}

TEST(socket_filter, a_load_outside_ends_with_zero) {
    EXPECT_EQ(run({{0x20, 0, 0, 5}, {0x06, 0, 0, 1}}, packet), 0u);
    EXPECT_EQ(run({{0x20, 0, 0, 0x7fffffff}, {0x06, 0, 0, 1}}, packet), 0u);
    EXPECT_EQ(run({{0x01, 0, 0, 0xffffffff}, {0x50, 0, 0, 2}, {0x06, 0, 0, 1}}, packet), 1u);
}

TEST(socket_filter, finds_the_length_of_an_ip_header) {
    EXPECT_EQ(run({{0xb1, 0, 0, 0}, {0x87, 0, 0, 0}, {0x16, 0, 0, 0}}, packet), 20u);
}

TEST(socket_filter, jumps_by_what_it_compares) {
    program p = {{0x30, 0, 0, 0}, {0x15, 0, 1, 0x45}, {0x06, 0, 0, 7}, {0x06, 0, 0, 0}};
    EXPECT_EQ(run(p, packet), 7u);
    constexpr u8 other[] = {0x60};
    EXPECT_EQ(run(p, other), 0u);
}

TEST(socket_filter, division_by_a_register_of_zero_ends_with_zero) {
    EXPECT_EQ(run({{0x00, 0, 0, 8}, {0x01, 0, 0, 0}, {0x3c, 0, 0, 0}, {0x06, 0, 0, 5}}, packet),
              0u);
}

TEST(socket_filter, remembers_in_cells) {
    EXPECT_EQ(
        run({{0x00, 0, 0, 9}, {0x02, 0, 0, 3}, {0x00, 0, 0, 1}, {0x60, 0, 0, 3}, {0x16, 0, 0, 0}},
            packet),
        9u);
}

TEST(socket_filter, refuses_what_it_could_not_run) {
    EXPECT_FALSE(make({}));
    EXPECT_FALSE(make({{0x00, 0, 0, 1}}));                            // no return at the end
    EXPECT_FALSE(make({{0x05, 0, 0, 1}, {0x06, 0, 0, 0}}));           // jump behind the end
    EXPECT_FALSE(make({{0x15, 1, 0, 0}, {0x06, 0, 0, 0}}));           // the same, conditionally
    EXPECT_FALSE(make({{0x34, 0, 0, 0}, {0x06, 0, 0, 0}}));           // division by a constant zero
    EXPECT_FALSE(make({{0x64, 0, 0, 32}, {0x06, 0, 0, 0}}));          // shift by all bits
    EXPECT_FALSE(make({{0x02, 0, 0, 16}, {0x06, 0, 0, 0}}));          // cell 16 of 16
    EXPECT_FALSE(make({{0x60, 0, 0, 2}, {0x16, 0, 0, 0}}));           // cell that was not written
    EXPECT_FALSE(make({{0x20, 0, 0, 0xfffff001}, {0x16, 0, 0, 0}}));  // no such extension
    EXPECT_FALSE(make({{0xffff, 0, 0, 0}, {0x06, 0, 0, 0}}));
}

TEST(socket_filter, a_cell_must_be_written_on_every_way) {
    // One branch skips the store.
    EXPECT_FALSE(make({{0x15, 0, 1, 5}, {0x02, 0, 0, 0}, {0x60, 0, 0, 0}, {0x16, 0, 0, 0}}));
    EXPECT_TRUE(make(
        {{0x02, 0, 0, 0}, {0x15, 0, 1, 5}, {0x02, 0, 0, 0}, {0x60, 0, 0, 0}, {0x16, 0, 0, 0}}));
}

TEST(socket_filter, tells_what_linux_tells_at_negative_offsets) {
    auto filter = make({{0x28, 0, 0, 0xfffff000}, {0x16, 0, 0, 0}});
    ASSERT_TRUE(filter);
    filter_input in{.linear = packet, .bytes = sizeof packet, .ether_type = 0x86dd};
    EXPECT_EQ(filter->run(in), 0x86ddu);
}

}  // namespace
}  // namespace osprey::net
