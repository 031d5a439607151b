// SPDX-License-Identifier: BSD-3-Clause
// Two ends of a connection and a network between them that loses, repeats, delays and overtakes,
// all from one seed: every run of a seed is the same.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <net/tcp/connection.hh>
#include <net/tcp/last_state.hh>
#include <net/tcp/passive.hh>
#include <random>
#include <string>
#include <vector>

namespace test {

using namespace osprey;
using namespace osprey::net;

constexpr u64 ms = 1'000'000;

struct network_quality {
    double loss = 0, duplicate = 0, reorder = 0, mark = 0;
    u64 delay_ns = 10 * ms, jitter_ns = 0;
    u32 mtu = 1500;
    bool says_too_big = true;  // ICMP, or a black hole
    bool whole_gso = false;    // as loopback has it
    u64 byte_ns = 0;           // time for one byte: a bottleneck with a queue
    u32 queue_packets = 100;
};

/// A packet as bytes on a wire.
struct wire_packet {
    std::vector<u8> bytes;  // from the TCP header on
    ip_address source, destination;
    u8 traffic_class = 0;
    u16 gso_bytes = 0, gso_segments = 0;
};
std::vector<wire_packet> to_wire(packet_ptr p, bool whole);
packet_ptr from_wire(const wire_packet& w);
tcp::segment parse(const wire_packet& w);
std::string to_text(const wire_packet& w);

class simulation;

/// One machine with one connection, which may begin as a listener.
class end_point final : public tcp::segment_output {
public:
    end_point(simulation& s, const char* name, tcp::settings set);
    void transmit(packet_ptr p) noexcept override;
    void input(packet_ptr p);
    void listen();
    void connect(u32 start);
    void wake();  // after any call: events, and what the application does
    std::string read(usize n);
    usize write(std::string_view data, tcp::connection::more m = tcp::connection::more::no);

    simulation& net;
    const char* name;
    end_point* peer = nullptr;
    tcp::settings settings;
    std::unique_ptr<tcp::connection> c;
    tcp::connection::path path;
    std::function<void(u8 events)> application;  // called with the events, until none are left
    bool listening = false, use_cookies = false;
    u32 next_start = 1'000'000;
    u8 all_events = 0;
    u64 sent_packets = 0, wake_at = 0;
    // TIME_WAIT
    bool has_last = false;
    tcp::last_state last;

private:
    void handshake_input(packet_ptr p);
    void last_input(packet_ptr p);
    bool has_request_ = false;
    tcp::handshake request_;
    u32 mtu_ = 1500;
};

class simulation {
public:
    explicit simulation(u64 seed, network_quality q = {}, tcp::settings a = {},
                        tcp::settings b = {});
    /// Runs until `done()`, or nothing will happen any more, or the time is over.
    bool run(std::function<bool()> done, u64 limit_ns = 3600'000 * ms);
    void at(u64 when_ns, std::function<void()> what);
    void put_on_wire(end_point& from, packet_ptr p);
    [[nodiscard]] instant now() const { return {now_}; }
    double random() { return std::uniform_real_distribution<double>{0, 1}(generator); }
    u64 random(u64 below) { return generator() % below; }

    std::mt19937_64 generator;
    network_quality quality;
    end_point a, b;
    std::function<bool(end_point& from, wire_packet& w)> filter;  // false: swallowed
    bool trace = false;
    u64 losses = 0;
    hash_key key{1, 2};

private:
    void deliver(end_point& from, const wire_packet& w, u64 when);
    std::multimap<u64, std::function<void()>> queue_;
    u64 now_ = 1'000 * ms;
    u64 link_free_[2] = {0, 0};
};

}  // namespace test
