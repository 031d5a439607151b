// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <net/route.hh>

namespace osprey::net {

/// A routing table as readers see it: never changed, replaced as a whole. Entries are in the order
/// in which they count: the local table before the main one, longer prefixes first, then by
/// address, then by metric. Those of one table, family and prefix length are a group; a look-up is
/// a binary search in each of the few groups.
class route_snapshot : public sync::rcu_head {
public:
    /// A copy of `old` (null: of an empty table). @return `errc::out_of_memory`.
    static result<unique_ptr<route_snapshot>> copy_of(const route_snapshot* old) noexcept;

    result<void> insert(const route_entry& r) noexcept;
    void erase(usize at) noexcept { entries_.erase(at); }
    /// Finds the groups again; before readers see the table. @return `errc::out_of_memory`.
    result<void> index() noexcept;

    /// The entry that counts for `destination`. `device`: index of the only interface that may be
    /// used, 0: any. Entries of interfaces that are down do not count. @return null: none.
    [[nodiscard]] const route_entry* find(const ip_address& destination, u32 device,
                                          instant now) const noexcept;
    [[nodiscard]] const vector<route_entry>& entries() const noexcept { return entries_; }

private:
    struct group {
        bool v4;
        u8 prefix;
        u32 begin, end;
    };
    vector<route_entry> entries_;
    vector<group> groups_;
};

/// The entry for `destination`, copied out. @return false: there is none.
bool look_up_route(const ip_address& destination, u32 device, route_entry& to) noexcept;

}  // namespace osprey::net
