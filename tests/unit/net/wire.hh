// SPDX-License-Identifier: BSD-3-Clause
// A network card whose other end is the test, and frames to put into it.
#pragma once

#include <gtest/gtest.h>

#include <cstring>
#include <deque>
#include <net/checksum.hh>
#include <net/ethernet.hh>
#include <net/icmp/icmp.hh>
#include <net/interface.hh>
#include <net/ipv4/ipv4.hh>
#include <net/loopback.hh>
#include <net/neighbour.hh>
#include <net/route.hh>
#include <net/statistics.hh>
#include <string>

#include "../support/host_sched.hh"
#include "shim/frames.hh"
#include "shim/kernel.hh"

namespace test {

using namespace osprey;
using namespace osprey::net;

constexpr mac_address our_mac{{2, 0, 0, 0, 0, 1}}, peer_mac{{2, 0, 0, 0, 0, 2}};
constexpr ip_address our_ip = ip_address::v4(0x0a000001), peer_ip = ip_address::v4(0x0a000002),
                     router_ip = ip_address::v4(0x0a0000fe),
                     far_ip = ip_address::v4(0xc0000201);  // 10.0.0.1, .2, .254, 192.0.2.1

/// A frame as bytes.
using frame_text = std::string;

class wire final : public interface {
public:
    explicit wire(offloads can = {.scatter = true}) : interface {
        our_mac, 1500, if_broadcast | if_multicast | if_running | if_lower_up, can
    } {
    }
    void transmit(packet_ptr p) noexcept override {
        frame_text text(p->bytes(), '\0');
        EXPECT_TRUE(p->copy_out(0, text.data(), text.size()));
        last_check = p->check;
        sent.push_back(text);
    }
    frame_text take() {
        if (sent.empty())
            return {};
        frame_text first = sent.front();
        sent.pop_front();
        return first;
    }
    /// The frame comes in.
    void deliver(const frame_text& text) {
        auto f = memory::allocate_frames();
        ASSERT_LE(text.size(), page_size - 64);
        std::memcpy(static_cast<char*>(memory::data_of(*f)) + 64, text.data(), text.size());
        receive(packet::over(*f, 64, static_cast<u32>(text.size()), 12));
    }

    std::deque<frame_text> sent;
    checksum_state last_check{};
};

/// lo and one card, for all tests of a program: interfaces live for ever.
inline wire& card() {
    static wire* const w = [] {
        become_thread();
        EXPECT_TRUE(start_loopback());
        start_icmp();
        auto* made = new wire;
        EXPECT_TRUE(register_interface(*made, "eth{}"));
        EXPECT_TRUE(made->set_up(true));
        interface_address a;
        a.address = our_ip;
        a.prefix = 24;
        EXPECT_TRUE(made->add_address(a));
        return made;
    }();
    return *w;
}

inline frame_text bytes_of(const void* data, usize n) {
    return {static_cast<const char*>(data), n};
}

inline frame_text ethernet(mac_address to, mac_address from, u16 type, const frame_text& payload) {
    ethernet_header h{to, from, type};
    return bytes_of(&h, sizeof h) + payload;
}

struct ipv4_fields {
    u8 protocol = protocol_udp;
    u16 id = 0;
    u16 fragment = 0;
    u8 ttl = 64;
    frame_text options;
};

inline frame_text ipv4(ip_address from, ip_address to, const ipv4_fields& f,
                       const frame_text& payload) {
    ipv4_header h{};
    const usize header = sizeof h + f.options.size();
    h.version_and_length = static_cast<u8>(0x40 | header / 4);
    h.total_bytes = static_cast<u16>(header + payload.size());
    h.id = f.id;
    h.fragment = f.fragment;
    h.time_to_live = f.ttl;
    h.protocol = f.protocol;
    h.source = from.v4();
    h.destination = to.v4();
    frame_text text = bytes_of(&h, sizeof h) + f.options;
    checksum sum;
    sum.add(text.data(), text.size());
    const u16 field = sum.field();
    std::memcpy(text.data() + offsetof(ipv4_header, check), &field, sizeof field);
    return text + payload;
}

inline frame_text from_peer(const frame_text& ip_packet) {
    return ethernet(our_mac, peer_mac, ether_ipv4, ip_packet);
}

inline frame_text icmp(u8 type, u8 code, u16 id, u16 sequence, const frame_text& body) {
    icmp_header h{type, code, 0, id, sequence};
    frame_text text = bytes_of(&h, sizeof h) + body;
    checksum sum;
    sum.add(text.data(), text.size());
    const u16 field = sum.field();
    std::memcpy(text.data() + 2, &field, sizeof field);
    return text;
}

/// The IPv4 header of a frame, checked.
inline ipv4_header ip_of(const frame_text& frame) {
    ipv4_header h{};
    EXPECT_GE(frame.size(), sizeof(ethernet_header) + sizeof h);
    if (frame.size() >= sizeof(ethernet_header) + sizeof h)
        std::memcpy(&h, frame.data() + sizeof(ethernet_header), sizeof h);
    checksum sum;
    sum.add(&h, sizeof h);
    EXPECT_TRUE(sum.correct());
    EXPECT_EQ(h.total_bytes, frame.size() - sizeof(ethernet_header));
    return h;
}
inline frame_text payload_of(const frame_text& frame) {
    return frame.substr(sizeof(ethernet_header) + sizeof(ipv4_header));
}

/// A transport protocol that keeps what it gets.
class recorder final : public transport_protocol {
public:
    void receive(packet_ptr p) noexcept override {
        frame_text text(p->bytes(), '\0');
        EXPECT_TRUE(p->copy_out(0, text.data(), text.size()));
        got.push_back(text);
        last = std::move(p);
    }
    void error(const icmp_error& e) noexcept override {
        errors.push_back(e);
        quoted = bytes_of(e.transport.data(), e.transport.size());
    }
    std::deque<frame_text> got;
    std::deque<icmp_error> errors;
    frame_text quoted;
    packet_ptr last;
};

/// Each test begins with an empty wire, a peer whose address is known, and loses no frame.
class network : public testing::Test {
protected:
    void SetUp() override {
        card().sent.clear();
        before_ = frames_in_use();
        EXPECT_TRUE(set_neighbour(card(), peer_ip, peer_mac, neighbour_state::permanent));
    }
    void TearDown() override {
        (void)remove_neighbour(card(), peer_ip);
        end_grace_periods();
        card().sent.clear();
        EXPECT_EQ(frames_in_use(), before_) << "frames leaked";
    }
    long before_ = 0;
};

}  // namespace test
