// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <base/intrusive_list.hh>
#include <net/datagram/channel.hh>
#include <net/packet_socket/ring_memory.hh>
#include <net/socket.hh>

namespace osprey::net {

/// A socket of AF_PACKET: sees whole frames (SOCK_RAW), or what is behind their link header
/// (SOCK_DGRAM), and sends such.
class packet_socket final : public socket, packet_tap {
public:
    packet_socket(int type, u16 ether_type, u32 flags) noexcept;

    result<void> bind(const socket_address& a) noexcept override;
    result<usize> send(message& m) noexcept override;
    result<usize> receive(message& m) noexcept override;
    result<socket_address> name() noexcept override;
    result<void> set_option(int level, int option, std::span<const u8> value) noexcept override;
    result<usize> get_option(int level, int option, std::span<u8> value) noexcept override;
    u32 poll(vfs::poll_registration* w) noexcept override;
    result<u64> ioctl(u32 request, u64 argument) noexcept override;
    result<refptr<memory::vm_object>> mapping(bool shared, bool writable) noexcept override;
    void released() noexcept override;

    /// What /proc/net/packet tells.
    struct view {
        int type;
        u16 ether_type;
        u32 device;
        bool running;
        u32 queued, user, references;
        u64 inode;
    };
    /// With a lock held that others may wait for: `visit` must not sleep long.
    static void for_each(void (*visit)(const view& v, void* context), void* context) noexcept;

    void seen(interface& i, const packet& p, packet_direction d) noexcept override;

private:
    friend struct packet_sockets;
    struct membership {
        u32 device;
        u16 kind;  // PACKET_MR_*
        u8 address[8];
    };
    [[nodiscard]] bool wants(const interface& i, u16 ether_type, packet_direction d) const noexcept;
    void listen() noexcept;
    result<void> change_membership(std::span<const u8> value, bool add) noexcept;
    void apply(const membership& m, bool add) noexcept;
    result<void> set_ring(std::span<const u8> value) noexcept;
    void add_control(const packet& p, control_buffer& to) noexcept;
    [[nodiscard]] bool cooked() const noexcept { return type() == sock_dgram; }

    sync::mutex mutex_{sync::lock_rank::socket};
    std::atomic<u16> ether_type_;
    bool listening_ = false;
    packet_channel channel_;
    unique_ptr<receive_ring> ring_;  // changes while no tap is open
    u32 ring_version_ = 0, ring_reserve_ = 0;
    vector<membership> memberships_;
    std::atomic<bool> auxiliary_{false}, ignore_outgoing_{false};
    std::atomic<u32> packets_{0}, drops_{0};
    const u32 user_;
    list_hook all_hook_;  // of all packet sockets
};

}  // namespace osprey::net
