// SPDX-License-Identifier: BSD-3-Clause
#include <gtest/gtest.h>
#include <base/errc.hh>
#include <base/format.hh>
#include <base/string.hh>

using namespace osprey;

namespace {
template <typename... Args>
std::string text(format_string<std::type_identity_t<Args>...> f, const Args&... args) {
    fixed_text<256> t;
    format_to<Args...>(t, f, args...);
    return std::string{t.view()};
}
}  // namespace

TEST(format, numbers) {
    EXPECT_EQ(text("{}", 42), "42");
    EXPECT_EQ(text("{} {}", -1, 0u), "-1 0");
    EXPECT_EQ(text("{:x} {:X} {:#x}", 255, 255, 255), "ff FF 0xff");
    EXPECT_EQ(text("{:08x}", 0xbeefu), "0000beef");
    EXPECT_EQ(text("{:#018x}", u64{0xffff}), "0x000000000000ffff");
    EXPECT_EQ(text("{:4}|{:04}|{:04}", 7, -7, 12345), "   7|-007|12345");
    EXPECT_EQ(text("{:o} {:b}", 8, 5), "10 101");
    EXPECT_EQ(text("{}", INT64_MIN), "-9223372036854775808");
    EXPECT_EQ(text("{}", UINT64_MAX), "18446744073709551615");
    EXPECT_EQ(text("{:x}", -1), "ffffffffffffffff");
}

TEST(format, other_types) {
    EXPECT_EQ(text("{} {} {}", true, 'c', "text"), "true c text");
    EXPECT_EQ(text("{:6}|", "ab"), "ab    |");
    EXPECT_EQ(text("{:d}", 'A'), "65");
    EXPECT_EQ(text("{}", reinterpret_cast<void*>(0x1000)), "0x1000");
    EXPECT_EQ(text("{}", errc::no_entry), "2");
    EXPECT_EQ(text("a{{b}}c{}", 1), "a{b}c1");
    EXPECT_EQ(text("plain"), "plain");
    EXPECT_EQ(text(""), "");
}

TEST(format, cut_off) {
    fixed_text<4> t;
    format_to(t, "{}", 123456);
    EXPECT_EQ(t.view(), "1234");
    EXPECT_STREQ(t.c_str(), "1234");
}

TEST(errc_name, names) {
    EXPECT_STREQ(name_of(errc::no_entry), "ENOENT");
    EXPECT_STREQ(name_of(errc::structure_needs_cleaning), "EUCLEAN");
    EXPECT_STREQ(name_of(errc::again), "EAGAIN");
    EXPECT_STREQ(name_of(static_cast<errc>(4000)), "E?");
}
