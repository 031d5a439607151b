// SPDX-License-Identifier: BSD-3-Clause
// TCP Fast Open (RFC 7413), by script: what is in SYNs, and what becomes of their data.
#include "script.hh"

using namespace test;
using namespace osprey::net::tcp;

namespace {

constexpr u8 A = flag_ack, S = flag_syn, SA = flag_syn | flag_ack, PA = flag_psh | flag_ack;
const std::string cookie = "8 bytes!";

/// Written before the connection is opened, as sendto(MSG_FASTOPEN) does.
void write_early(script& s, usize n) {
    std::string data(n, 'e');
    osprey::vfs::io_buffer from{data.data(), n, osprey::vfs::io_buffer::memory_kind::kernel};
    ASSERT_EQ(*s.c.write(from, n, connection::more::no), n);
}

void open_with_data(script& s, usize n) {
    s.c.use_fast_open(script::cookie_of(cookie), 1460);
    write_early(s, n);
    s.c.connect(script::ours, 0, s.now());
    const segment syn = s.next();
    EXPECT_EQ(syn.flags, S);
    EXPECT_EQ(syn.payload, n);
    EXPECT_TRUE(syn.options.fast_open);
    EXPECT_EQ(syn.options.cookie.bytes, cookie.size());
    s.expect_silence();
    s.pass(10);
}

TEST(fast_open, asks_for_a_cookie_and_tells_it_once) {
    script s;
    s.c.use_fast_open({}, 0);
    write_early(s, 100);  // without a cookie they wait
    s.c.connect(script::ours, 0, s.now());
    const segment syn = s.next();
    EXPECT_TRUE(syn.options.fast_open);
    EXPECT_EQ(syn.options.cookie.bytes, 0);
    EXPECT_EQ(syn.payload, 0u);
    s.put({.flags = SA, .seq = 0, .ack = 1, .mss = 1460, .cookie = cookie});
    ASSERT_EQ(s.c.current(), state::established);
    s.expect(1, 100, PA);
    const fast_open_cookie got = s.c.take_cookie();
    EXPECT_EQ(std::string(reinterpret_cast<const char*>(got.value), got.bytes), cookie);
    EXPECT_EQ(s.c.take_cookie().bytes, 0);
    EXPECT_FALSE(s.c.syn_data_taken());
}

TEST(fast_open, data_of_the_syn_are_done_when_they_are_acknowledged) {
    script s;
    open_with_data(s, 100);
    s.put({.flags = SA, .seq = 0, .ack = 101, .mss = 1460});
    ASSERT_EQ(s.c.current(), state::established);
    s.expect_ack(1);
    EXPECT_TRUE(s.c.syn_data_taken());
    EXPECT_EQ(s.c.queued(), 0u);
    s.write(10);
    s.expect(101, 10, PA);
    s.put({.ack = 111});
    s.pass(5000);
    s.expect_silence();
}

TEST(fast_open, data_that_the_server_leaves_out_are_sent_again_at_once) {
    script s;
    open_with_data(s, 100);
    s.put({.flags = SA, .seq = 0, .ack = 1, .mss = 1460});
    s.expect(1, 100, PA);
    EXPECT_FALSE(s.c.syn_data_taken());
    s.put({.ack = 101});
    EXPECT_EQ(s.c.queued(), 0u);
}

TEST(fast_open, a_part_may_be_taken) {
    script s;
    open_with_data(s, 100);
    s.put({.flags = SA, .seq = 0, .ack = 41, .mss = 1460});
    s.expect(41, 60, PA);
    s.put({.ack = 101});
    EXPECT_EQ(s.c.queued(), 0u);
}

TEST(fast_open, an_acknowledgement_of_more_is_no_answer) {
    script s;
    open_with_data(s, 100);
    s.put({.flags = SA, .seq = 0, .ack = 102, .mss = 1460});
    EXPECT_EQ(s.c.current(), state::syn_sent);
}

TEST(fast_open, a_lost_syn_is_repeated_without_anything) {
    script s;
    open_with_data(s, 100);
    s.pass(1100);
    const segment again = s.next();
    EXPECT_EQ(again.flags, S);
    EXPECT_EQ(again.payload, 0u);
    EXPECT_FALSE(again.options.fast_open);
    // It was the SYN-ACK that was lost: the server has the data.
    s.put({.flags = SA, .seq = 0, .ack = 101, .mss = 1460});
    ASSERT_EQ(s.c.current(), state::established);
    EXPECT_EQ(s.c.queued(), 0u);
}

TEST(fast_open, no_more_than_a_segment_with_all_options) {
    script s;
    s.c.use_fast_open(script::cookie_of(cookie), 1000);
    EXPECT_EQ(s.c.fast_open_room(), 960u);
    write_early(s, 2000);
    s.c.connect(script::ours, 0, s.now());
    EXPECT_EQ(s.next().payload, 960u);
}

/// The server's side: a SYN with a valid cookie and `data`.
void accept_with_data(script& s, const std::string& data) {
    segment syn{};
    syn.sequence = script::theirs;
    syn.flags = S;
    syn.window = 65535;
    syn.payload = static_cast<u32>(data.size());
    syn.options.mss = 1460;
    handshake h = answer_syn(syn, s.c.set, true);
    h.local_start = script::ours;
    h.sent = s.now();
    packet_ptr p = packet::make();
    p->append(data.data(), data.size());
    s.c.accept_early(h, static_cast<packet_ptr&&>(p), syn, s.now());
    s.c.finish(s.now());
}

TEST(fast_open, a_server_reads_and_answers_before_the_handshake_is_over) {
    script s;
    accept_with_data(s, "request");
    const segment answer = s.next();
    EXPECT_EQ(answer.flags, SA);
    EXPECT_EQ(answer.acknowledgement, 8u);
    EXPECT_EQ(s.c.current(), state::syn_received);
    EXPECT_FALSE(s.c.opening());
    EXPECT_TRUE(s.c.syn_data_taken());
    EXPECT_EQ(s.read(), "request");
    s.write(50);
    s.expect(1, 50, PA);
    s.put({.seq = 8, .ack = 1});
    EXPECT_EQ(s.c.current(), state::established);
    s.put({.seq = 8, .ack = 51});
    EXPECT_EQ(s.c.queued(), 0u);
}

TEST(fast_open, a_server_repeats_its_syn_and_its_answer) {
    script s;
    accept_with_data(s, "request");
    s.write(50);
    s.sent.clear();
    s.pass(1100);
    const segment again = s.next();
    EXPECT_EQ(again.flags, SA);
    EXPECT_EQ(again.acknowledgement, 8u);
    s.put({.seq = 8, .ack = 1});
    s.sent.clear();
    s.pass(5000);
    s.put({.seq = 8, .ack = 51});
    EXPECT_EQ(s.c.current(), state::established);
    EXPECT_EQ(s.c.queued(), 0u);
}

TEST(fast_open, a_reset_ends_an_early_connection) {
    script s;
    accept_with_data(s, "x");
    s.put({.flags = flag_rst, .seq = 2});
    EXPECT_EQ(s.c.current(), state::closed);
    EXPECT_EQ(s.c.error(), errc::connection_reset);
}

TEST(fast_open, a_server_may_close_early) {
    script s;
    accept_with_data(s, "x");
    s.sent.clear();
    s.read();
    s.c.shutdown_send(s.now());
    s.put({.seq = 2, .ack = 1});
    EXPECT_EQ(s.c.current(), state::fin_wait_1);
    s.put({.seq = 2, .ack = 2});
    EXPECT_EQ(s.c.current(), state::fin_wait_2);
}

TEST(fast_open_option, goes_there_and_back) {
    for (u8 bytes : {0, 4, 6, 8, 16}) {
        segment_options o, back;
        o.mss = 1460;
        o.fast_open = true;
        o.cookie = script::cookie_of(std::string(bytes, 'c'));
        u8 text[most_option_bytes];
        const usize n = write_options(o, text);
        EXPECT_EQ(n % 4, 0u);
        parse_options(text, n, back);
        EXPECT_TRUE(back.fast_open);
        EXPECT_EQ(back.cookie.bytes, bytes);
    }
    for (u8 length : {3, 4, 5, 7, 20}) {  // too short, too long, odd
        u8 text[40] = {34, length};
        segment_options o;
        parse_options(text, sizeof text, o);
        EXPECT_FALSE(o.fast_open) << int{length};
    }
}

}  // namespace
