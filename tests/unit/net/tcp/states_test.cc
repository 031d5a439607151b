// SPDX-License-Identifier: BSD-3-Clause
// RFC 9293 by script: opening and closing in every order, resets, blind attacks (RFC 5961), PAWS
// (RFC 7323), TIME_WAIT (RFC 1337, 6191).
#include "script.hh"

using namespace test;
using namespace osprey::net::tcp;

namespace {

constexpr u8 A = flag_ack, FA = flag_fin | flag_ack, SA = flag_syn | flag_ack,
             PA = flag_psh | flag_ack, RA = flag_rst | flag_ack;

TEST(opening, active) {
    script s;
    s.c.connect(script::ours, 0, s.now());
    const segment syn = s.next();
    EXPECT_EQ(syn.flags, flag_syn);
    EXPECT_EQ(syn.options.mss, 1460);
    EXPECT_TRUE(syn.options.sack_permitted);
    EXPECT_EQ(s.c.current(), state::syn_sent);
    s.put({.flags = SA, .seq = 0, .mss = 1000});
    EXPECT_EQ(s.c.current(), state::established);
    EXPECT_TRUE(s.c.take_events() & event_connected);
    s.expect_ack(1);
    EXPECT_EQ(s.c.mss(), 1000u);
}

TEST(opening, refused) {
    script s;
    s.c.connect(script::ours, 0, s.now());
    s.sent.clear();
    s.put({.flags = RA, .seq = 0, .ack = 0});  // acknowledges nothing that was sent
    EXPECT_EQ(s.c.current(), state::syn_sent);
    s.put({.flags = RA, .seq = 0, .ack = 1});
    EXPECT_EQ(s.c.current(), state::closed);
    EXPECT_EQ(s.c.error(), errc::connection_refused);
    s.expect_silence();
}

TEST(opening, answer_to_an_old_segment_is_reset) {
    script s;
    s.c.connect(script::ours, 0, s.now());
    s.sent.clear();
    s.put({.flags = SA, .seq = 0, .ack = 77});
    s.expect(77, 0, flag_rst);
    EXPECT_EQ(s.c.current(), state::syn_sent);
}

TEST(opening, simultaneous) {
    script s;
    s.c.connect(script::ours, 0, s.now());
    s.sent.clear();
    s.put({.flags = flag_syn, .seq = 0, .mss = 1460});
    EXPECT_EQ(s.c.current(), state::syn_received);
    s.expect(0, 0, SA);
    s.put({.flags = SA, .seq = 0, .ack = 1});
    EXPECT_EQ(s.c.current(), state::established);
    s.expect_ack(1);
    s.write(10);
    s.expect(1, 10, PA);
}

TEST(opening, syn_is_repeated_and_given_up) {
    settings set = script::plain();
    set.syn_retries = 3;
    script s{set};
    s.c.connect(script::ours, 0, s.now());
    s.sent.clear();
    s.pass(1001);
    s.expect(0, 0, flag_syn);
    s.pass(1990);
    s.expect_silence();
    s.pass(20);
    s.expect(0, 0, flag_syn);
    s.pass(4000);
    s.expect(0, 0, flag_syn);
    s.pass(9000);
    EXPECT_EQ(s.c.error(), errc::timed_out);
    EXPECT_EQ(s.c.current(), state::closed);
}

TEST(opening, data_with_the_syn_ack_are_taken) {
    script s;
    s.c.connect(script::ours, 0, s.now());
    s.sent.clear();
    s.put({.flags = SA, .seq = 0, .data = "early"});
    EXPECT_EQ(s.read(), "early");
}

TEST(closing, we_first) {
    script s;
    s.establish();
    s.c.close(s.now());
    s.expect(1, 0, FA);
    EXPECT_EQ(s.c.current(), state::fin_wait_1);
    s.put({.ack = 2});
    EXPECT_EQ(s.c.current(), state::fin_wait_2);
    s.put({.flags = FA, .ack = 2});
    EXPECT_EQ(s.c.current(), state::time_wait);
    s.expect_ack(2);
}

TEST(closing, peer_first) {
    script s;
    s.establish();
    s.put({.flags = FA});
    EXPECT_EQ(s.c.current(), state::close_wait);
    EXPECT_TRUE(s.c.peer_closed());
    s.expect_ack(2);
    s.write(5);  // half closed: we may still send
    s.expect(1, 5, PA);
    s.c.shutdown_send(s.now());
    s.expect(6, 0, FA);
    EXPECT_EQ(s.c.current(), state::last_ack);
    s.put({.seq = 2, .ack = 7});
    EXPECT_EQ(s.c.current(), state::closed);
    EXPECT_EQ(s.c.error(), errc{});
}

TEST(closing, both_at_once) {
    script s;
    s.establish();
    s.c.close(s.now());
    s.sent.clear();
    s.put({.flags = FA, .ack = 1});
    EXPECT_EQ(s.c.current(), state::closing);
    s.expect_ack(2);
    s.put({.seq = 2, .ack = 2});
    EXPECT_EQ(s.c.current(), state::time_wait);
}

TEST(closing, fin_follows_the_data) {
    script s;
    s.establish(false, 1000);
    s.write(3000);
    s.expect(1, 1000, A);
    s.c.shutdown_send(s.now());
    s.expect_silence();
    s.put({.ack = 1001, .window = 5000});
    s.expect(1001, 1460, A);
    s.expect(2461, 540, FA | flag_psh);
}

TEST(closing, unread_data_reset) {
    script s;
    s.establish();
    s.put({.flags = PA, .data = "nobody reads this"});
    s.sent.clear();
    s.c.close(s.now());
    s.expect(1, 0, RA);
    EXPECT_EQ(s.c.current(), state::closed);
}

TEST(closing, data_after_close_are_reset) {
    script s;
    s.establish();
    s.c.close(s.now());
    s.put({.ack = 2});
    s.sent.clear();
    s.put({.flags = PA, .ack = 2, .data = "late"});
    EXPECT_TRUE(s.next().flags & flag_rst);
    EXPECT_EQ(s.c.current(), state::closed);
}

TEST(closing, fin_wait_2_without_a_reader_ends) {
    settings set = script::plain();
    set.linger2_s = 5;
    script s{set};
    s.establish();
    s.c.close(s.now());
    s.put({.ack = 2});
    s.pass(4900);
    EXPECT_EQ(s.c.current(), state::fin_wait_2);
    s.pass(200);
    EXPECT_EQ(s.c.current(), state::closed);
}

TEST(closing, fin_is_repeated) {
    script s;
    s.establish();
    s.c.close(s.now());
    s.sent.clear();
    s.pass(1100);
    s.expect(1, 0, FA);
}

TEST(resets, only_the_exact_number) {  // RFC 5961 §3.2
    script s;
    s.establish();
    s.put({.flags = flag_rst, .seq = 100});
    EXPECT_EQ(s.c.current(), state::established);
    s.expect_ack(1);  // challenge
    s.put({.flags = flag_rst, .seq = 70000});
    EXPECT_EQ(s.c.current(), state::established);
    s.expect_silence();
    s.put({.flags = flag_rst, .seq = 1});
    EXPECT_EQ(s.c.error(), errc::connection_reset);
    EXPECT_EQ(s.c.current(), state::closed);
}

TEST(resets, challenges_are_few) {
    script s;
    s.establish();
    for (u32 i = 0; i < 100; ++i)
        s.put({.flags = flag_rst, .seq = 100 + i});
    EXPECT_EQ(s.sent.size(), 1u);
    s.pass(600);
    s.put({.flags = flag_rst, .seq = 100});
    EXPECT_EQ(s.sent.size(), 2u);
}

TEST(resets, syn_in_a_connection_is_challenged) {  // RFC 5961 §4.2
    script s;
    s.establish();
    s.put({.flags = flag_syn, .seq = 50});
    s.expect_ack(1);
    EXPECT_EQ(s.c.current(), state::established);
}

TEST(resets, acknowledgements_out_of_range) {  // RFC 5961 §5.2
    script s;
    s.establish();
    s.put({.ack = 100, .data = "x"});  // nothing of this was sent
    s.expect_ack(1);
    EXPECT_EQ(s.c.readable(), 0u);
    s.pass(600);
    s.put({.ack = static_cast<u32>(-200000), .data = "x"});
    s.expect_ack(1);
    EXPECT_EQ(s.c.readable(), 0u);
}

TEST(resets, aborted_by_us) {
    script s;
    s.establish();
    s.write(10);
    s.sent.clear();
    s.c.abort(s.now());
    s.expect(11, 0, RA);
    EXPECT_EQ(s.c.current(), state::closed);
}

TEST(window, outside_segments_are_acknowledged_and_dropped) {
    script s;
    s.establish();
    s.put({.flags = PA, .seq = 200000, .data = "far"});
    s.expect_ack(1);
    s.put({.flags = PA, .data = "abc"});
    s.sent.clear();
    s.put({.flags = PA, .data = "abc"});  // again
    s.expect_ack(4);
    EXPECT_EQ(s.read(), "abc");
}

TEST(window, overlap_is_cut) {
    script s;
    s.establish();
    s.put({.flags = PA, .data = "abcd"});
    s.put({.flags = PA, .seq = 3, .data = "cdef"});
    EXPECT_EQ(s.read(), "abcdef");
}

TEST(window, what_exceeds_it_is_cut) {
    settings set = script::plain();
    set.receive_buffer = 4;
    set.fixed_receive_buffer = true;
    script s{set};
    s.establish();
    s.put({.flags = FA, .data = "abcdef"});
    EXPECT_EQ(s.read(), "abcd");
    EXPECT_EQ(s.c.current(), state::established);  // the FIN was behind the window
}

TEST(paws, old_timestamps_are_dropped) {
    settings set = script::plain();
    set.timestamps = true;
    script s{set};
    s.establish(false, 65535, 5000);
    s.put({.flags = PA, .data = "new", .timestamp = 6000, .echo = 1});
    s.sent.clear();
    s.put({.flags = PA, .seq = 4, .data = "old", .timestamp = 5999, .echo = 1});
    s.expect_ack(4);
    EXPECT_EQ(s.read(), "new");
    s.put({.flags = PA, .seq = 4, .data = "ok", .timestamp = 6000, .echo = 1});
    EXPECT_EQ(s.read(), "ok");
}

TEST(paws, resets_pass) {
    settings set = script::plain();
    set.timestamps = true;
    script s{set};
    s.establish(false, 65535, 5000);
    s.put({.flags = flag_rst, .seq = 1, .timestamp = 10, .echo = 1});
    EXPECT_EQ(s.c.current(), state::closed);
}

TEST(icmp, hard_errors_end_a_handshake_only) {
    script s;
    s.c.connect(script::ours, 0, s.now());
    s.c.unreachable(errc::host_unreachable, script::ours + 4, s.now());  // not ours
    EXPECT_EQ(s.c.current(), state::syn_sent);
    s.c.unreachable(errc::host_unreachable, script::ours, s.now());
    EXPECT_EQ(s.c.error(), errc::host_unreachable);
    script t;
    t.establish();
    t.write(10);
    t.c.unreachable(errc::host_unreachable, script::ours + 1, t.now());
    EXPECT_EQ(t.c.current(), state::established);
    t.pass(3'000'000);
    EXPECT_EQ(t.c.error(), errc::host_unreachable);  // explains the time-out
}

// --- TIME_WAIT

last_state ended() {
    last_state l;
    l.send_next = 1000;
    l.receive_next = 2000;
    l.window = 5000;
    return l;
}
segment piece(u8 flags, u32 seq, u32 payload = 0) {
    segment s{};
    s.flags = flags;
    s.sequence = seq;
    s.acknowledgement = 1000;
    s.payload = payload;
    return s;
}
using verdict = last_state::verdict;

TEST(time_wait, repeats_the_last_acknowledgement) {
    last_state l = ended();
    EXPECT_EQ(l.look(piece(FA, 1999)), verdict::acknowledge);
    EXPECT_EQ(l.look(piece(A, 2000)), verdict::drop);
}

TEST(time_wait, new_connections_behind_the_old_one) {
    last_state l = ended();
    EXPECT_EQ(l.look(piece(flag_syn, 1500)), verdict::acknowledge);
    EXPECT_EQ(l.look(piece(flag_syn, 2001)), verdict::reopen);
    EXPECT_TRUE(after(l.reopening_sequence(), l.send_next + 65535));
    l.timestamps = true;
    l.recent_timestamp = 50;
    segment s = piece(flag_syn, 1500);
    s.options.has_timestamp = true;
    s.options.timestamp = 51;
    EXPECT_EQ(l.look(s), verdict::reopen);  // RFC 6191
}

TEST(time_wait, resets) {
    last_state l = ended();
    EXPECT_EQ(l.look(piece(flag_rst, 2500)), verdict::drop);
    EXPECT_EQ(l.look(piece(flag_rst, 2000)), verdict::forget);
}

TEST(time_wait, waits_for_the_fin) {
    last_state l = ended();
    l.waits_for_fin = true;
    EXPECT_EQ(l.look(piece(A, 2000)), verdict::drop);
    EXPECT_EQ(l.look(piece(FA, 2000)), verdict::acknowledge);
    EXPECT_FALSE(l.waits_for_fin);
    EXPECT_EQ(l.receive_next, 2001u);
    l = ended();
    l.waits_for_fin = true;
    EXPECT_EQ(l.look(piece(PA, 2000, 10)), verdict::reset);
}

/// A peer that names an MSS below the bytes of the timestamp option must not make segments huge.
TEST(options, a_tiny_mss_is_raised) {
    settings set = script::plain();
    set.timestamps = true;
    for (u16 mss : {1, 11, 12, 47, 59}) {
        script s{set};
        s.c.connect(script::ours, 0, s.now());
        s.pass(10);
        s.put({.flags = flag_syn | flag_ack,
               .seq = 0,
               .ack = 1,
               .mss = mss,
               .timestamp = 7,
               .echo = 1});
        ASSERT_EQ(s.c.current(), state::established);
        EXPECT_EQ(s.c.mss(), 48u);
    }
}

}  // namespace
