// SPDX-License-Identifier: BSD-3-Clause
// Any bytes as what comes in by a network card: frames for ARP, IPv4, ICMP and reassembly, with
// time passing between them. Nothing may be touched that is not there, lost, or held without bound.
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <net/checksum.hh>
#include <net/ethernet.hh>
#include <net/icmp/icmp.hh>
#include <net/ipv4/ipv4.hh>
#include <net/loopback.hh>
#include <net/neighbour.hh>
#include <net/reassembly.hh>

#include "../../unit/net/shim/frames.hh"
#include "../../unit/net/shim/kernel.hh"
#include "../../unit/support/host_sched.hh"

namespace {

using namespace osprey;
using namespace osprey::net;

void require(bool holds, const char* what) {
    if (holds)
        return;
    std::fprintf(stderr, "%s\n", what);
    std::abort();
}

/// Looks at everything that the stack sends or delivers.
void read_all(const packet& p) {
    static u8 room[packet::most_bytes];
    require(p.bytes() <= sizeof room, "a packet is larger than any may be");
    require(p.copy_out(0, room, p.bytes()), "a packet is shorter than it says");
    volatile u8 sum = 0;
    for (u32 i = 0; i < p.bytes(); ++i)
        sum = static_cast<u8>(sum + room[i]);
}

class card final : public interface {
public:
    card() : interface {
        {{2, 0, 0, 0, 0, 1}}, 1500, if_broadcast | if_multicast | if_running, offloads {}
    } {
    }
    void transmit(packet_ptr p) noexcept override { read_all(*p); }
};

class sink final : public transport_protocol {
public:
    void receive(packet_ptr p) noexcept override {
        read_all(*p);
        require(p->network_header >= sizeof(ipv4_header), "no IP header in front");
        // Answering errors reads the IP header in front of the packet.
        if (p->bytes() % 7 == 0)
            send_icmp_error(*p, icmp_error::kind::port_unreachable);
    }
    void error(const icmp_error& e) noexcept override {
        require(e.transport.size() >= 8, "an error quotes too little");
        volatile u8 sum = 0;
        for (const u8 b : e.transport)
            sum = static_cast<u8>(sum + b);
    }
};

card& start_stack() {
    test::become_thread();
    require(start_loopback().has_value(), "no loopback");
    start_icmp();
    static sink udp, tcp;
    register_protocol(protocol_udp, udp);
    register_protocol(protocol_tcp, tcp);
    auto* c = new card;
    require(register_interface(*c, "eth{}").has_value(), "no card");
    require(c->set_up(true).has_value(), "no card");
    interface_address a;
    a.address = ip_address::v4(0x0a000001);
    a.prefix = 24;
    require(c->add_address(a).has_value(), "no address");
    return *c;
}

/// Makes the frame one that gets further than the first check: `how` chooses what is set right.
void set_right(u8* frame, usize bytes, u8 how) {
    constexpr usize ip = sizeof(ethernet_header);
    if (how & 1 && bytes >= ip) {
        std::memcpy(frame, "\x02\0\0\0\0\x01\x02\0\0\0\0\x02", 12);
        const u16 types[] = {ether_ipv4, ether_ipv4, ether_ipv4, ether_arp};
        store_big(frame + 12, types[how >> 6]);
    }
    if (!(how & 2) || bytes < ip + sizeof(ipv4_header))
        return;
    auto* h = reinterpret_cast<ipv4_header*>(frame + ip);
    const usize header = (how & 4) ? sizeof *h : 20 + h->header_bytes() % 44;
    if (ip + header > bytes)
        return;
    h->version_and_length = static_cast<u8>(0x40 | header / 4);
    h->total_bytes = static_cast<u16>(bytes - ip);
    h->source = 0x0a000002u;
    h->destination = how & 8 ? 0x0a000001u : 0x0a0000ffu;
    const u8 protocols[] = {protocol_icmp, protocol_udp, protocol_tcp, h->protocol};
    h->protocol = protocols[how >> 4 & 3];
    h->check = 0;
    checksum sum;
    sum.add(h, header / 4 * 4);
    h->check = sum.field();
    const usize icmp = ip + header / 4 * 4;
    if (h->protocol == protocol_icmp && bytes >= icmp + sizeof(icmp_header)) {
        std::memset(frame + icmp + 2, 0, 2);
        checksum body;
        body.add(frame + icmp, bytes - icmp);
        const u16 field = body.field();
        std::memcpy(frame + icmp + 2, &field, sizeof field);
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    static card& c = start_stack();
    const long before = test::frames_in_use();
    // Each frame: what to set right, two bytes of length, its bytes.
    while (size >= 3) {
        const u8 how = data[0];
        usize bytes = static_cast<usize>(data[1]) | static_cast<usize>(data[2] & 7) << 8;
        if (data[2] & 0x80)
            test::advance(duration::milliseconds((data[2] & 0x70) * 100));
        data += 3;
        size -= 3;
        bytes = bytes < size ? bytes : size;
        auto f = memory::allocate_frames();
        require(f.has_value(), "frames are lost");
        // At the very end of the frame, where a sanitizer would not see a step outside: the next
        // frame is poisoned by its stale contents only, so lengths are checked by the packet.
        auto* at = static_cast<u8*>(memory::data_of(*f)) + page_size - bytes;
        std::memcpy(at, data, bytes);
        set_right(at, bytes, how);
        const u32 linear = how & 0x20 && bytes > 60 ? 60 : static_cast<u32>(bytes);
        packet_ptr p = packet::over(*f, static_cast<u32>(page_size - bytes), linear, 0);
        if (linear != bytes) {
            memory::hold_frame(*f);
            (void)p->append(fragment{*f, static_cast<u32>(page_size - bytes + linear),
                                     static_cast<u32>(bytes - linear)});
        }
        c.receive(std::move(p));
        data += bytes;
        size -= bytes;
    }
    test::advance(duration::seconds(40));
    forget_neighbours(c);
    test::end_grace_periods();
    require(test::frames_in_use() == before, "a frame was lost");
    return 0;
}
