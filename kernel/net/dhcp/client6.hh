// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <base/time.hh>
#include <net/dhcp/message6.hh>

namespace osprey::net {

class dhcp6_host {
public:
    /// Sends a UDP datagram from our link-local address, port 546, to all servers of the link.
    virtual void send(std::span<const u8> message) noexcept = 0;
    /// Addresses for these times, new ones or the old ones for longer.
    virtual void add_address(const dhcp6_address& a, instant preferred, instant valid) noexcept = 0;
    virtual void remove_address(const ip_address& a, std::string_view why) noexcept = 0;
    virtual void names_changed(const dhcp6_reply& r) noexcept = 0;
    virtual u32 random() noexcept = 0;

protected:
    ~dhcp6_host() = default;
};

/// DHCPv6 client (RFC 8415 §18.2) as a state machine without clock, threads or sockets: one
/// association for addresses, or information only.
class dhcp6_client {
public:
    dhcp6_client(dhcp6_host& host, const mac_address& mac) noexcept
        : host_{host}, identifier_{dhcp6_identifier_of(mac)}, association_{association_of(mac)} {}

    enum class state : u8 {
        idle,
        asking_information,
        informed,
        soliciting,
        requesting,
        bound,
        renewing,
        rebinding,
        declining
    };

    /// What router advertisements ask for (flags M and O). Asking for less than before changes
    /// nothing; what is held runs its time.
    void want(bool addresses, bool other, instant now) noexcept;
    void stop() noexcept;
    void received(std::span<const u8> message, instant now) noexcept;
    /// Another machine has one of the addresses.
    void duplicate(const ip_address& a, instant now) noexcept;
    void tick(instant now) noexcept;
    [[nodiscard]] instant deadline() const noexcept { return deadline_; }
    [[nodiscard]] state now_in() const noexcept { return state_; }

private:
    /// RFC 8415 §7.6: IRT, MRT, MRC (0: without end).
    struct timing {
        duration first, most;
        u8 attempts;
    };
    static u32 association_of(const mac_address& mac) noexcept {
        return load_big<u32>(mac.bytes + 2);
    }
    [[nodiscard]] timing timing_of(state s) const noexcept;
    void enter(state s, instant now) noexcept;
    void send(instant now) noexcept;
    void take_addresses(const dhcp6_reply& r, instant now) noexcept;
    void take_advertisement(const dhcp6_reply& r, instant now) noexcept;
    void lose_all(std::string_view why) noexcept;
    [[nodiscard]] bool holds_lease() const noexcept {
        return state_ == state::bound || state_ == state::renewing || state_ == state::rebinding;
    }

    dhcp6_host& host_;
    const dhcp6_identifier identifier_;
    const u32 association_;
    state state_ = state::idle;
    u32 transaction_ = 0;
    u8 attempts_ = 0;
    duration interval_{};
    instant began_{}, deadline_ = instant::never();
    duration most_solicit_time_ = duration::seconds(3600);
    dhcp6_identifier server_;
    u8 best_preference_ = 0;
    short_list<dhcp6_address, 4> offered_;
    dhcp6_address held_[4];
    instant held_until_[4];
    usize held_count_ = 0;
    instant renew_at_, rebind_at_, expires_at_;
};

}  // namespace osprey::net
