// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <net/datagram/datagram_socket.hh>

namespace osprey::net {

/// Registers raw sockets (raw(7)) of both families. At boot.
void start_raw() noexcept;

/// A socket that sees, and sends, packets of one IP protocol.
class raw_socket final : public datagram_socket {
public:
    raw_socket(int family, int protocol, u32 flags) noexcept;

    result<void> bind(const socket_address& a) noexcept override;
    result<void> connect(const socket_address& a) noexcept override;
    result<usize> send(message& m) noexcept override;
    result<void> set_option(int level, int option, std::span<const u8> value) noexcept override;
    result<usize> get_option(int level, int option, std::span<u8> value) noexcept override;

    /// Does it want this packet, by its names and filters? Any thread.
    [[nodiscard]] bool wants(const packet& p) const noexcept;
    [[nodiscard]] bool concerns(u8 ip_protocol, const icmp_error& e) const noexcept;
    /// Queues a copy, for IPv4 with its header (raw(7)).
    void take(const packet& p) noexcept;

protected:
    bool verify(packet& p) noexcept override;
    [[nodiscard]] usize payload_offset(const packet&) const noexcept override { return 0; }
    void leave_tables() noexcept override;

private:
    [[nodiscard]] bool passes_icmp_filter(u8 type) const noexcept;
    result<void> send_with_header(const send_choice& how, route& way, packet_ptr p) noexcept;
    result<void> fill_in_checksum(packet& p, const ip_address& source,
                                  const ip_address& destination) noexcept;
    result<endpoint> target_of(const message& m) noexcept;

    std::atomic<u32> filter_[8]{};          // ICMP_FILTER (one word), ICMP6_FILTER: set bits block
    std::atomic<i32> checksum_offset_{-1};  // IPV6_CHECKSUM
    std::atomic<bool> header_included_{false};
};

}  // namespace osprey::net
