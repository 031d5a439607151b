// SPDX-License-Identifier: BSD-3-Clause
#include <gtest/gtest.h>
#include <base/failure.hh>
#include <base/text.hh>

namespace osprey::cli {
namespace {

TEST(text, human_bytes_keeps_three_digits) {
    EXPECT_EQ(human_bytes(0), "0 B");
    EXPECT_EQ(human_bytes(999), "999 B");
    EXPECT_EQ(human_bytes(1000), "1.0 kB");
    EXPECT_EQ(human_bytes(999'949), "999.9 kB");
    EXPECT_EQ(human_bytes(999'950), "1.0 MB");
    EXPECT_EQ(human_bytes(38'200'000), "38.2 MB");
}

TEST(text, human_time_chooses_the_unit) {
    EXPECT_EQ(human_time(812), "812 us");
    EXPECT_EQ(human_time(1499), "1 ms");
    EXPECT_EQ(human_time(112'600), "113 ms");
    EXPECT_EQ(human_time(3'240'000), "3.2 s");
}

TEST(text, quotes_only_what_needs_it) {
    EXPECT_EQ(shell_quote("plain-word_1.0/x=y:z"), "plain-word_1.0/x=y:z");
    EXPECT_EQ(shell_quote(""), "''");
    EXPECT_EQ(shell_quote("a b"), "'a b'");
    EXPECT_EQ(shell_quote("it's"), "'it'\\''s'");
    EXPECT_EQ(shell_quote(";"), "';'");
    EXPECT_EQ(shell_quote("~"), "'~'");
    EXPECT_EQ(shell_join({"a", "b c", ""}), "a 'b c' ''");
}

TEST(text, splits) {
    EXPECT_EQ(split("a,,b", ','), (std::vector<std::string>{"a", "", "b"}));
    EXPECT_EQ(split("", ','), (std::vector<std::string>{""}));
    EXPECT_EQ(split_blanks("  a\tb \n"), (std::vector<std::string>{"a", "b"}));
    EXPECT_TRUE(split_blanks(" ").empty());
}

TEST(text, memory_sizes) {
    EXPECT_EQ(parse_memory("64"), 64U);
    EXPECT_EQ(parse_memory("512M"), 512U);
    EXPECT_EQ(parse_memory("2G"), 2048U);
    EXPECT_EQ(parse_memory("2GiB"), 2048U);
    EXPECT_EQ(parse_memory("65536k"), 64U);
    for (const char* bad : {"", "0", "x", "5X", "-1", "1K", "99999999999999999999", "1.5G"}) {
        EXPECT_THROW((void)parse_memory(bad), failure) << bad;
    }
}

TEST(text, printable_replaces_what_a_terminal_would_obey) {
    EXPECT_EQ(printable("plain ä €"), "plain ä €");
    EXPECT_EQ(printable("a\x1b[2Jb\x07"), "a?[2Jb?");
    EXPECT_EQ(printable("\xff\xc3"), "??");
    EXPECT_EQ(printable("two\nlines"), "two\nlines");
}

TEST(text, sha256_of_the_standards_examples) {
    EXPECT_EQ(sha256("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    EXPECT_EQ(sha256(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

}  // namespace
}  // namespace osprey::cli
