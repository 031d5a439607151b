// SPDX-License-Identifier: BSD-3-Clause
// When what is sent: Nagle, cork, delayed acknowledgements, windows, retransmission, SACK,
// RACK-TLP, urgent data, keepalive, ECN. One test for each rule, by script.
#include "script.hh"

using namespace test;
using namespace osprey::net::tcp;

namespace {

constexpr u8 A = flag_ack, PA = flag_psh | flag_ack;
constexpr auto more = connection::more::yes;

TEST(nagle, one_small_segment_at_a_time) {
    script s;
    s.establish();
    s.write(10);
    s.expect(1, 10, PA);
    s.write(10);
    s.write(10);
    s.expect_silence();
    s.put({.ack = 11});
    s.expect(11, 20, PA);
}

TEST(nagle, full_segments_pass) {
    script s;
    s.establish();
    s.write(10);
    s.sent.clear();
    s.write(1500);
    s.expect(11, 1460, A);
    s.expect_silence();
    s.put({.ack = 1471});
    s.expect(1471, 40, PA);
}

TEST(nagle, may_be_off) {
    settings set = script::plain();
    set.no_delay = true;
    script s{set};
    s.establish();
    s.write(1);
    s.write(1);
    s.expect(1, 1, PA);
    s.expect(2, 1, PA);
}

TEST(cork, keeps_what_does_not_fill_a_segment) {
    settings set = script::plain();
    set.cork = set.no_delay = true;
    script s{set};
    s.establish();
    s.write(1000);
    s.expect_silence();
    s.write(1000);
    s.expect(1, 1460, A);
    s.expect_silence();
    s.c.set.cork = false;
    s.c.settings_changed(s.now());
    s.expect(1461, 540, PA);
}

TEST(cork, not_for_ever) {
    script s;
    s.establish();
    s.write(100, more);
    s.expect_silence();
    s.pass(300);
    s.expect(1, 100, PA);
}

TEST(delayed_acknowledgement, every_second_segment_or_40_ms) {
    script s;
    s.establish();
    s.c.set_quick(false, s.now());
    const std::string full(1460, 'd');
    s.put({.data = full});
    s.expect_silence();
    s.put({.seq = 1461, .data = full});
    s.expect_ack(2921);
    s.put({.seq = 2921, .data = full});
    s.pass(39);
    s.expect_silence();
    s.pass(2);
    s.expect_ack(4381);
}

TEST(delayed_acknowledgement, rides_on_data) {
    script s;
    s.establish();
    s.c.set_quick(false, s.now());
    s.put({.flags = PA, .data = "request"});
    s.expect_silence();
    EXPECT_EQ(s.read(), "request");
    s.write(8);
    const segment reply = s.next();
    EXPECT_EQ(reply.payload, 8u);
    EXPECT_EQ(reply.acknowledgement, 8u);
    s.pass(100);
    s.expect_silence();
}

TEST(window, receiver_avoids_silly_steps) {
    settings set = script::plain();
    set.receive_buffer = 5000;
    set.fixed_receive_buffer = true;
    script s{set};
    s.establish();
    s.put({.data = std::string(5000, 'w')});
    s.pass(100);
    u16 window = 1;
    while (!s.sent.empty())
        window = s.next().window;
    EXPECT_EQ(window, 0);
    (void)s.read(100);
    s.expect_silence();  // 100 bytes are no window
    (void)s.read(3000);
    const segment update = s.next();
    EXPECT_EQ(update.window, 3100);
    EXPECT_EQ(update.acknowledgement, 5001u);
}

TEST(window, sender_avoids_silly_segments) {
    script s;
    s.establish(false, 4000);
    s.write(8000);
    s.expect(1, 1460, A);
    s.expect(1461, 1460, A);
    s.sent.clear();
    s.put({.ack = 2921, .window = 100});
    s.expect_silence();
    s.put({.ack = 2921, .window = 3000});
    s.expect(2921, 1460, A);
}

TEST(window, closed_ones_are_probed) {
    script s;
    s.establish(false, 1000);
    s.write(2000);
    s.expect(1, 1000, A);
    s.put({.ack = 1001, .window = 0});
    s.expect_silence();
    s.pass(300);
    s.expect(1000, 0, A);  // below the window: must be answered
    s.put({.ack = 1001, .window = 0});
    s.pass(200);
    s.expect_silence();  // the second waits longer
    s.pass(400);
    s.expect(1000, 0, A);
    s.put({.ack = 1001, .window = 5000});
    s.expect(1001, 1000, PA);
}

TEST(window, shrinking_does_not_hurt) {
    script s;
    s.establish(false, 5000);
    s.write(5000);
    s.sent.clear();
    s.put({.ack = 1461, .window = 100});
    s.pass(2000);
    s.put({.ack = 5001, .window = 5000});
    EXPECT_EQ(s.c.queued(), 0u);
}

TEST(retransmission, backs_off) {
    script s;
    s.establish();
    s.write(100);
    s.expect(1, 100, PA);
    u64 wait = 220;
    for (int i = 0; i < 5; ++i) {
        s.pass(wait);
        s.expect(1, 100, PA);
        s.expect_silence();
        wait *= 2;
    }
    s.put({.ack = 101});
    s.write(1);
    s.expect(101, 1, PA);
}

TEST(retransmission, gives_up_at_the_user_timeout) {
    settings set = script::plain();
    set.user_timeout = 3000;
    script s{set};
    s.establish();
    s.write(100);
    s.pass(2900);
    EXPECT_EQ(s.c.error(), errc{});
    s.pass(5000);
    EXPECT_EQ(s.c.error(), errc::timed_out);
}

TEST(retransmission, gives_up_after_a_quarter_of_an_hour) {
    script s;
    s.establish();
    s.write(100);
    s.pass(800'000);
    EXPECT_EQ(s.c.error(), errc{});
    s.pass(400'000);
    EXPECT_EQ(s.c.error(), errc::timed_out);
}

TEST(recovery, three_sacked_segments_prove_a_loss) {
    script s;
    s.establish(true);
    s.write(1460 * 8);
    ASSERT_EQ(s.sent.size(), 8u);
    s.sent.clear();
    s.pass(10);
    s.put({.ack = 1, .sacks = {{1461, 2921}}});
    s.put({.ack = 1, .sacks = {{1461, 4381}}});
    s.expect_silence();
    s.put({.ack = 1, .sacks = {{1461, 5841}}});
    s.expect(1, 1460, A);
    s.put({.ack = 11681});
    EXPECT_EQ(s.c.queued(), 0u);
}

TEST(recovery, three_duplicates_do_without_sack) {
    script s;
    s.establish(false);
    s.write(1460 * 8);
    s.sent.clear();
    s.pass(10);
    s.put({.ack = 1});
    s.put({.ack = 1});
    s.expect_silence();
    s.put({.ack = 1});
    s.expect(1, 1460, A);
    s.pass(10);
    s.put({.ack = 2921});  // partial: the next hole goes at once (RFC 6582)
    s.expect(2921, 1460, A);
}

TEST(recovery, window_is_reduced_once) {
    script s;
    s.establish(true);
    s.write(1460 * 10);
    s.sent.clear();
    s.pass(10);
    s.put({.ack = 1, .sacks = {{1461, 5841}}});
    const u32 threshold = s.c.congestion().threshold();
    EXPECT_EQ(threshold, 1460 * 10 * 7 / 10);
    s.put({.ack = 1461, .sacks = {{2921, 5841}}});
    EXPECT_EQ(s.c.congestion().threshold(), threshold);
    s.put({.ack = 14601});
    EXPECT_EQ(s.c.congestion().window(), threshold);
}

TEST(recovery, tail_loss_is_probed) {  // RFC 8985 §7
    script s;
    s.establish(true);
    s.write(1460 * 4);
    s.sent.clear();
    s.put({.ack = 2921});
    s.pass(30);  // two round trips, far below the time-out
    s.expect(4381, 1460, PA);
    s.put({.ack = 5841});
    EXPECT_EQ(s.c.queued(), 0u);
}

TEST(recovery, reordering_is_waited_for) {
    script s;
    s.establish(true);
    s.write(1460 * 4);
    s.sent.clear();
    s.pass(10);
    s.put({.ack = 1, .sacks = {{1461, 2921}}});
    s.expect_silence();
    s.put({.ack = 5841});
    s.expect_silence();
    EXPECT_EQ(s.c.counters().retransmissions, 0u);
}

TEST(recovery, spurious_timeouts_are_taken_back) {  // RFC 3522
    settings set = script::plain();
    set.timestamps = true;
    script s{set};
    s.establish(true, 65535, 700);
    s.write(1448 * 10);
    const u32 window = s.c.congestion().window();
    const u32 stamp = s.sent.front().options.timestamp;
    s.pass(1200);
    EXPECT_LT(s.c.congestion().window(), window);
    s.put({.ack = 1449, .timestamp = 701, .echo = stamp});
    EXPECT_GE(s.c.congestion().window(), window);
}

TEST(sack, reports_what_arrived_behind_a_hole) {
    script s;
    s.establish(true);
    s.put({.flags = PA, .seq = 11, .data = "later"});
    segment a = s.next();
    EXPECT_EQ(a.acknowledgement, 1u);
    ASSERT_EQ(a.options.sack_count, 1);
    EXPECT_EQ(a.options.sacks[0].begin, 11u);
    EXPECT_EQ(a.options.sacks[0].end, 16u);
    s.put({.flags = PA, .seq = 31, .data = "latest"});
    a = s.next();
    ASSERT_EQ(a.options.sack_count, 2);
    EXPECT_EQ(a.options.sacks[0].begin, 31u);  // the most recent one first
    s.put({.flags = PA, .data = "0123456789"});
    a = s.next();
    EXPECT_EQ(a.acknowledgement, 16u);
    ASSERT_EQ(a.options.sack_count, 1);
    EXPECT_EQ(s.read(), "0123456789later");
}

TEST(sack, reports_duplicates) {  // RFC 2883
    script s;
    s.establish(true);
    s.put({.flags = PA, .data = "abcd"});
    s.sent.clear();
    s.put({.flags = PA, .data = "abcd"});
    const segment a = s.next();
    ASSERT_EQ(a.options.sack_count, 1);
    EXPECT_EQ(a.options.sacks[0].begin, 1u);
    EXPECT_EQ(a.options.sacks[0].end, 5u);
}

TEST(urgent, byte_and_mark) {
    script s;
    s.establish();
    s.put({.flags = PA | flag_urg, .data = "abcXdef", .urgent = 4});
    EXPECT_TRUE(s.c.take_events() & event_urgent);
    EXPECT_EQ(s.c.readable(), 3u);
    EXPECT_EQ(s.read(), "abc");
    EXPECT_TRUE(s.c.at_mark());
    EXPECT_EQ(*s.c.read_urgent(false), 'X');
    EXPECT_EQ(s.c.read_urgent(false).error(), errc::invalid_argument);
    EXPECT_EQ(s.read(), "def");
    EXPECT_FALSE(s.c.at_mark());
}

TEST(urgent, in_line) {
    settings set = script::plain();
    set.urgent_inline = true;
    script s{set};
    s.establish();
    s.put({.flags = PA | flag_urg, .data = "abXc", .urgent = 3});
    EXPECT_EQ(s.read(), "ab");
    EXPECT_TRUE(s.c.at_mark());
    EXPECT_EQ(s.read(), "Xc");
}

TEST(urgent, is_announced) {
    script s;
    s.establish();
    std::string data = "abc";
    vfs::io_buffer from{data.data(), 3, vfs::io_buffer::memory_kind::kernel};
    ASSERT_EQ(*s.c.write(from, 3, connection::more::no), 3u);
    s.c.mark_urgent();
    s.c.finish(s.now());
    const segment sent = s.next();
    EXPECT_TRUE(sent.has(flag_urg));
    EXPECT_EQ(sent.urgent, 3);
}

TEST(keepalive, probes_and_gives_up) {
    settings set = script::plain();
    set.keep_alive = true;
    set.keep_idle_s = 10;
    set.keep_interval_s = 2;
    set.keep_probes = 3;
    script s{set};
    s.establish();
    s.pass(9900);
    s.expect_silence();
    s.pass(200);
    s.expect(0, 0, A);
    s.put({});
    s.pass(9000);
    s.expect_silence();
    s.pass(6000);
    EXPECT_EQ(s.sent.size(), 3u);
    s.pass(3000);
    EXPECT_EQ(s.c.error(), errc::timed_out);
}

TEST(ecn, echoes_marks_until_the_sender_has_reduced) {
    settings set = script::plain();
    set.ecn_request = true;
    script s{set};
    s.c.connect(script::ours, 0, s.now());
    EXPECT_EQ(s.next().flags, flag_syn | flag_ece | flag_cwr);
    s.put({.flags = flag_syn | flag_ack | flag_ece, .seq = 0, .mss = 1460});
    s.sent.clear();
    s.put({.flags = PA, .data = "marked", .ecn = 3});
    EXPECT_TRUE(s.next().has(flag_ece));
    s.put({.flags = PA | flag_cwr, .seq = 7, .data = "ok", .ecn = 2});
    EXPECT_FALSE(s.next().has(flag_ece));
    s.write(1460 * 4);
    s.sent.clear();
    const u32 window = s.c.congestion().window();
    s.put({.flags = A | flag_ece, .seq = 9, .ack = 1461});
    EXPECT_LT(s.c.congestion().window(), window);
    s.write(1460 * 10);
    EXPECT_TRUE(s.next().has(flag_cwr));
    EXPECT_FALSE(s.next().has(flag_cwr));
}

TEST(path_mtu, smaller_segments_follow_at_once) {
    script s;
    s.establish();
    s.write(2920);
    s.sent.clear();
    s.c.path_mtu(1000, script::ours + 1, s.now());
    s.expect(1, 960, A);
    s.sent.clear();
    s.c.path_mtu(500, script::ours + 77777, s.now());  // about nothing of ours
    EXPECT_EQ(s.c.mss(), 960u);
}

TEST(buffers, not_sent_low_water) {
    settings set = script::plain();
    set.not_sent_low = 1000;
    script s{set};
    s.establish(false, 2000);
    EXPECT_TRUE(s.c.writable());
    s.write(4000);
    EXPECT_FALSE(s.c.writable());
    s.put({.ack = 1461, .window = 8000});
    EXPECT_TRUE(s.c.writable());
}

}  // namespace
