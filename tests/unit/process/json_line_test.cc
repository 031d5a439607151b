// SPDX-License-Identifier: BSD-3-Clause
#include <gtest/gtest.h>

#include <process/json_line.hh>

namespace osprey::proc {
namespace {

TEST(json_line, escapes_strings) {
    fixed_text<100> out;
    write_json_string(out, "a\"b\\c\nd\x01");
    EXPECT_EQ(out.view(), R"("a\"b\\c\nd\u0001")");
}

TEST(json_line, finds_numbers) {
    u64 value = 0;
    EXPECT_TRUE(find_json_number(R"({"stdin_eof":12})", "stdin_eof", value));
    EXPECT_EQ(value, 12u);
    EXPECT_TRUE(find_json_number(R"({"winsize" : [24, 80]})", "winsize", value, 1));
    EXPECT_EQ(value, 80u);
    EXPECT_FALSE(find_json_number(R"({"winsize":[24]})", "winsize", value, 1));
    EXPECT_FALSE(find_json_number(R"({"signal":"x"})", "signal", value));
    EXPECT_FALSE(find_json_number(R"({"signals":3})", "signal", value));
    EXPECT_FALSE(find_json_number(R"({"signal":99999999999999999999})", "signal", value));
    EXPECT_FALSE(find_json_number("", "signal", value));
}

}  // namespace
}  // namespace osprey::proc
