// SPDX-License-Identifier: BSD-3-Clause
#include <gtest/gtest.h>
#include <process/procfs/setting.hh>

namespace {

using namespace osprey;
using proc::parse_setting;

i64 parsed(std::string_view text) {
    auto value = parse_setting(text);
    EXPECT_TRUE(value.has_value()) << text;
    return value ? *value : -12345;
}
bool refused(std::string_view text) {
    auto value = parse_setting(text);
    return !value && value.error() == errc::invalid_argument;
}

TEST(setting, takes_the_bases_of_c) {
    EXPECT_EQ(parsed("0"), 0);
    EXPECT_EQ(parsed("42"), 42);
    EXPECT_EQ(parsed("-17"), -17);
    EXPECT_EQ(parsed("+5"), 5);
    EXPECT_EQ(parsed("0x7f"), 0x7f);
    EXPECT_EQ(parsed("0X7F"), 0x7f);
    EXPECT_EQ(parsed("017"), 15);
    EXPECT_EQ(parsed("9223372036854775807"), 9223372036854775807);
}

TEST(setting, blanks_around_it_do_not_matter) {
    EXPECT_EQ(parsed(" 7\n"), 7);
    EXPECT_EQ(parsed("\t-3 "), -3);
}

TEST(setting, refuses_what_is_no_number) {
    for (std::string_view text : {"", " ", "\n", "x", "7 8", "7x", "-", "+", "0x", "--1", "- 1",
                                  "08", "9223372036854775808"})
        EXPECT_TRUE(refused(text)) << text;
}

}  // namespace
