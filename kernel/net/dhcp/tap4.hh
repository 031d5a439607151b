// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <net/address.hh>
#include <net/tap.hh>

namespace osprey::net {

/// Sees answers of DHCPv4 servers on an interface that has no address yet, and ARP messages of
/// machines that use the address we have: both before IPv4 would drop them. Open only while
/// something of the kind is expected, so that other packets cost nothing.
class dhcp4_tap final : public packet_tap {
public:
    explicit dhcp4_tap(interface& i) noexcept : device_{i} {}

    void open() noexcept {
        if (!open_)
            add_tap(*this);
        open_ = true;
    }
    void close() noexcept {
        if (open_)
            remove_tap(*this);
        open_ = false;
    }
    /// The address to be watched in ARP messages, in host order; 0: none.
    void watch(u32 address) noexcept { watched_.store(address, std::memory_order_relaxed); }

    void seen(interface& i, const packet& p, packet_direction d) noexcept override;

private:
    interface& device_;
    bool open_ = false;
    std::atomic<u32> watched_{0};
};

/// Sends a DHCP message in a frame made by hand; `destination` ~0 is broadcast.
void send_dhcp4_frame(interface& i, std::span<const u8> message, u32 source) noexcept;
/// Asks the link who has `address` (RFC 5227 §2.1.1, sender address 0), or tells that it is ours.
void send_arp_probe(interface& i, u32 address) noexcept;
void send_arp_announcement(interface& i, u32 address) noexcept;

}  // namespace osprey::net
