// SPDX-License-Identifier: BSD-3-Clause
// Arrays of struct iovec (linux/iovec.hh); what is right is what readv(2) of Linux does with them.
#include "user_memory.hh"

#include <gtest/gtest.h>
#include <heap_control.hh>
#include <linux/iovec.hh>
#include <vector>

using namespace osprey;
using namespace osprey::abi;
using vfs::io_segment;

namespace {

constexpr u64 most_bytes = 0x7fff'ffff'ffff'ffff;  // SSIZE_MAX
constexpr virtual_address outside = 0xffff'8000'0000'0000;

errc error_of(result<void>&& r) {
    return r ? errc{} : r.error();
}

class iovec_test : public testing::Test {
protected:
    /// What loading these segments says.
    errc load(std::initializer_list<io_segment> list) {
        const std::vector<io_segment> segments{list};
        return error_of(
            vector.load(memory.put(segments.data(), segments.size() * 16), segments.size()));
    }
    test::user_memory memory;
    io_vector vector;
};

}  // namespace

TEST_F(iovec_test, nothing_is_a_vector_too) {
    EXPECT_EQ(load({}), errc{});
    EXPECT_EQ(vector.bytes(), 0u);
    EXPECT_TRUE(vector.segments().empty());
}

TEST_F(iovec_test, an_empty_vector_is_not_read) {
    EXPECT_EQ(error_of(vector.load(memory.end(), 0)), errc{});
}

TEST_F(iovec_test, segments_come_as_they_are) {
    ASSERT_EQ(load({{0x1000, 3}, {0x9000, 0}, {0x2000, 4}}), errc{});
    ASSERT_EQ(vector.segments().size(), 3u);
    EXPECT_EQ(vector.segments()[1].base, 0x9000u);
    EXPECT_EQ(vector.segments()[2].bytes, 4u);
    EXPECT_EQ(vector.bytes(), 7u);
}

TEST_F(iovec_test, many_go_to_the_heap) {
    std::vector<io_segment> segments(200, {0x1000, 2});
    ASSERT_EQ(error_of(vector.load(memory.put(segments.data(), 200 * 16), 200)), errc{});
    EXPECT_EQ(vector.segments().size(), 200u);
    EXPECT_EQ(vector.segments()[199].bytes, 2u);
    EXPECT_EQ(vector.bytes(), 400u);
}

TEST_F(iovec_test, iov_max_is_the_limit) {
    std::vector<io_segment> segments(1025, {0x1000, 1});
    const auto at = reinterpret_cast<virtual_address>(segments.data());
    EXPECT_EQ(error_of(vector.load(at, 1025)), errc::invalid_argument);
    EXPECT_EQ(error_of(io_vector{}.load(at, ~usize{0})), errc::invalid_argument);
    io_vector most;
    ASSERT_EQ(error_of(most.load(at, 1024)), errc{});
    EXPECT_EQ(most.bytes(), 1024u);
}

TEST_F(iovec_test, too_many_are_refused_before_they_are_read) {
    EXPECT_EQ(error_of(vector.load(memory.end(), 1025)), errc::invalid_argument);
}

TEST_F(iovec_test, an_array_that_ends_half_way_is_a_bad_address) {
    const io_segment segments[] = {{0x1000, 1}, {0x1000, 1}};
    const auto at = memory.put_last(segments, sizeof segments);
    EXPECT_EQ(error_of(io_vector{}.load(at, 2)), errc{});
    EXPECT_EQ(error_of(io_vector{}.load(at, 3)), errc::bad_address);
    EXPECT_EQ(error_of(io_vector{}.load(at + 8, 2)), errc::bad_address);
    EXPECT_EQ(error_of(io_vector{}.load(at, 100)), errc::bad_address);  // in the heap
}

TEST_F(iovec_test, an_array_outside_the_applications_half_is_a_bad_address) {
    EXPECT_EQ(error_of(io_vector{}.load(0, 1)), errc::bad_address);
    EXPECT_EQ(error_of(io_vector{}.load(outside, 1)), errc::bad_address);
    EXPECT_EQ(error_of(io_vector{}.load(~u64{0} - 7, 2)), errc::bad_address);  // wraps
    EXPECT_EQ(error_of(io_vector{}.load(arch::application_limit - 8, 1)), errc::bad_address);
}

TEST_F(iovec_test, lengths_are_positive_as_ssize_t) {
    EXPECT_EQ(load({{0x1000, 1}, {0x1000, most_bytes + 1}}), errc::invalid_argument);
    EXPECT_EQ(load({{0x1000, ~u64{0}}}), errc::invalid_argument);
}

TEST_F(iovec_test, a_stretch_must_lie_in_the_applications_half) {
    EXPECT_EQ(load({{outside, 1}}), errc::bad_address);
    EXPECT_EQ(load({{0x1000, most_bytes}}), errc::bad_address);
    EXPECT_EQ(load({{arch::application_limit - 4, 5}}), errc::bad_address);
    EXPECT_EQ(error_of(io_vector{}.load(memory.end(), 0)), errc{});
}

TEST_F(iovec_test, a_stretch_may_end_where_the_half_does) {
    EXPECT_EQ(load({{arch::application_limit - 4, 4}}), errc{});
}

TEST_F(iovec_test, a_wrong_length_counts_more_than_a_wrong_address) {
    EXPECT_EQ(load({{outside, 1}, {0x1000, ~u64{0}}}), errc::invalid_argument);
}

TEST_F(iovec_test, what_is_beyond_one_transfer_is_cut_off) {
    constexpr u64 half = u64{1} << 30;
    ASSERT_EQ(load({{0x1000, half}, {0x1000, half}, {0x1000, half}, {0x1000, 1}}), errc{});
    EXPECT_EQ(vector.bytes(), transfer_limit);
    EXPECT_EQ(vector.segments()[1].bytes, transfer_limit - half);
    EXPECT_EQ(vector.segments()[2].bytes, 0u);
    EXPECT_EQ(vector.segments()[3].bytes, 0u);
}

TEST_F(iovec_test, sums_do_not_wrap) {
    constexpr u64 large = u64{1} << 46;
    std::vector<io_segment> segments(1024, {0x1000, large});
    ASSERT_EQ(error_of(vector.load(reinterpret_cast<virtual_address>(segments.data()), 1024)),
              errc{});
    EXPECT_EQ(vector.bytes(), transfer_limit);
}
