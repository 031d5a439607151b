// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <base/vector.hh>
#include <net/interface.hh>
#include <sync/mutex.hh>
#include <sync/rcu.hh>

namespace osprey::net {

/// The multicast groups of one socket, each on one interface, with a filter of sources
/// (RFC 3376 §2, RFC 3678). Changes take a mutex, the receive path reads under RCU.
class memberships {
public:
    memberships() noexcept = default;
    memberships(const memberships&) = delete;
    ~memberships();

    static constexpr usize most_groups = 1024, most_sources = 64;

    /// Any-source membership. `device` 0: chosen by the routes. @return `errc::address_in_use`
    /// (already joined), `errc::no_device`, `errc::invalid_argument`, `errc::no_buffers`.
    result<void> join(const ip_address& group, u32 device) noexcept;
    /// @return `errc::address_not_available`.
    result<void> leave(const ip_address& group, u32 device) noexcept;
    /// Adds a source to an include list, joining with the first one. @return as `join`.
    result<void> join_source(const ip_address& group, u32 device,
                             const ip_address& source) noexcept;
    /// Takes it away; with the last one the group is left.
    result<void> leave_source(const ip_address& group, u32 device,
                              const ip_address& source) noexcept;
    /// Blocks (unblocks) a source of an any-source membership.
    result<void> block(const ip_address& group, u32 device, const ip_address& source,
                       bool blocked) noexcept;
    /// MCAST_MSFILTER: replaces the filter. `exclude`: of the sources that are not wanted.
    result<void> set_filter(const ip_address& group, u32 device, bool exclude,
                            std::span<const ip_address> sources) noexcept;
    struct filter {
        bool exclude;
        vector<ip_address> sources;
    };
    result<filter> get_filter(const ip_address& group, u32 device) noexcept;
    void leave_all() noexcept;

    /// Does the socket want this packet? `unjoined`: what IP_MULTICAST_ALL says of groups that it
    /// did not join itself. Any thread.
    [[nodiscard]] bool wants(const ip_address& group, u32 device, const ip_address& source,
                             bool unjoined) const noexcept;

private:
    struct membership {
        ip_address group;
        interface* device = nullptr;
        bool exclude = true;
        vector<ip_address> sources;
    };
    struct table : sync::rcu_head {
        vector<membership> entries;
    };
    template <typename Edit>
    result<void> edit(Edit&& change) noexcept;
    static membership* find(vector<membership>& entries, const ip_address& group,
                            const interface* device) noexcept;
    static result<interface*> device_for(const ip_address& group, u32 index) noexcept;

    sync::mutex mutex_{sync::lock_rank::none};
    sync::rcu_pointer<table> table_;
};

}  // namespace osprey::net
