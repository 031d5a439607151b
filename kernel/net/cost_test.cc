// SPDX-License-Identifier: BSD-3-Clause
// `--selftest=network_cost`: what a small packet costs on its way up and down, without a device.
// With QEMU's `-icount shift=0` the counter ticks once per instruction.
#include <arch/cpu.hh>
#include <base/log.hh>
#include <cstring>
#include <net/checksum.hh>
#include <net/ethernet.hh>
#include <net/ipv4/ipv4.hh>
#include <net/neighbour.hh>
#include <net/protocol.hh>
#include <net/self_test.hh>

namespace osprey::net {
namespace {

constexpr u8 experimental = 253;
constexpr u32 rounds = 1000, payload = 64;
constexpr ip_address ours = ip_address::v4(0x0a630001), theirs = ip_address::v4(0x0a630002);
constexpr mac_address our_mac{{2, 0, 0, 0, 0, 1}}, their_mac{{2, 0, 0, 0, 0, 2}};

/// A card without a wire.
class nowhere final : public interface {
public:
    nowhere() noexcept : interface {
        our_mac, 1500, if_broadcast | if_running | if_lower_up, offloads {
            .checksum = true, .scatter = true
        }
    } {
    }
    void transmit(packet_ptr p) noexcept override {
        p.reset();
        ++sent;
    }
    u32 sent = 0;
};

class sink final : public transport_protocol {
public:
    void receive(packet_ptr p) noexcept override {
        p.reset();
        ++got;
    }
    u32 got = 0;
};
constinit sink protocol;

packet_ptr make_frame() noexcept {
    auto f = memory::allocate_frames();
    if (!f)
        return nullptr;
    constexpr u32 at = 12, bytes = sizeof(ethernet_header) + sizeof(ipv4_header) + payload;
    packet_ptr p = packet::over(*f, at, bytes, at);
    if (!p)
        return p;
    auto* link = p->header<ethernet_header>();
    *link = {our_mac, their_mac, ether_ipv4};
    auto* ip = reinterpret_cast<ipv4_header*>(link + 1);
    std::memset(ip, 0, sizeof *ip);
    ip->version_and_length = 0x45;
    ip->total_bytes = static_cast<u16>(bytes - sizeof(ethernet_header));
    ip->time_to_live = 64;
    ip->protocol = experimental;
    ip->source = theirs.v4();
    ip->destination = ours.v4();
    checksum sum;
    sum.add(ip, sizeof *ip);
    ip->check = sum.field();
    return p;
}

u64 cost_up(nowhere& card) noexcept {
    u64 cycles = 0;
    for (u32 i = 0; i < rounds; ++i) {
        packet_ptr p = make_frame();
        if (!p)
            return 0;
        const u64 start = arch::cycle_counter();
        card.receive(std::move(p));
        cycles += arch::cycle_counter() - start;
    }
    return cycles / rounds;
}

u64 cost_down(route& way) noexcept {
    u64 cycles = 0;
    for (u32 i = 0; i < rounds; ++i) {
        const u64 start = arch::cycle_counter();
        packet_ptr p = packet::make();
        if (!p)
            return 0;
        (void)p->append(payload);
        (void)send_ip(way, ours, experimental, std::move(p));
        cycles += arch::cycle_counter() - start;
    }
    return cycles / rounds;
}

u64 cost_of_frame() noexcept {
    u64 cycles = 0;
    for (u32 i = 0; i < rounds; ++i) {
        const u64 start = arch::cycle_counter();
        packet_ptr p = packet::make();
        auto f = memory::allocate_frames();
        if (!p || !f)
            return 0;
        memory::release_frame(*f);
        p.reset();
        cycles += arch::cycle_counter() - start;
    }
    return cycles / rounds;
}

}  // namespace

bool cost_test() noexcept {
    auto* card = new (std::nothrow) nowhere;
    register_protocol(experimental, protocol);
    interface_address a;
    a.address = ours;
    a.prefix = 24;
    if (!card || !register_interface(*card, "null{}") || !card->set_up(true) ||
        !card->add_address(a) ||
        !set_neighbour(*card, theirs, their_mac, neighbour_state::permanent))
        return false;
    auto way = find_route({theirs, {}, 0});
    if (!way)
        return false;
    for (int warm = 0; warm < 2; ++warm) {
        const u64 memory = cost_of_frame(), up = cost_up(*card), down = cost_down(**way);
        log::notice("cycles per packet: up {}, down {}; packet and frame {}", up, down, memory);
    }
    return protocol.got == 2 * rounds && card->sent == 2 * rounds;
}

}  // namespace osprey::net
