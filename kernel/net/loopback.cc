// SPDX-License-Identifier: BSD-3-Clause
#include <net/ethernet.hh>
#include <net/loopback.hh>
#include <new>
#include <trace/tracepoint.hh>

namespace osprey::net {
namespace {

constexpr u32 loopback_mtu = 65536;

/// The way back. What is sent is received by the sender's thread, untouched: large segments stay
/// whole, and nobody sums what never left memory.
class loopback final : public interface {
public:
    loopback() noexcept : interface {
        mac_address{}, loopback_mtu, if_loopback | if_running | if_lower_up, offloads {
            .checksum = true, .tso4 = true, .tso6 = true, .udp_gso = true, .scatter = true
        }
    } {
    }

    void transmit(packet_ptr p) noexcept override {
        interface_counters& c = counters();
        ++c.sent_packets;
        c.sent_bytes += p->bytes();
        p->looped_back = true;
        p->check = checksum_state::verified;
        receive(std::move(p));
    }
};

}  // namespace

result<void> start_loopback() noexcept {
    alignas(loopback) static u8 place[sizeof(loopback)];
    auto* lo = ::new (place) loopback;
    TRY_VOID(register_interface(*lo, "lo"));
    TRY_VOID(lo->set_up(true));
    interface_address a;
    a.scope = 254;  // RT_SCOPE_HOST
    a.flags = address_permanent;
    a.address = ip_address::v4(0x7f000001);
    a.prefix = 8;
    TRY_VOID(lo->add_address(a));
    a.address = ip_address::v6_loopback();
    a.prefix = 128;
    a.flags |= address_no_dad;
    return lo->add_address(a);
}

TRACEPOINT(net, net_loopback, u32 bytes);
void send_to_ourselves(interface& device, packet_ptr p, u16 ether_type) noexcept {
    TRACE(net_loopback, p->bytes());
    if (p->headroom() < sizeof(ethernet_header))
        return;
    push_ethernet(*p, mac_address::broadcast(), device.mac(), ether_type);
    if (p->check == checksum_state::partial)
        p->complete_checksum();
    p->looped_back = true;
    p->check = checksum_state::verified;
    device.receive(std::move(p));
}

}  // namespace osprey::net
