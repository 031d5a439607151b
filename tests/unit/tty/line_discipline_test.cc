// SPDX-License-Identifier: BSD-3-Clause
// The rules of line_discipline at their edges; what programs see is in tests/guest/tty.
#include <gtest/gtest.h>
#include "recorder.hh"

using namespace osprey;
namespace t = osprey::fs::termios;

namespace {

struct discipline : testing::Test {
    recorder device;
    fs::line_discipline line{device};

    usize type(std::string_view keys) { return line.receive(keys.data(), keys.size()); }
    std::string take(usize room = 10000) {
        std::string text(room, '\0');
        text.resize(line.take(text.data(), room, finished));
        return text;
    }
    std::string shown() { return std::exchange(device.output, {}); }
    void change(u32 local_on, u32 local_off, u32 input_on = 0, u32 input_off = 0) {
        struct t::settings s = line.settings();
        s.local = (s.local | local_on) & ~local_off;
        s.input = (s.input | input_on) & ~input_off;
        line.set(s);
    }
    bool finished = false;
};

TEST_F(discipline, line_is_ready_when_it_ends) {
    type("ab");
    EXPECT_FALSE(line.ready());
    EXPECT_EQ(device.arrivals, 0);
    type("\r");
    EXPECT_TRUE(line.ready());
    EXPECT_EQ(device.arrivals, 1);
    EXPECT_EQ(line.available(), 3u);
    EXPECT_EQ(take(), "ab\n");
    EXPECT_TRUE(finished);
    EXPECT_FALSE(line.ready());
    EXPECT_EQ(shown(), "ab\r\n");
}

TEST_F(discipline, line_in_pieces) {
    type("abcdef\n");
    EXPECT_EQ(take(4), "abcd");
    EXPECT_FALSE(finished);
    EXPECT_EQ(take(4), "ef\n");
    EXPECT_TRUE(finished);
}

TEST_F(discipline, end_of_file_goes_with_what_it_follows) {
    type("abc\004");
    EXPECT_EQ(line.available(), 3u);
    EXPECT_EQ(take(3), "abc");
    EXPECT_TRUE(finished);
    EXPECT_FALSE(line.ready());
    type("\004");
    EXPECT_TRUE(line.ready());
    EXPECT_EQ(line.available(), 0u);
    EXPECT_EQ(take(), "");
    EXPECT_TRUE(finished);
}

TEST_F(discipline, zero_byte_is_no_end) {
    line.receive("a\0b\n", 4);
    EXPECT_EQ(take(), std::string("a\0b\n", 4));
}

TEST_F(discipline, longest_line) {
    EXPECT_EQ(type(std::string(5000, 'x') + "y\n"), 5002u);
    EXPECT_EQ(line.available(), 4096u);
    const std::string text = take();
    EXPECT_EQ(text, std::string(4095, 'x') + "\n");
    // A finished line that nobody reads leaves no room for more than the ring holds.
    EXPECT_EQ(type("\n" + std::string(5000, 'z')), 4095u);
}

TEST_F(discipline, ring_goes_round) {
    for (int i = 0; i < 100; ++i) {
        const std::string text(static_cast<usize>(1 + i * 37 % 1000),
                               static_cast<char>('a' + i % 26));
        type(text + "\n");
        EXPECT_EQ(take(), text + "\n");
    }
}

TEST_F(discipline, raw_mode_takes_what_is_there) {
    change(0, t::icanon | t::echo);
    type("abc");
    EXPECT_TRUE(line.ready(3));
    EXPECT_FALSE(line.ready(4));
    EXPECT_EQ(take(2), "ab");
    EXPECT_EQ(take(), "c");
}

TEST_F(discipline, unfinished_line_becomes_readable) {
    type("abc");
    change(0, t::icanon);
    EXPECT_EQ(take(), "abc");
    type("de");
    change(t::icanon, 0);
    EXPECT_TRUE(line.ready());
    type("f\n");
    EXPECT_EQ(take(), "de");
    EXPECT_EQ(take(), "f\n");
}

TEST_F(discipline, signals_drop_input) {
    type("abc\003");
    EXPECT_EQ(device.signals, std::vector{2});
    EXPECT_EQ(device.drops, 1);
    type("\n");
    EXPECT_EQ(take(), "\n");
    change(t::noflsh, 0);
    type("abc\032\n");
    EXPECT_EQ(device.signals.back(), 20);
    EXPECT_EQ(take(), "abc\n");
}

TEST_F(discipline, echo_waits_while_output_is_stopped) {
    type("\023");
    EXPECT_FALSE(device.runs);
    type("abc");
    EXPECT_EQ(shown(), "");
    EXPECT_EQ(line.write("x", 1), 0u);
    type("\021");
    EXPECT_TRUE(device.runs);
    EXPECT_EQ(shown(), "abc");
}

TEST_F(discipline, echo_waits_for_room) {
    device.limit = 2;
    type("abcd");
    EXPECT_EQ(shown(), "ab");
    line.send_echoes();
    EXPECT_EQ(shown(), "cd");
}

TEST_F(discipline, held_output_is_not_started_by_a_key) {
    line.hold(true);
    type("\021");
    EXPECT_TRUE(line.stopped());
    line.hold(false);
    EXPECT_FALSE(line.stopped());
}

TEST_F(discipline, newline_needs_room_for_two) {
    device.limit = 2;
    EXPECT_EQ(line.write("a\n", 2), 1u);
    device.limit = 3;
    EXPECT_EQ(line.write("\n", 1), 1u);
    EXPECT_EQ(shown(), "a\r\n");
}

TEST_F(discipline, tabs_know_their_column) {
    struct t::settings s = line.settings();
    s.output = t::opost | t::xtabs;
    line.set(s);
    line.write("abc\t|", 5);
    EXPECT_EQ(shown(), "abc     |");
    line.write("\r\t", 2);
    EXPECT_EQ(shown(), "\r        ");
    line.write("\r", 1);
    shown();
    line.write("prompt> ", 8);  // eight columns
    shown();
    type("ab\t\177");
    EXPECT_EQ(shown(), "ab      \b\b\b\b\b\b");
}

TEST_F(discipline, erases_whole_characters) {
    change(0, 0, t::iutf8);
    type("\342\202\254");
    shown();
    type("\177");
    EXPECT_EQ(shown(), "\b \b");
    type("x\n");
    EXPECT_EQ(take(), "x\n");
}

TEST(terminal_speeds, named_and_other) {
    struct t::settings s;
    t::name_speeds(s);
    EXPECT_EQ(s.output_speed, 38400u);
    s.control = (s.control & ~u32{t::cbaud}) | 0x1002;  // B115200
    t::name_speeds(s);
    EXPECT_EQ(s.output_speed, 115200u);
    EXPECT_EQ(s.input_speed, 115200u);
    s.control = (s.control & ~u32{t::cbaud}) | 0x1000;
    s.output_speed = 777;
    t::name_speeds(s);
    EXPECT_EQ(s.output_speed, 777u);
}

}  // namespace
