// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <net/socket.hh>
#include <net/tcp/endpoint.hh>
#include <net/tcp/listener.hh>
#include <net/tcp/ports.hh>

namespace osprey::net::tcp {

/// SOCK_STREAM of AF_INET and AF_INET6, as tcp(7) has it. All protocol state is in the endpoint,
/// which outlives the socket until the protocol is done; a listening socket has a listener besides.
class stream_socket final : public net::socket {
public:
    static result<refptr<net::socket>> create(int family, int protocol, u32 flags) noexcept;
    stream_socket(int family, u32 flags, refptr<endpoint_state> e) noexcept;
    ~stream_socket() override;

    result<void> bind(const socket_address& a) noexcept override;
    result<void> connect(const socket_address& a) noexcept override;
    result<void> listen(int backlog) noexcept override;
    result<refptr<net::socket>> accept(u32 flags) noexcept override;
    result<usize> send(message& m) noexcept override;
    result<usize> receive(message& m) noexcept override;
    result<void> shutdown(u32 how) noexcept override;
    result<socket_address> name() noexcept override;
    result<socket_address> peer() noexcept override;
    result<void> set_option(int level, int option, std::span<const u8> value) noexcept override;
    result<usize> get_option(int level, int option, std::span<u8> value) noexcept override;
    result<usize> send_pages(std::span<const fragment> pages, u32 flags) noexcept override;
    [[nodiscard]] bool listening() const noexcept override { return listener_.load() != nullptr; }
    [[nodiscard]] errc pending_error() noexcept override;
    void option_changed(int option) noexcept override;
    [[nodiscard]] u32 send_buffer_size() noexcept override;
    [[nodiscard]] u32 receive_buffer_size() noexcept override;
    [[nodiscard]] memory_use memory_in_use() noexcept override;
    u32 poll(vfs::poll_registration* w) noexcept override;
    result<u64> ioctl(u32 request, u64 argument) noexcept override;
    void released() noexcept override;

private:
    using session = endpoint_state::session;

    // socket.cc
    [[nodiscard]] hold hold_of(const ip_address& address) const noexcept;
    [[nodiscard]] result<endpoint> remote_of(const socket_address& a) const noexcept;
    result<void> disconnect() noexcept;
    void forget_connection() noexcept;
    /// TCP Fast Open: `data` go with the SYN, as far as they fit, when there is a cookie.
    enum class fast_open : u8 { no, ask, with_data };
    result<void> begin_connect(const endpoint& to, fast_open how = fast_open::no,
                               vfs::io_buffer* data = nullptr) noexcept;
    result<bool> open_now(const endpoint& to, fast_open how, vfs::io_buffer* data) noexcept;
    result<usize> send_fast(message& m, const endpoint& to) noexcept;
    result<void> open_flow(const endpoint& to, const ip_address& from, u32& reopened) noexcept;
    [[nodiscard]] bool claim(u16 port, const endpoint& to, const ip_address& from,
                             u32& reopened) noexcept;
    result<void> wait_connected(bool nonblocking) noexcept;
    void linger(i32 seconds) noexcept;
    void stop_listening() noexcept;
    [[nodiscard]] refptr<listener> active_listener() const noexcept;

    // socket_data.cc
    result<void> ready_to_send(instant deadline, bool nonblocking) noexcept;
    [[nodiscard]] errc send_failure() noexcept;
    template <typename F>
    result<usize> send_loop(usize bytes, u32 flags, F&& put) noexcept;
    result<usize> receive_urgent(message& m) noexcept;
    result<usize> receive_error(message& m) noexcept;
    result<void> wait_readable(u32 changes, instant deadline) noexcept;

    // socket_options.cc
    result<void> set_tcp_option(int option, i32 value) noexcept;
    result<i32> tcp_option(int option) noexcept;
    result<usize> tcp_structure(int option, std::span<u8> value) noexcept;
    result<void> set_ip_option(int level, int option, std::span<const u8> value) noexcept;
    result<usize> get_ip_option(int level, int option, std::span<u8> value) noexcept;
    [[nodiscard]] bool v6_only() const noexcept { return ip_.get(net::ip_option::v6only) != 0; }
    void tell_listener() noexcept;

    const refptr<endpoint_state> e_;
    std::atomic<listener*> listener_{nullptr};  // with a reference
    endpoint local_;                            // the endpoint's lock guards the rest
    bool address_bound_ = false, connecting_ = false;
    std::atomic<bool> deferred_{
        false};  // TCP_FASTOPEN_CONNECT: to `deferred_to_`, with the first data
    endpoint deferred_to_;
    ip_socket_options ip_;
};

}  // namespace osprey::net::tcp
