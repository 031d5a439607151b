// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <net/datagram/datagram_socket.hh>
#include <net/udp/table.hh>

namespace osprey::net {

/// A UDP socket (udp(7)).
class udp_socket final : public datagram_socket {
public:
    udp_socket(int family, u32 flags) noexcept;
    ~udp_socket() override;

    result<void> bind(const socket_address& a) noexcept override;
    result<void> connect(const socket_address& a) noexcept override;
    result<usize> send(message& m) noexcept override;
    result<void> set_option(int level, int option, std::span<const u8> value) noexcept override;
    result<usize> get_option(int level, int option, std::span<u8> value) noexcept override;
    void option_changed(int option) noexcept override;
    /// UDP_GRO: what was sent as one may come as one.
    [[nodiscard]] bool takes_joined() const noexcept {
        return gro_.load(std::memory_order_relaxed);
    }

protected:
    bool verify(packet& p) noexcept override;
    [[nodiscard]] usize payload_offset(const packet&) const noexcept override { return 8; }
    void add_protocol_control(const packet& p, control_buffer& to) noexcept override;
    void leave_tables() noexcept override;
    void dropped_packet(const packet& p) noexcept override;
    void bad_checksum(const packet& p) noexcept override;

private:
    /// A datagram under way: UDP_CORK and MSG_MORE collect into it.
    struct pending {
        packet_ptr p;
        send_choice how;
        refptr<route> way;
    };
    result<void> bind_locked(endpoint e) noexcept;
    result<void> rebind_locked(endpoint local, const endpoint* remote) noexcept;
    result<void> ensure_bound() noexcept;
    result<void> disconnect() noexcept;
    result<endpoint> target_of(const message& m) noexcept;
    result<usize> send_corked(message& m, bool more) noexcept;
    result<usize> send_at_once(message& m) noexcept;
    result<usize> after_send(const message& m, result<usize> sent) noexcept;
    result<void> flush_locked() noexcept;
    result<void> transmit(const send_choice& c, route& way, packet_ptr p) noexcept;
    void tell_too_long(const send_choice& c, const route& way) noexcept;
    [[nodiscard]] unique_ptr<udp_binding> make_binding(const endpoint& local,
                                                       const endpoint* remote) noexcept;

    std::atomic<udp_binding*> binding_{nullptr};       // in the table; changes under `mutex_`
    bool address_bound_ = false, port_bound_ = false;  // by bind(2)
    std::atomic<bool> cork_{false};
    std::atomic<bool> collecting_{false};  // `pending_` has something
    std::atomic<u16> segment_bytes_{0};
    std::atomic<bool> gro_{false};
    std::atomic<bool> no_checksum_{false};
    pending pending_;
};

}  // namespace osprey::net
