// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <base/time.hh>
#include <base/vector.hh>
#include <net/address.hh>
#include <span>

namespace osprey::net {

/// Record kinds of IGMPv3 (RFC 3376 §4.2.12) and MLDv2 (RFC 3810 §5.2.12): the same numbers.
enum class group_record : u8 {
    is_include = 1,
    is_exclude = 2,
    to_include = 3,
    to_exclude = 4,
};

/// A query of a router, of either protocol.
struct group_query {
    ip_address group;  // any: general
    u8 version = 3;    // 1, 2, 3 of IGMP; 1 and 2 of MLD are 2 and 3 here
    duration most_delay{};
};

/// How reports leave.
class group_host {
public:
    /// One report of the newest protocol with all records, each without sources.
    virtual void send_report(std::span<const ip_address> groups,
                             std::span<const group_record> kinds) noexcept = 0;
    /// For routers of old: a report to the group itself, or a "done" to all routers.
    virtual void send_old_report(const ip_address& group, u8 version, bool leaving) noexcept = 0;
    virtual u32 random() noexcept = 0;

protected:
    ~group_host() = default;
};

/// The host side of IGMPv3 and MLDv2 for one interface and one family: which groups are joined, and
/// when that is told. Filters by source are applied by sockets; the link is asked for all sources,
/// so every record is of exclude mode with an empty list. Not thread safe, knows no clock.
class group_reports {
public:
    explicit group_reports(group_host& host) noexcept : host_{host} {}

    /// @return whether it is the first member; `errc::out_of_memory`.
    result<bool> join(const ip_address& group, instant now) noexcept;
    /// @return whether it was the last; `errc::address_not_available`.
    result<bool> leave(const ip_address& group, instant now) noexcept;
    [[nodiscard]] bool joined(const ip_address& group) const noexcept;
    void received(const group_query& q, instant now) noexcept;
    /// Another member reported (old versions only): ours is not needed.
    void heard_report(const ip_address& group) noexcept;
    /// The link came up, or an address did: tells everything again.
    void tell_all(instant now) noexcept;
    void tick(instant now) noexcept;
    [[nodiscard]] instant deadline() const noexcept;

    template <typename F>
    void for_each(F&& visit) const noexcept {
        for (const membership& m : groups_)
            if (m.members != 0)
                visit(m.group, m.members);
    }

private:
    struct membership {
        ip_address group;
        u32 members = 0;
        u8 repeats = 0;  // state-change reports still to be sent (robustness)
        instant report_at = instant::never();
        bool answer = false;  // what is due is the answer to a query, not a change
    };
    static bool is_reported(const ip_address& group) noexcept;
    membership* find(const ip_address& group) noexcept;
    void changed(membership& m, instant now) noexcept;
    [[nodiscard]] u8 version(instant now) const noexcept;
    duration random_delay(duration most) noexcept;

    group_host& host_;
    vector<membership> groups_;
    instant version1_until_{}, version2_until_{};
};

}  // namespace osprey::net
