// SPDX-License-Identifier: BSD-3-Clause
// One connection and a hand that plays its peer: puts segments in, looks at every segment that
// comes out, and moves the clock. Numbers are relative: ours begin at 0 (the SYN), the peer's too.
#pragma once

#include <gtest/gtest.h>

#include <deque>
#include <vfs/io_buffer.hh>

#include "simulator.hh"

namespace test {

class script : public tcp::segment_output {
public:
    explicit script(tcp::settings set = plain()) : c{*this, set} {
        c.set_path({{ip_address::v4(0x0a000001), 1000, 0},
                    {ip_address::v4(0x0a000002), 2000, 0},
                    1500,
                    0});
    }
    /// No options but the MSS: 1460 bytes of payload.
    static tcp::settings plain() {
        tcp::settings s;
        s.timestamps = s.window_scaling = false;
        return s;
    }
    static constexpr u32 ours = 5000, theirs = 9000;

    void transmit(packet_ptr p) noexcept override {
        for (wire_packet& w : to_wire(static_cast<packet_ptr&&>(p), false))
            sent.push_back(parse(w));
    }
    /// A segment from the peer; the engine's answer is in `sent`.
    struct peer_segment {
        u8 flags = tcp::flag_ack;
        u32 seq = 1, ack = 1;
        std::string data;
        u16 window = 65535;
        std::vector<tcp::sequence_range> sacks{};
        u16 urgent = 0;
        u16 mss = 0;
        u32 timestamp = 0, echo = 0;
        bool sack_ok = false;
        u8 ecn = 0;
        std::string cookie{};
    };
    void put(const peer_segment& s) {
        packet_ptr p = packet::make();
        p->source = ip_address::v4(0x0a000002);
        p->destination = ip_address::v4(0x0a000001);
        p->append(s.data.data(), std::min<usize>(s.data.size(), p->tailroom()));
        for (usize at = p->bytes(); at < s.data.size();) {
            memory::frame* f = *memory::allocate_frames();
            const usize n = std::min<usize>(page_size, s.data.size() - at);
            std::memcpy(memory::data_of(f), s.data.data() + at, n);
            (void)p->append(fragment{f, 0, static_cast<u32>(n)});
            at += n;
        }
        tcp::header_fields h;
        h.source_port = 2000;
        h.destination_port = 1000;
        h.sequence = theirs + s.seq;
        h.acknowledgement = s.flags & tcp::flag_ack ? ours + s.ack : 0;
        h.flags = s.flags;
        h.window = s.window;
        h.urgent = s.urgent;
        tcp::segment_options o;
        o.mss = s.mss;
        o.sack_permitted = s.sack_ok;
        if (s.timestamp) {
            o.has_timestamp = true;
            o.timestamp = s.timestamp;
            o.timestamp_echo = s.echo;
        }
        if (!s.cookie.empty()) {
            o.fast_open = true;
            o.cookie = cookie_of(s.cookie);
        }
        for (tcp::sequence_range r : s.sacks)
            o.sacks[o.sack_count++] = {ours + r.begin, ours + r.end};
        tcp::put_header(*p, h, o);
        p->traffic_class = s.ecn;
        p->complete_checksum();
        c.input(static_cast<packet_ptr&&>(p), now());
        c.finish(now());
    }
    static tcp::fast_open_cookie cookie_of(const std::string& text) {
        tcp::fast_open_cookie c{};
        c.bytes = static_cast<u8>(text.size());
        std::memcpy(c.value, text.data(), text.size());
        return c;
    }
    /// Opens actively; the connection is established afterwards and `sent` is empty.
    void establish(bool sack = false, u16 window = 65535, u32 timestamp = 0) {
        c.connect(ours, 0, now());
        sent.clear();
        pass(10);
        put({.flags = tcp::flag_syn | tcp::flag_ack,
             .seq = 0,
             .ack = 1,
             .window = window,
             .mss = 1460,
             .timestamp = timestamp,
             .echo = timestamp ? 1u : 0,
             .sack_ok = sack});
        ASSERT_EQ(c.current(), tcp::state::established);
        sent.clear();
    }
    void write(usize n, tcp::connection::more m = tcp::connection::more::no) {
        std::string data(n, 'x');
        vfs::io_buffer from{data.data(), n, vfs::io_buffer::memory_kind::kernel};
        ASSERT_EQ(*c.write(from, n, m), n);
        c.finish(now());
    }
    std::string read(usize n = 100000) {
        std::string text(n, '\0');
        vfs::io_buffer to{text.data(), n, vfs::io_buffer::memory_kind::kernel};
        text.resize(*c.read(to, n, now()));
        c.finish(now());
        return text;
    }
    /// Moves the clock; timers run when they are due.
    void pass(u64 milliseconds) {
        const u64 end = time_ + milliseconds * ms;
        while (c.deadline().ns <= end) {
            time_ = std::max(time_, c.deadline().ns);
            c.advance(now());
        }
        time_ = end;
    }
    /// The next segment that was sent.
    tcp::segment next() {
        EXPECT_FALSE(sent.empty()) << "nothing was sent";
        if (sent.empty())
            return {};
        tcp::segment s = sent.front();
        sent.pop_front();
        s.sequence -= ours;
        s.acknowledgement -= theirs;
        for (u8 i = 0; i < s.options.sack_count; ++i) {
            s.options.sacks[i].begin -= theirs;
            s.options.sacks[i].end -= theirs;
        }
        return s;
    }
    void expect(u32 seq, u32 payload, u8 flags) {
        const tcp::segment s = next();
        EXPECT_EQ(s.sequence, seq);
        EXPECT_EQ(s.payload, payload);
        EXPECT_EQ(s.flags, flags);
    }
    void expect_ack(u32 ack) {
        const tcp::segment s = next();
        EXPECT_EQ(s.flags, tcp::flag_ack);
        EXPECT_EQ(s.payload, 0u);
        EXPECT_EQ(s.acknowledgement, ack);
    }
    void expect_silence() { EXPECT_TRUE(sent.empty()) << sent.size() << " segments were sent"; }
    [[nodiscard]] instant now() const { return {time_}; }

    std::deque<tcp::segment> sent;
    tcp::connection c;

private:
    u64 time_ = 100'000 * ms;
};

}  // namespace test
