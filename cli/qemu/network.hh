// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace osprey::cli::qemu {

/// A port of this machine that leads to one of the guest.
struct published_port {
    std::string host_address = "127.0.0.1";
    uint16_t host_port = 0;  ///< 0: any free one, see `choose_free_ports`
    uint16_t guest_port = 0;
    bool udp = false;

    /// "localhost:8080", "0.0.0.0:8080": where a client on this machine finds it.
    [[nodiscard]] std::string client_address() const;
};

/// One network card of the guest and where it leads.
struct network_card {
    enum class backend { user, tap, bridge };
    backend kind = backend::user;
    std::string name;                   ///< of the tap device or bridge
    unsigned queues = 1;                ///< tap only: the device must have been made multi_queue
    std::string mac;                    ///< empty: QEMU's default for one card
    std::vector<published_port> ports;  ///< user only
    std::string capture;                ///< file for every packet, in pcap format; may be empty
};

/// What `osprey run` says about networks; the words of its options.
struct network_request {
    std::vector<std::string> networks;   ///< --net user|none|tap:NAME[,queues=N]|bridge:NAME
    std::vector<std::string> published;  ///< -p [[ADDRESS:]HOST:]GUEST[/tcp|/udp]
    std::vector<std::string> macs;       ///< --mac, in the order of the cards
    std::string capture;                 ///< --pcap FILE
};

/// Turns the options into cards: a user network unless something else is asked for.
/// Throws `failure` (usage) for words that mean nothing, or that contradict each other.
[[nodiscard]] std::vector<network_card> plan_network(const network_request& request);

/// Gives every port without a number a free one of this machine, and checks that the others can
/// be had. Throws `failure` when one is in use or needs privileges.
void claim_ports(std::vector<network_card>& cards);

/// Checks that the tap devices and bridges of this machine can be had. Throws `failure`.
void check_devices(const std::vector<network_card>& cards);

/// QEMU's words for the cards. `bus` is "pci" or "device" (MMIO).
[[nodiscard]] std::vector<std::string> network_arguments(const std::vector<network_card>& cards,
                                                         const std::string& bus);

/// "user", "tap0", "bridge br0": for the header.
[[nodiscard]] std::string describe(const network_card& card);

}  // namespace osprey::cli::qemu
