// SPDX-License-Identifier: BSD-3-Clause
// Whole connections over the simulated network: whatever it does, the bytes arrive, in order, and
// both ends find out that it is over.
#include <gtest/gtest.h>

#include "../shim/frames.hh"
#include "simulator.hh"

using namespace test;
using tcp::state;

namespace {

/// Byte `i` of the stream that one end sends.
char pattern(u64 i, int direction) {
    return static_cast<char>((i * 31 + (i >> 8) * 7 + direction) & 0xff);
}

/// Writes `total` bytes as there is room, then shuts down; reads until the end, checks every byte.
struct peer {
    end_point& e;
    u64 total;
    int direction;
    usize write_size, read_size;
    u64 written = 0, seen = 0;
    bool reads = true, shut = false, ended = false, failed = false;

    void step() {
        if (!e.c)
            return;
        if (e.c->error() != errc{})
            failed = true;
        while (written < total && e.c->synchronized() && e.c->send_room()) {
            std::string data(std::min<u64>(write_size, total - written), '\0');
            for (usize i = 0; i < data.size(); ++i)
                data[i] = pattern(written + i, direction);
            const usize n = e.write(data);
            written += n;
            if (n < data.size())
                break;
        }
        if (written == total && !shut && e.c->synchronized()) {
            shut = true;
            e.c->shutdown_send(e.net.now());
        }
        while (reads && e.c->readable()) {
            const std::string got = e.read(read_size);
            if (got.empty())
                break;
            for (char ch : got)
                if (ch != pattern(seen++, 1 - direction)) {
                    ADD_FAILURE() << "wrong byte at " << seen - 1;
                    failed = true;
                    return;
                }
        }
        if (e.c->peer_closed() && e.c->readable() == 0)
            ended = true;
    }
};

class streams : public testing::Test {
protected:
    long before_ = frames_in_use();
    void TearDown() override { EXPECT_EQ(frames_in_use(), before_) << "frames leaked"; }
};

bool is_over(const end_point& e) {
    return e.c && (e.c->current() == state::closed || e.c->current() == state::time_wait);
}

/// @return simulated ns that it took; 0: it did not work.
u64 exchange(simulation& s, u64 a_bytes, u64 b_bytes, usize write_size = 8192,
             usize read_size = 16384, bool slow_reader = false) {
    peer pa{s.a, a_bytes, 0, write_size, read_size}, pb{s.b, b_bytes, 1, write_size, read_size};
    s.a.application = [&](u8) {
        pa.step();
    };
    s.b.application = [&](u8) {
        pb.step();
    };
    s.b.listen();
    s.a.connect(4'294'960'000u);  // numbers wrap soon
    std::function<void()> sometimes;
    if (slow_reader) {
        pb.reads = false;
        sometimes = [&, tick = 0]() mutable {
            pb.reads = true;
            pb.read_size = 700 + static_cast<usize>(tick++ % 5) * 3000;
            if (s.b.c && s.b.c->readable()) {
                const std::string got = s.b.read(pb.read_size);
                for (char ch : got)
                    if (ch != pattern(pb.seen++, 0))
                        pb.failed = true;
            }
            pb.reads = s.b.c && s.b.c->peer_closed();
            pb.step();
            s.b.wake();
            if (pb.seen < a_bytes || !is_over(s.b))
                s.at(s.now().ns + 7 * ms, sometimes);
        };
        s.at(s.now().ns + 500 * ms, sometimes);
    }
    const u64 begin = s.now().ns;
    const bool done =
        s.run([&] { return is_over(s.a) && is_over(s.b) && (!slow_reader || pb.seen == a_bytes); });
    EXPECT_TRUE(done) << "stalled: a " << (s.a.c ? int(s.a.c->current()) : -1) << " b "
                      << (s.b.c ? int(s.b.c->current()) : -1) << " seen " << pa.seen << " of "
                      << b_bytes << ", " << pb.seen << " of " << a_bytes;
    EXPECT_FALSE(pa.failed);
    EXPECT_FALSE(pb.failed);
    EXPECT_EQ(pa.seen, b_bytes);
    EXPECT_EQ(pb.seen, a_bytes);
    if (done) {
        EXPECT_EQ(s.a.c->error(), errc{});
        EXPECT_EQ(s.b.c->error(), errc{});
    }
    const u64 took = s.now().ns - begin;
    s.a.application = s.b.application = nullptr;
    return done ? took : 0;
}

TEST_F(streams, perfect_network) {
    simulation s{1};
    exchange(s, 1'000'000, 300'000);
    EXPECT_EQ(s.a.c->counters().retransmissions, 0u);
    EXPECT_EQ(s.b.c->counters().retransmissions, 0u);
}

TEST_F(streams, loopback_carries_large_segments) {
    network_quality q;
    q.mtu = 65536;
    q.delay_ns = 10'000;
    q.whole_gso = true;
    simulation s{1, q};
    s.trace = std::getenv("TCP_TRACE") != nullptr;
    const u64 took = exchange(s, 5'000'000, 1, 65536, 65536);
    EXPECT_LT(took, 100 * ms) << "it stalled";
    EXPECT_LT(s.a.sent_packets, 200u);
    EXPECT_EQ(s.a.c->counters().retransmissions, 0u);
}

TEST_F(streams, one_byte_writes_and_reads) {
    simulation s{3};
    exchange(s, 3000, 3000, 1, 1);
}

TEST_F(streams, slow_reader_closes_the_window) {
    simulation s{4};
    exchange(s, 400'000, 10, 8192, 4096, true);
    EXPECT_EQ(s.b.c->error(), errc{});
}

TEST_F(streams, lossy_network) {
    network_quality q;
    q.loss = 0.05;
    simulation s{5, q};
    exchange(s, 500'000, 500'000);
    EXPECT_GT(s.losses, 10u);
}

TEST_F(streams, a_bottleneck_is_filled) {
    // 10 Mbit/s, 20 ms: 5 MB need 4 s at least; a sender that knows what it does needs little more.
    network_quality q;
    q.byte_ns = 800;
    q.queue_packets = 60;
    for (auto algorithm :
         {tcp::congestion_control::algorithm::cubic, tcp::congestion_control::algorithm::reno}) {
        tcp::settings set;
        set.algorithm = algorithm;
        simulation s{6, q, set, set};
        const u64 took = exchange(s, 5'000'000, 1, 65536, 65536);
        EXPECT_LT(took, 6'000 * ms) << tcp::name_of(algorithm).data();
        EXPECT_LT(s.a.c->counters().bytes_retransmitted, 400'000u);
    }
}

TEST_F(streams, without_options) {
    network_quality q;
    q.loss = 0.03;
    for (int which = 0; which < 8; ++which) {
        tcp::settings set;
        set.timestamps = which & 1;
        set.sack = which & 2;
        set.window_scaling = which & 4;
        simulation s{static_cast<u64>(100 + which), q, set, {}};
        exchange(s, 200'000, 100'000);
    }
}

TEST_F(streams, ecn_marks_slow_down_without_loss) {
    network_quality q;
    q.mark = 0.02;
    tcp::settings set;
    set.ecn_request = true;
    simulation s{8, q, set, {}};
    exchange(s, 2'000'000, 1000);
    EXPECT_EQ(s.losses, 0u);
    EXPECT_EQ(s.a.c->counters().bytes_retransmitted, 0u);
    EXPECT_GT(s.a.c->counters().delivered_marked, 0u);
}

TEST_F(streams, path_mtu_shrinks) {
    simulation s{9};
    s.at(s.now().ns + 100 * ms, [&] { s.quality.mtu = 900; });
    exchange(s, 500'000, 200'000);
    EXPECT_LE(s.a.c->mss(), 860u);
}

TEST_F(streams, black_hole_is_found) {
    network_quality q;
    q.says_too_big = false;
    simulation s{10, q};
    s.at(s.now().ns + 100 * ms, [&] { s.quality.mtu = 1100; });
    exchange(s, 300'000, 1000);
    EXPECT_LE(s.a.c->mss(), 1060u);
}

TEST_F(streams, cookies_carry_the_handshake) {
    network_quality q;
    q.loss = 0.02;
    simulation s{11, q};
    s.b.use_cookies = true;
    exchange(s, 300'000, 300'000);
    EXPECT_TRUE(s.b.c->uses_timestamps());
}

void run_scenario(u64 group, u64 seed) {
    std::mt19937_64 r{seed * 1000 + group};
    const auto chance = [&](double p) {
        return std::uniform_real_distribution<>{0, 1}(r) < p;
    };
    network_quality q;
    q.loss = chance(0.6) ? 0.001 * static_cast<double>(r() % 150) : 0;
    q.duplicate = chance(0.4) ? 0.001 * static_cast<double>(r() % 100) : 0;
    q.reorder = chance(0.5) ? 0.01 * static_cast<double>(r() % 60) : 0;
    q.delay_ns = chance(0.3) ? 20'000 : (1 + r() % 80) * ms;
    q.jitter_ns = 1 + r() % (3 * q.delay_ns);
    q.mtu = chance(0.2) ? 576 + r() % 900 : chance(0.2) ? 65536 : 1500;
    q.whole_gso = chance(0.3);
    q.mark = chance(0.2) ? 0.02 : 0;
    tcp::settings set[2];
    for (tcp::settings& x : set) {
        x.timestamps = chance(0.8);
        x.sack = chance(0.8);
        x.window_scaling = chance(0.8);
        x.no_delay = chance(0.5);
        x.ecn_request = chance(0.3);
        x.retries = 30;  // a very bad network is not what is tested
        x.syn_retries = 30;
        x.orphan_retries = 30;
        x.algorithm = chance(0.5) ? tcp::congestion_control::algorithm::cubic
                                  : tcp::congestion_control::algorithm::reno;
        if (chance(0.3)) {
            x.receive_buffer = 4096 + r() % 60000;
            x.fixed_receive_buffer = true;
        }
        if (chance(0.3)) {
            x.send_buffer = 4096 + r() % 60000;
            x.fixed_send_buffer = true;
        }
    }
    simulation s{seed, q, set[0], set[1]};
    s.trace = std::getenv("TCP_TRACE") != nullptr;
    s.b.use_cookies = chance(0.2);
    if (chance(0.2))
        s.at(s.now().ns + r() % (2000 * ms), [&] { s.quality.mtu = 600; });
    const u64 most = q.loss > 0.05 ? 60'000 : 300'000;
    SCOPED_TRACE("seed " + std::to_string(seed) + " group " + std::to_string(group));
    exchange(s, r() % most, r() % most, 1 + r() % 20000, 1 + r() % 20000, chance(0.2));
}

u64 scenarios_per_group() {
    const char* wanted = std::getenv("TCP_SCENARIOS");
    return wanted ? std::strtoull(wanted, nullptr, 10) : 60;
}

class scenarios : public testing::TestWithParam<int> {};

/// TCP_SEED=seed with TCP_TRACE=1 runs one of a group and shows its packets.
TEST_P(scenarios, arrive_intact) {
    const long before = frames_in_use();
    const auto group = static_cast<u64>(GetParam());
    if (const char* one = std::getenv("TCP_SEED"))
        run_scenario(group, std::strtoull(one, nullptr, 10));
    else
        for (u64 seed = 0; seed < scenarios_per_group() && !testing::Test::HasFailure(); ++seed)
            run_scenario(group, seed);
    EXPECT_EQ(frames_in_use(), before) << "frames leaked";
}
INSTANTIATE_TEST_SUITE_P(random, scenarios, testing::Range(0, 20));

}  // namespace
