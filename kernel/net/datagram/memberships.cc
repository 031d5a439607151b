// SPDX-License-Identifier: BSD-3-Clause
#include <net/datagram/memberships.hh>
#include <net/multicast.hh>
#include <net/route.hh>

namespace osprey::net {

memberships::~memberships() {
    if (table* t = table_.read())
        delete t;
}

/// Publishes a copy of the table that `change(vector<membership>&)` has changed.
template <typename Edit>
result<void> memberships::edit(Edit&& change) noexcept {
    sync::lock_guard guard{mutex_};
    table* old = table_.read();
    auto fresh = TRY(make_unique<table>());
    if (old) {
        TRY_VOID(fresh->entries.reserve(old->entries.size() + 1));
        for (const membership& m : old->entries) {
            membership copy{m.group, m.device, m.exclude, {}};
            TRY_VOID(copy.sources.append(m.sources.span()));
            TRY_VOID(fresh->entries.push_back(std::move(copy)));
        }
    }
    TRY_VOID(change(fresh->entries));
    table_.publish(fresh.release());
    if (old)
        sync::rcu_defer(*old, [](sync::rcu_head* h) { delete static_cast<table*>(h); });
    return ok;
}

memberships::membership* memberships::find(vector<membership>& entries, const ip_address& group,
                                           const interface* device) noexcept {
    for (membership& m : entries)
        if (m.group == group && (!device || m.device == device))
            return &m;
    return nullptr;
}

result<interface*> memberships::device_for(const ip_address& group, u32 index) noexcept {
    if (!group.is_multicast())
        return errc::invalid_argument;
    if (index != 0) {
        interface* i = find_interface(index);
        return i ? result<interface*>{i} : errc::no_device;
    }
    if (auto way = find_route({.destination = group}))
        return (*way)->device;
    // Without a route the first interface that knows multicast does.
    for (interface* i = first_interface(); i; i = next_interface(*i))
        if ((i->flags() & if_multicast) && (i->flags() & if_up))
            return i;
    return errc::no_device;
}

result<void> memberships::join(const ip_address& group, u32 device) noexcept {
    interface* i = TRY(device_for(group, device));
    return edit([&](vector<membership>& entries) noexcept -> result<void> {
        if (find(entries, group, i))
            return errc::address_in_use;
        if (entries.size() == most_groups)
            return errc::no_buffers;
        TRY_VOID(entries.push_back(membership{group, i, true, {}}));
        return join_group(*i, group);
    });
}

result<void> memberships::leave(const ip_address& group, u32 device) noexcept {
    if (!group.is_multicast())
        return errc::invalid_argument;
    const interface* i = device ? find_interface(device) : nullptr;
    if (device && !i)
        return errc::no_device;
    return edit([&](vector<membership>& entries) noexcept -> result<void> {
        membership* m = find(entries, group, i);
        if (!m)
            return errc::address_not_available;
        (void)leave_group(*m->device, group);
        entries.erase(static_cast<usize>(m - entries.data()));
        return ok;
    });
}

namespace {
usize position(const vector<ip_address>& sources, const ip_address& s) noexcept {
    usize at = 0;
    while (at < sources.size() && sources[at] != s)
        ++at;
    return at;
}
}  // namespace

result<void> memberships::join_source(const ip_address& group, u32 device,
                                      const ip_address& source) noexcept {
    interface* i = TRY(device_for(group, device));
    return edit([&](vector<membership>& entries) noexcept -> result<void> {
        membership* m = find(entries, group, i);
        if (!m) {
            TRY_VOID(entries.push_back(membership{group, i, false, {}}));
            TRY_VOID(entries.back().sources.push_back(source));
            return join_group(*i, group);
        }
        if (m->exclude)
            return errc::invalid_argument;
        if (position(m->sources, source) != m->sources.size())
            return errc::address_not_available;
        if (m->sources.size() == most_sources)
            return errc::no_buffers;
        return m->sources.push_back(source);
    });
}

result<void> memberships::leave_source(const ip_address& group, u32 device,
                                       const ip_address& source) noexcept {
    interface* i = TRY(device_for(group, device));
    return edit([&](vector<membership>& entries) noexcept -> result<void> {
        membership* m = find(entries, group, i);
        if (!m)
            return errc::invalid_argument;
        const usize at = position(m->sources, source);
        if (m->exclude)
            return errc::invalid_argument;
        if (at == m->sources.size())
            return errc::address_not_available;
        m->sources.erase(at);
        if (m->sources.empty()) {
            (void)leave_group(*i, group);
            entries.erase(static_cast<usize>(m - entries.data()));
        }
        return ok;
    });
}

result<void> memberships::block(const ip_address& group, u32 device, const ip_address& source,
                                bool blocked) noexcept {
    interface* i = TRY(device_for(group, device));
    return edit([&](vector<membership>& entries) noexcept -> result<void> {
        membership* m = find(entries, group, i);
        if (!m || !m->exclude)
            return errc::invalid_argument;
        const usize at = position(m->sources, source);
        if ((at != m->sources.size()) == blocked)
            return errc::address_not_available;
        if (!blocked) {
            m->sources.erase(at);
            return ok;
        }
        if (m->sources.size() == most_sources)
            return errc::no_buffers;
        return m->sources.push_back(source);
    });
}

result<void> memberships::set_filter(const ip_address& group, u32 device, bool exclude,
                                     std::span<const ip_address> sources) noexcept {
    if (sources.size() > most_sources)
        return errc::no_buffers;
    interface* i = TRY(device_for(group, device));
    return edit([&](vector<membership>& entries) noexcept -> result<void> {
        membership* m = find(entries, group, i);
        if (!m)
            return errc::invalid_argument;
        if (!exclude && sources.empty()) {
            (void)leave_group(*i, group);
            entries.erase(static_cast<usize>(m - entries.data()));
            return ok;
        }
        m->exclude = exclude;
        m->sources.clear();
        return m->sources.append(sources);
    });
}

result<memberships::filter> memberships::get_filter(const ip_address& group, u32 device) noexcept {
    interface* i = TRY(device_for(group, device));
    sync::lock_guard guard{mutex_};
    table* t = table_.read();
    membership* m = t ? find(t->entries, group, i) : nullptr;
    if (!m)
        return errc::address_not_available;
    filter f{m->exclude, {}};
    TRY_VOID(f.sources.append(m->sources.span()));
    return f;
}

void memberships::leave_all() noexcept {
    sync::lock_guard guard{mutex_};
    table* t = table_.read();
    if (!t)
        return;
    for (const membership& m : t->entries)
        (void)leave_group(*m.device, m.group);
    table_.publish(nullptr);
    sync::rcu_defer(*t, [](sync::rcu_head* h) { delete static_cast<table*>(h); });
}

bool memberships::wants(const ip_address& group, u32 device, const ip_address& source,
                        bool unjoined) const noexcept {
    sync::rcu_read_guard reading;
    const table* t = table_.read();
    if (!t)
        return unjoined;
    for (const membership& m : t->entries) {
        if (m.group != group || m.device->index() != device)
            continue;
        return (position(m.sources, source) != m.sources.size()) != m.exclude;
    }
    return unjoined;
}

}  // namespace osprey::net
