// SPDX-License-Identifier: BSD-3-Clause
#include <gtest/gtest.h>

#include <boot/command_line.hh>

namespace osprey::boot {
namespace {

TEST(command_line, separates_options_and_programs) {
    auto c = parse_command_line("--env=A=b --tty --env='C=d e' /bin/ls --all \"x y\" ; b & c\\ d");
    ASSERT_TRUE(c);
    ASSERT_EQ(c->options.size(), 3u);
    EXPECT_TRUE(c->has("tty"));
    EXPECT_EQ(c->value("env"), "C=d e");
    ASSERT_EQ(c->programs.size(), 3u);
    ASSERT_EQ(c->programs[0].words.size(), 3u);
    EXPECT_EQ(c->programs[0].words[1].view(), "--all");
    EXPECT_EQ(c->programs[0].words[2].view(), "x y");
    EXPECT_FALSE(c->programs[0].background);
    EXPECT_TRUE(c->programs[1].background);
    EXPECT_EQ(c->programs[2].words[0].view(), "c d");
}

TEST(command_line, refuses_open_quotes_and_empty_programs) {
    EXPECT_FALSE(parse_command_line("echo 'x"));
    EXPECT_FALSE(parse_command_line("echo x\\"));
    EXPECT_FALSE(parse_command_line("& x"));
    auto empty = parse_command_line("  ");
    ASSERT_TRUE(empty);
    EXPECT_TRUE(empty->programs.empty());
}

TEST(command_line, keeps_empty_words) {
    auto c = parse_command_line("p '' \"\"");
    ASSERT_TRUE(c);
    EXPECT_EQ(c->programs[0].words.size(), 3u);
}

}  // namespace
}  // namespace osprey::boot
