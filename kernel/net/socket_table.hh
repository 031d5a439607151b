// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <base/vector.hh>
#include <net/address.hh>

namespace osprey::net {

/// A socket of a transport protocol as lists show it: /proc/net/tcp and ss(8).
struct socket_entry {
    u8 family = 0;  // AF_INET, AF_INET6
    u8 state = 0;  // TCP_* of Linux: 1 established, 7 closed (unconnected datagrams), 10 listening…
    endpoint local, remote;
    u32 send_queue = 0, receive_queue = 0;  // bytes; listeners: backlog and who waits
    u8 timer = 0;      // 0 none, 1 retransmission, 2 keep-alive, 3 time-wait, 4 window probe
    u32 timer_ms = 0;  // until it expires
    u32 retransmissions = 0;
    u32 user = 0;
    u64 inode = 0;  // 0: no file any more (time-wait)
    u32 references = 1;
    u32 drops = 0;
    u32 device = 0;  // SO_BINDTODEVICE
    u8 shutdown = 0;
    u64 cookie = 0;  // the same for the life of the socket; its address, say
    u32 mark = 0;
    bool v6_only = false;
    bool orphan = false;  // TCP: closed by its program, not yet by the protocol
    // TCP: as /proc/net/tcp ends its lines
    u32 retransmission_timeout_ms = 0, congestion_window = 0, slow_start_threshold = 0;
};

/// How a protocol's sockets are listed. Protocols register one object each at boot.
class socket_table {
public:
    socket_table(const socket_table&) = delete;
    /// IPPROTO_*.
    const u8 protocol;
    /// Adds all of them to `to`. Context: threads, may sleep. @return `errc::out_of_memory`.
    virtual result<void> list(vector<socket_entry>& to) noexcept = 0;
    /// struct tcp_info of the socket with this cookie, for `ss -i`. @return bytes; 0: gone or none.
    virtual usize information(u64 cookie, void* to, usize room) noexcept {
        (void)cookie, (void)to, (void)room;
        return 0;
    }

protected:
    explicit constexpr socket_table(u8 number) noexcept : protocol{number} {}
    ~socket_table() = default;

private:
    friend void register_socket_table(socket_table& t) noexcept;
    friend socket_table* find_socket_table(u8 protocol) noexcept;
    socket_table* next_ = nullptr;
};

/// For ever. Context: threads.
void register_socket_table(socket_table& t) noexcept;
/// @return null: nobody registered.
socket_table* find_socket_table(u8 protocol) noexcept;

}  // namespace osprey::net
