// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <net/datagram/channel.hh>
#include <net/datagram/error_record.hh>
#include <net/datagram/ip_socket_options.hh>
#include <net/datagram/memberships.hh>
#include <net/socket.hh>

namespace osprey::net {

/// How one datagram is sent: what the socket says, changed by the ancillary data of the call.
struct send_choice {
    endpoint to;
    ip_address source;  // any: the route's
    u32 device = 0;
    ip_options ip;
    u16 segment_bytes = 0;  // UDP_SEGMENT; 0: one datagram
};

/// What UDP, raw and ping sockets share: the channel that packets come in by, reading from it, the
/// error queue, options of IP, multicast memberships.
///
/// The receive path pushes under RCU and never waits; `mutex_` is held by readers while they take a
/// packet, and by whoever changes addresses.
class datagram_socket : public socket {
public:
    datagram_socket(int family, int type, int protocol, u32 flags) noexcept
        : socket{family, type, protocol, flags} {}

    /// From the protocol: queues the packet and wakes readers. The caller holds a reference or is
    /// inside an RCU section, which it may have to leave: `queue` only queues; if it says so, the
    /// caller then calls `wake_readers` with a reference held and preemption on.
    /// @return false: there was no room (counted), or a filter did not want it.
    bool queue(packet_ptr p) noexcept;
    [[nodiscard]] bool has_sleepers() const noexcept { return readable.anybody_waits(); }
    void wake_readers() noexcept { readable.wake_one(vfs::poll_in | vfs::poll_rdnorm); }
    /// An ICMP error about something that it sent. `payload`: what of it was quoted.
    void queue_error(const icmp_error& e, const endpoint& destination,
                     std::span<const u8> payload) noexcept;

    result<usize> receive(message& m) noexcept override;
    result<void> shutdown(u32 how) noexcept override;
    result<void> set_option(int level, int option, std::span<const u8> value) noexcept override;
    result<usize> get_option(int level, int option, std::span<u8> value) noexcept override;
    void option_changed(int option) noexcept override;
    result<socket_address> name() noexcept override;
    result<socket_address> peer() noexcept override;
    [[nodiscard]] memory_use memory_in_use() noexcept override {
        return {static_cast<u32>(waiting_bytes()), 0, static_cast<u32>(dropped())};
    }
    u32 poll(vfs::poll_registration* w) noexcept override;
    result<u64> ioctl(u32 request, u64 argument) noexcept override;
    void released() noexcept override;

    [[nodiscard]] const ip_socket_options& options() const noexcept { return options_; }
    [[nodiscard]] const memberships& groups() const noexcept { return groups_; }
    [[nodiscard]] u64 dropped() const noexcept { return dropped_.load(std::memory_order_relaxed); }
    [[nodiscard]] u64 waiting_bytes() const noexcept { return channel_.waiting(); }
    [[nodiscard]] bool is_connected() const noexcept {
        return connected_.load(std::memory_order_acquire);
    }
    /// The names of the moment, for /proc/net and netlink.
    [[nodiscard]] endpoint local() noexcept;
    [[nodiscard]] endpoint remote() noexcept;

protected:
    /// Is the packet's checksum right? The reader asks once, before anybody sees the packet.
    virtual bool verify(packet& p) noexcept = 0;
    /// Where the data begins for the application.
    [[nodiscard]] virtual usize payload_offset(const packet& p) const noexcept = 0;
    [[nodiscard]] virtual socket_address sender_of(const packet& p) const noexcept;
    /// Ancillary data of the protocol's own (UDP_GRO).
    virtual void add_protocol_control(const packet& p, control_buffer& to) noexcept {
        (void)p;
        (void)to;
    }
    /// What `shutdown(SHUT_RD)` and close do to the protocol's tables.
    virtual void leave_tables() noexcept {}
    virtual void dropped_packet(const packet& p) noexcept { (void)p; }
    virtual void bad_checksum(const packet& p) noexcept { (void)p; }

    /// Begins from the options, then takes the ancillary data. @return `errc::invalid_argument`…
    result<send_choice> choose(std::span<const u8> ancillary, const endpoint& to) noexcept;
    /// The route for it. Broadcast needs SO_BROADCAST: `errc::access_denied`.
    result<refptr<route>> find_way(const send_choice& c) noexcept;
    /// May the socket be bound to this address? @return `errc::address_not_available`.
    [[nodiscard]] result<void> check_bindable(const endpoint& e) const noexcept;
    /// The address of a sendto(2) or connect(2).
    result<endpoint> destination_of(const socket_address& a) noexcept;
    /// Errors that were told late come back from the next call of any kind.
    [[nodiscard]] errc late_error() noexcept {
        return error_.load(std::memory_order_relaxed) == errc{} ? errc{} : take_error();
    }
    [[nodiscard]] bool wants_error_queue(bool v4) const noexcept {
        return options_.get(v4 ? ip_option::recverr : ip_option::recverr6) != 0;
    }

    sync::mutex mutex_{sync::lock_rank::socket};
    endpoint local_, remote_;
    std::atomic<bool> connected_{false};
    std::atomic<u8> shut_{0};  // bit 0 receiving, bit 1 sending
    ip_socket_options options_;
    memberships groups_;
    packet_channel channel_;
    packet_channel errors_;

private:
    result<usize> receive_error(message& m) noexcept;
    result<packet_ptr> wait_for_packet(const message& m) noexcept;
    result<usize> hand_over(packet& p, message& m) noexcept;
    result<usize> peek(message& m) noexcept;
    packet* verified_front() noexcept;
    void add_control(const packet& p, control_buffer& to) noexcept;
    void add_control4(const packet& p, control_buffer& to) noexcept;
    void add_control6(const packet& p, control_buffer& to) noexcept;
    result<void> set_group_option(int level, int option, std::span<const u8> value) noexcept;
    result<usize> get_group_option(int option, std::span<u8> value) noexcept;
    result<void> take_control(int level, int type, std::span<const u8> data,
                              send_choice& c) noexcept;
    bool passes_filter(packet& p) noexcept;

    std::atomic<u64> dropped_{0};
    std::atomic<bool> stamps_{false};
};

}  // namespace osprey::net
