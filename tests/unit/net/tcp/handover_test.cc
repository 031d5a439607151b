// SPDX-License-Identifier: BSD-3-Clause
// The kernel half over the real loopback, with host threads, under ThreadSanitizer: handshakes by a
// listener, packets pushed while the lock is held, sleeping readers and writers, timers, closing.
// A lost wake-up shows as a stall.
#include <gtest/gtest.h>

#include <memory/frame.hh>
#include <net/loopback.hh>
#include <net/tcp/listener.hh>
#include <net/tcp/neglect.hh>
#include <net/tcp/protocol.hh>
#include <vfs/io_buffer.hh>

#include "../../support/host_sched.hh"
#include "../shim/kernel.hh"

using namespace osprey;
using namespace osprey::net;
using tcp::endpoint_state;

namespace osprey::memory {
statistics get_statistics() noexcept {
    return {.total = test::frame_count};
}
}  // namespace osprey::memory
namespace osprey::net::tcp {
namespace {
std::atomic<u32> neglected_ones{0};
}
/// The caretaker of the test comes at once, from a thread of its own.
struct neglect_access {
    static void forget(endpoint_state& e) { e.neglected_.store(false); }
};
void neglect(endpoint_state& e) noexcept {
    ++neglected_ones;
    neglect_access::forget(e);
}
}  // namespace osprey::net::tcp

namespace {

constexpr u64 total = 1'500'000;
constexpr u16 port = 777;
const ip_address here = ip_address::v4(0x7f000001);

char byte_at(u64 i) {
    return static_cast<char>(i * 13 + (i >> 10));
}

void started() {
    static const bool once = [] {
        EXPECT_TRUE(tcp::start_receiving());
        EXPECT_TRUE(start_loopback());
        return true;
    }();
    (void)once;
}

/// Sleeps on `queue` until `done()`, which is called with the endpoint locked.
template <typename F>
bool until(endpoint_state& e, sync::wait_queue& queue, F&& done) {
    for (;;) {
        u32 changes;
        {
            endpoint_state::session s{e};
            if (done())
                return true;
            changes = e.changes();
        }
        timespec now;
        clock_gettime(CLOCK_MONOTONIC, &now);
        const instant deadline{static_cast<u64>(now.tv_sec + 60) * 1'000'000'000};
        if (!queue.wait([&]() noexcept { return e.changed_since(changes); },
                        sched::wait_mode::interruptible, deadline)) {
            ADD_FAILURE() << "stalled";
            return false;
        }
    }
}

void send_all(endpoint_state& e) {
    std::string data(5000, '\0');
    u64 at = 0;
    while (at < total) {
        const bool fine = until(e, e.writable, [&] {
            const u64 n = std::min<u64>(data.size(), total - at);
            for (u64 i = 0; i < n; ++i)
                data[i] = byte_at(at + i);
            vfs::io_buffer from{data.data(), n, vfs::io_buffer::memory_kind::kernel};
            const u64 taken = *e.c().write(from, n, tcp::connection::more::no);
            if (taken == 0)
                e.want_room();
            at += taken;
            return taken != 0;
        });
        if (!fine)
            return;
    }
    endpoint_state::session s{e};
    e.c().shutdown_send(e.now());
}

void receive_all(endpoint_state& e) {
    std::string data(7000, '\0');
    u64 at = 0;
    bool over = false;
    while (!over) {
        u64 got = 0;
        const bool fine = until(e, e.readable, [&] {
            vfs::io_buffer to{data.data(), data.size(), vfs::io_buffer::memory_kind::kernel};
            got = *e.c().read(to, data.size(), e.now());
            over = got == 0 && e.c().end_of_input();
            return got != 0 || over;
        });
        if (!fine)
            return;
        for (u64 i = 0; i < got; ++i)
            if (data[i] != byte_at(at + i)) {
                ADD_FAILURE() << "wrong byte at " << at + i;
                return;
            }
        at += got;
    }
    EXPECT_EQ(at, total);
}

refptr<endpoint_state> opened(u16 from) {
    auto e = *make_ref<endpoint_state>(tcp::settings{});
    endpoint_state::session s{*e};
    e->use_way(*find_route({here, {}, 0}));
    e->set_ends({here, from, 0}, {here, port, 0});
    EXPECT_TRUE(tcp::flows().insert(*e));
    e->c().connect(from * 1000u, 0, e->now());
    return e;
}

TEST(hand_over, connections_of_many_threads) {
    test::become_thread();
    started();
    auto home = *make_ref<endpoint_state>(tcp::settings{});
    auto l = *make_ref<tcp::listener>(home, tcp::hold{.address = here, .listening = true}, port,
                                      *make_ref<tcp::fast_open_budget>());
    l->backlog.store(64);
    tcp::listeners().add(*l);
    std::atomic<bool> stop{false};
    // The clock runs, timers fire, and somebody else always wants everything processed.
    std::thread clock = test::run_thread([&] {
        while (!stop)
            test::advance(duration::milliseconds(1));
    });
    constexpr int pairs = 3;
    std::vector<refptr<endpoint_state>> ends;
    for (int i = 0; i < pairs; ++i) {
        ends.push_back(opened(static_cast<u16>(1000 + i)));
        refptr<endpoint_state> accepted = l->accept();
        ASSERT_TRUE(accepted) << "the handshake needs no other thread";
        ends.push_back(accepted);
    }
    std::vector<std::thread> threads;
    for (auto& e : ends) {
        threads.push_back(test::run_thread([&e] { send_all(*e); }));
        threads.push_back(test::run_thread([&e] { receive_all(*e); }));
    }
    threads.push_back(test::run_thread([&] {
        for (int i = 0; i < 3000; ++i)
            for (auto& e : ends)
                e->run();
    }));
    for (std::thread& t : threads)
        t.join();
    for (auto& e : ends) {
        endpoint_state::session s{*e};
        e->orphan();
        e->c().close(e->now());
    }
    stop = true;
    clock.join();
    for (auto& e : ends)
        EXPECT_EQ(e->c().current(), tcp::state::closed);
    test::advance(duration::seconds(200));
    EXPECT_EQ(tcp::flows().size(), 0u) << "TIME_WAIT has ended";
    l->close();
}

}  // namespace
