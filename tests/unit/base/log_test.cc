// SPDX-License-Identifier: BSD-3-Clause
// Who shows the lines of the log on the console. The ring is one for the program, so each test
// leaves it shown and without a console.
#include <gtest/gtest.h>
#include <base/log.hh>
#include <base/log_ring.hh>
#include <string>
#include <vector>

namespace {
using namespace osprey;

std::vector<std::string> shown;
unsigned to_write = 0;  // lines that "other threads" write, one for each line that is shown
unsigned calls = 0;     // of the helper

void write_line() {
    log::write(log::level::notice, "another");
}
void sink(std::string_view text) noexcept {
    shown.emplace_back(text);
    if (to_write) {
        --to_write;
        write_line();
    }
}

class console : public testing::Test {
protected:
    void SetUp() override {
        shown.clear();
        to_write = calls = 0;
        log::set_console(sink);
    }
    void TearDown() override {
        log::show_pending();
        log::set_console_helper(nullptr);
        log::set_console(nullptr);
    }
    static void with_helper() {
        log::set_console_helper([]() noexcept { ++calls; });
    }
};

TEST_F(console, shows_a_line_at_once) {
    log::write(log::level::notice, "one");
    ASSERT_EQ(shown.size(), 1u);
    EXPECT_NE(shown[0].find("] one\n"), std::string::npos);
}

TEST_F(console, leaves_less_important_lines_in_the_ring) {
    log::write(log::level::debug, "hidden");
    EXPECT_TRUE(shown.empty());
}

TEST_F(console, a_writer_shows_no_more_than_what_was_there_before_its_line) {
    with_helper();
    to_write = 50;
    log::write(log::level::notice, "mine");
    EXPECT_EQ(shown.size(), 1u);
    EXPECT_EQ(calls, 1u);
    log::show_pending();
    EXPECT_EQ(shown.size(), 51u);
    EXPECT_EQ(calls, 1u);
}

TEST_F(console, a_writer_shows_what_others_left) {
    with_helper();
    to_write = 1;
    write_line();
    log::write(log::level::notice, "mine");
    EXPECT_EQ(shown.size(), 3u);
}

TEST_F(console, without_a_helper_the_writer_shows_everything) {
    to_write = 50;
    log::write(log::level::notice, "mine");
    EXPECT_EQ(shown.size(), 51u);
}

TEST_F(console, lags_when_half_a_ring_is_unshown) {
    EXPECT_FALSE(log::console_lags());
    with_helper();
    log::set_console([](std::string_view text) noexcept {
        shown.emplace_back(text);
        for (; to_write; --to_write)
            write_line();
    });
    to_write = 200;
    write_line();
    EXPECT_TRUE(log::console_lags());
    log::show_pending();
    EXPECT_FALSE(log::console_lags());
    EXPECT_EQ(shown.size(), 201u);
}

TEST_F(console, says_how_many_lines_were_overwritten) {
    with_helper();
    log::set_console([](std::string_view text) noexcept {
        shown.emplace_back(text);
        for (; to_write; --to_write)
            write_line();
    });
    to_write = 300;
    write_line();
    log::show_pending();
    ASSERT_GT(shown.size(), 2u);
    const unsigned lost = 302 - static_cast<unsigned>(shown.size());  // one text is the notice
    EXPECT_EQ(shown[1], "[" + std::to_string(lost) + " lines lost: the console is too slow]\n");
}

TEST_F(console, no_console_never_lags) {
    log::set_console(nullptr);
    for (int i = 0; i < 400; ++i)
        write_line();
    EXPECT_FALSE(log::console_lags());
}

}  // namespace
