// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <base/time.hh>
#include <net/dhcp/message4.hh>

namespace osprey::net {

/// An address for a time, and what came with it.
struct dhcp4_lease {
    dhcp4_reply offer;
    instant renew_at, rebind_at, expires_at;
    [[nodiscard]] u8 prefix() const noexcept;
};

/// What the protocol engine needs of the world.
class dhcp4_host {
public:
    /// Sends a UDP datagram from port 68 to port 67. A destination of all ones is broadcast, from
    /// 0.0.0.0 unless `source` is given.
    virtual void send(std::span<const u8> message, u32 source, u32 destination) noexcept = 0;
    /// Takes the lease (a new one, or the old one for longer); asks the link whether somebody else
    /// has the address, and says so by `dhcp4_client::conflict`.
    virtual void configure(const dhcp4_lease& lease, bool is_new) noexcept = 0;
    /// The address must not be used any more.
    virtual void withdraw(const dhcp4_lease& lease, std::string_view why) noexcept = 0;
    virtual u32 random() noexcept = 0;
    virtual std::string_view host_name() noexcept = 0;

protected:
    ~dhcp4_host() = default;
};

/// DHCPv4 client (RFC 2131 §4.4) as a state machine without clock, threads or sockets. Whoever has
/// it calls `received` for datagrams to port 68 and `tick` when `deadline()` has come.
class dhcp4_client {
public:
    dhcp4_client(dhcp4_host& host, const mac_address& mac) noexcept : host_{host}, mac_{mac} {}

    enum class state : u8 { idle, waiting, selecting, requesting, bound, renewing, rebinding };

    void start(instant now) noexcept;
    void received(std::span<const u8> message, instant now) noexcept;
    void tick(instant now) noexcept;
    /// Somebody else has the address: declines it and begins anew (RFC 2131 §4.4.4).
    void conflict(instant now) noexcept;
    /// Gives the lease back; the machine goes down.
    void release() noexcept;
    /// Forgets everything; nobody can be told.
    void stop(std::string_view why) noexcept;

    [[nodiscard]] instant deadline() const noexcept { return deadline_; }
    [[nodiscard]] state now_in() const noexcept { return state_; }
    [[nodiscard]] bool has_lease() const noexcept { return state_ >= state::bound; }
    /// Is an answer of a server on its way, perhaps?
    [[nodiscard]] bool expects_answer() const noexcept {
        return state_ != state::idle && state_ != state::waiting && state_ != state::bound;
    }
    [[nodiscard]] const dhcp4_lease& lease() const noexcept { return lease_; }

private:
    void begin(instant now) noexcept;
    void send(dhcp4_type type, instant now) noexcept;
    void send_again(instant now) noexcept;
    void take(const dhcp4_reply& r, instant now) noexcept;
    void lose(std::string_view why, instant now, duration pause) noexcept;
    void plan_renewal(instant now, instant next_phase) noexcept;

    dhcp4_host& host_;
    const mac_address mac_;
    state state_ = state::idle;
    u8 attempts_ = 0;
    u32 transaction_ = 0;
    instant began_{}, asked_{}, deadline_ = instant::never();
    dhcp4_reply chosen_;
    dhcp4_lease lease_{};
};

}  // namespace osprey::net
