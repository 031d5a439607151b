// SPDX-License-Identifier: BSD-3-Clause
// Fuzzes one TCP connection: arbitrary segments around its numbers, calls of the application, ICMP
// errors and jumps of the clock, against a model of what must hold whatever comes.
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <net/tcp/connection.hh>
#include <net/tcp/info.hh>
#include <net/tcp/passive.hh>
#include <vector>
#include <vfs/io_buffer.hh>

#include "../../unit/net/shim/frames.hh"

using namespace osprey;
using namespace osprey::net;

namespace {

#define REQUIRE(condition)                                                  \
    do {                                                                    \
        if (!(condition)) {                                                 \
            std::fprintf(stderr, "%d: not so: %s\n", __LINE__, #condition); \
            std::abort();                                                   \
        }                                                                   \
    } while (0)

class bytes {
public:
    bytes(const u8* data, usize n) : at_{data}, end_{data + n} {}
    bool empty() const { return at_ == end_; }
    u8 one() { return empty() ? 0 : *at_++; }
    u32 four() { return u32{one()} << 24 | u32{one()} << 16 | u32{one()} << 8 | one(); }

private:
    const u8 *at_, *end_;
};

class world final : public tcp::segment_output {
public:
    explicit world(bytes& in) : in_{in} {
        tcp::settings s;
        const u8 which = in.one();
        s.timestamps = which & 1;
        s.sack = which & 2;
        s.window_scaling = which & 4;
        s.no_delay = which & 8;
        s.ecn_request = which & 16;
        if (which & 32) {
            s.receive_buffer = 1 + in.one() * 16u;
            s.fixed_receive_buffer = true;
        }
        s.urgent_inline = which & 64;
        c_ = new tcp::connection{*this, s};
        c_->set_path({{ip_address::v4(1), 1, 0}, {ip_address::v4(2), 2, 0}, 1500, 65536});
        if (which & 128)
            accept();
        else
            c_->connect(in.four(), 0, now());
    }
    ~world() { delete c_; }

    void transmit(packet_ptr p) noexcept override {
        p->complete_checksum();
        tcp::segment s;
        p->check = checksum_state::verified;
        REQUIRE(tcp::take_header(*p, s));
        ++sent_;
        // What is sent lies between what was acknowledged and what was written.
        if (s.payload) {
            REQUIRE(!tcp::before(s.sequence, c_->send_unacknowledged()));
            REQUIRE(s.payload <= 65535);
        }
    }
    void step() {
        switch (in_.one() % 12) {
            case 0:
            case 1:
            case 2:
            case 3:
            case 4:
                segment();
                break;
            case 5:
                write();
                break;
            case 6:
                read();
                break;
            case 7:
                pass(u64{in_.one()} * in_.one() * 1'000'000);
                break;
            case 8:
                c_->path_mtu(in_.four() % 2000, c_->send_unacknowledged(), now());
                break;
            case 9:
                in_.one() & 1 ? c_->shutdown_send(now()) : c_->shutdown_receive();
                break;
            case 10:
                if (in_.one() < 16)
                    in_.one() & 1 ? c_->close(now()) : c_->abort(now());
                break;
            default:
                c_->unreachable(errc::host_unreachable, c_->send_unacknowledged(), now());
        }
        (void)c_->take_events();
        if (in_.one() & 1)
            c_->finish(now());
        check();
    }
    void check() {
        REQUIRE(!tcp::after(c_->send_unacknowledged(), c_->send_next()));
        REQUIRE(c_->queued() <= (64u << 20));
        REQUIRE(c_->readable() <= (16u << 20));
        tcp::information i;
        c_->fill_info(i, now());
        REQUIRE(i.state >= 1 && i.state <= 11);
        REQUIRE(sent_ < 200'000);
        sent_ = 0;
    }
    void pass(u64 ns) {
        const u64 end = time_ + ns;
        for (int fired = 0; c_->deadline().ns <= end; ++fired) {
            REQUIRE(fired < 20'000);
            if (c_->deadline().ns > time_)
                time_ = c_->deadline().ns;
            const instant before = c_->deadline();
            c_->advance(now());
            REQUIRE(c_->deadline() > before || c_->deadline() > now() || sent_);
        }
        time_ = end;
    }

private:
    instant now() const { return {time_}; }
    void accept() {
        tcp::handshake h;
        h.local_start = in_.four();
        h.peer_start = in_.four();
        h.peer_mss = static_cast<u16>(in_.four());
        h.scaling = h.timestamps = h.sack = in_.one() & 1;
        h.own_scale = h.peer_scale = 7;
        h.offered_window = 65535;
        c_->accept(h, now());
    }
    u32 near(u32 number) {
        switch (in_.one() % 6) {
            case 0:
                return in_.four();
            case 1:
                return number + in_.one();
            case 2:
                return number - in_.one();
            case 3:
                return number + in_.one() * 256u;
            default:
                return number;
        }
    }
    void segment() {
        packet_ptr p = packet::make();
        p->source = ip_address::v4(2);
        p->destination = ip_address::v4(1);
        const usize n = in_.one() & 3 ? in_.one() % 180 : 0;
        for (usize i = 0; i < n; ++i)
            *p->append(1) = 'd';
        tcp::header_fields h;
        h.flags = in_.one() & 1 ? u8{tcp::flag_ack} : in_.one();
        h.sequence = near(c_->receive_next());
        h.acknowledgement = near(in_.one() & 1 ? c_->send_next() : c_->send_unacknowledged());
        h.window = static_cast<u16>(in_.four());
        h.urgent = in_.one();
        tcp::segment_options o;
        const u8 which = in_.one();
        if (which & 1 || c_->uses_timestamps()) {
            o.has_timestamp = true;
            o.timestamp = near(c_->recent_timestamp());
            o.timestamp_echo = near(static_cast<u32>(time_ / 1'000'000));
        }
        if (h.flags & tcp::flag_syn) {
            o.mss = static_cast<u16>(in_.four());
            o.sack_permitted = which & 2;
            o.window_scale = which & 4 ? which >> 4 : tcp::segment_options::no_scale;
        }
        while (which & 8 && o.sack_count < 3) {
            const u32 begin = near(c_->send_unacknowledged());
            o.sacks[o.sack_count++] = {begin, near(begin + 100)};
        }
        tcp::put_header(*p, h, o);
        p->traffic_class = which >> 6;
        if (in_.one() == 255)
            p->data()[13] ^= 0xff;
        p->check = checksum_state::verified;
        c_->input(static_cast<packet_ptr&&>(p), now());
    }
    void write() {
        std::vector<char> data(1 + in_.one() * 40u, 'w');
        if (!c_->synchronized() || c_->send_shut())
            return;
        vfs::io_buffer from{data.data(), data.size(), vfs::io_buffer::memory_kind::kernel};
        REQUIRE(c_->write(from, data.size(), tcp::connection::more(in_.one() & 1)));
        if (in_.one() == 0)
            c_->mark_urgent();
    }
    void read() {
        std::vector<char> data(1 + in_.one() * 40u);
        vfs::io_buffer to{data.data(), data.size(), vfs::io_buffer::memory_kind::kernel};
        const u32 before = c_->readable();
        const auto got = c_->read(to, data.size(), now());
        REQUIRE(got && *got <= data.size() && *got <= before);
        (void)c_->read_urgent(in_.one() & 1);
    }

    bytes& in_;
    tcp::connection* c_;
    u64 time_ = 1'000'000'000;
    u32 sent_ = 0;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const u8* data, usize n) {
    const long before = test::frames_in_use();
    {
        bytes in{data, n};
        world w{in};
        while (!in.empty())
            w.step();
        w.pass(3'000'000'000'000);  // whatever was left behind comes to rest
    }
    REQUIRE(test::frames_in_use() == before);
    return 0;
}
