// SPDX-License-Identifier: BSD-3-Clause
// Which multicast groups each interface is in.
#include <net/groups.hh>
#include <net/ipv6/header.hh>
#include <net/multicast.hh>
#include <sched/clock.hh>
#include <sched/timer.hh>
#include <sync/random_pool.hh>

namespace osprey::net {
namespace {

constexpr usize most_interfaces = 256;
constexpr ip_address all_hosts = ip_address::v4(0xe0000001);

/// The groups of one interface: an engine for each family, and what readers see of both.
class interface_groups {
public:
    explicit interface_groups(interface& i) noexcept : device_{i} {}

    result<void> change(const ip_address& group, bool join) noexcept {
        bool filter = false;
        {
            sync::lock_guard guard{mutex_};
            group_reports& e = engine(group);
            const instant now = sched::monotonic_now();
            filter = TRY(join ? e.join(group, now) : e.leave(group, now));
            if (filter)
                TRY_VOID(publish());
            arm();
        }
        if (filter)
            device_.receive_filter_changed();
        return ok;
    }
    [[nodiscard]] bool joined(const ip_address& group) const noexcept {
        sync::rcu_read_guard reading;
        if (const snapshot* s = snapshot_.read())
            for (const ip_address& g : s->groups)
                if (g == group)
                    return true;
        return false;
    }
    template <typename F>
    void with_engine(bool v6, F&& f) noexcept {
        sync::lock_guard guard{mutex_};
        f(v6 ? v6_ : v4_, sched::monotonic_now());
        arm();
    }
    void for_each(void (*visit)(void*, const ip_address&, u32), void* argument) noexcept {
        sync::lock_guard guard{mutex_};
        const auto show = [&](const ip_address& g, u32 members) noexcept {
            visit(argument, g, members);
        };
        v4_.for_each(show);
        v6_.for_each(show);
    }

private:
    struct snapshot : sync::rcu_head {
        vector<ip_address> groups;
    };
    class host final : public group_host {
    public:
        host(interface& i, bool v6) noexcept : device_{i}, v6_{v6} {}
        void send_report(std::span<const ip_address> groups,
                         std::span<const group_record> kinds) noexcept override {
            if (device_.is_loopback() || !device_.can_send())
                return;
            v6_ ? send_mld_report(device_, groups, kinds)
                : send_igmp_report(device_, groups, kinds);
        }
        void send_old_report(const ip_address& group, u8 version, bool leaving) noexcept override {
            if (device_.is_loopback() || !device_.can_send())
                return;
            v6_ ? send_old_mld_report(device_, group, leaving)
                : send_old_igmp_report(device_, group, version, leaving);
        }
        u32 random() noexcept override { return static_cast<u32>(random_number()); }

    private:
        interface& device_;
        const bool v6_;
    };
    struct report_timer : sched::timer {
        explicit report_timer(interface_groups& o) noexcept : timer{expired}, owner{o} {}
        static void expired(sched::timer& t) noexcept {
            interface_groups& g = static_cast<report_timer&>(t).owner;
            sync::lock_guard guard{g.mutex_};
            const instant now = sched::monotonic_now();
            g.v4_.tick(now);
            g.v6_.tick(now);
            g.arm();
        }
        interface_groups& owner;
    };

    group_reports& engine(const ip_address& group) noexcept { return group.is_v4() ? v4_ : v6_; }
    void arm() noexcept {
        const instant a = v4_.deadline(), b = v6_.deadline();
        const instant first = a < b ? a : b;
        if (first != instant::never())
            timer_.arm(first);
    }
    result<void> publish() noexcept {
        auto fresh = TRY(make_unique<snapshot>());
        bool fits = true;
        const auto add = [&](const ip_address& g, u32) noexcept {
            fits &= fresh->groups.push_back(g).has_value();
        };
        v4_.for_each(add);
        v6_.for_each(add);
        if (!fits)
            return errc::out_of_memory;
        snapshot* old = snapshot_.read();
        snapshot_.publish(fresh.release());
        if (old)
            sync::rcu_defer(*old, [](sync::rcu_head* h) { delete static_cast<snapshot*>(h); });
        return ok;
    }

    interface& device_;
    sync::mutex mutex_{sync::lock_rank::network_configuration};
    host v4_host_{device_, false}, v6_host_{device_, true};
    group_reports v4_{v4_host_}, v6_{v6_host_};
    sync::rcu_pointer<snapshot> snapshot_;
    report_timer timer_{*this};
};

constinit std::atomic<interface_groups*> by_index[most_interfaces]{};

interface_groups* find(const interface& i) noexcept {
    return i.index() < most_interfaces ? by_index[i.index()].load(std::memory_order_acquire)
                                       : nullptr;
}

result<interface_groups*> find_or_make(interface& i) noexcept {
    if (interface_groups* known = find(i))
        return known;
    if (i.index() >= most_interfaces)
        return errc::no_buffers;
    auto fresh = TRY(make_unique<interface_groups>(i));
    interface_groups* seen = nullptr;
    if (by_index[i.index()].compare_exchange_strong(seen, fresh.get(), std::memory_order_acq_rel))
        return fresh.release();
    return seen;
}

}  // namespace

result<void> join_group(interface& i, const ip_address& group) noexcept {
    interface_groups* g = TRY(find_or_make(i));
    return g->change(group, true);
}

result<void> leave_group(interface& i, const ip_address& group) noexcept {
    interface_groups* g = find(i);
    return g ? g->change(group, false) : errc::address_not_available;
}

bool is_group_joined(const interface& i, const ip_address& group) noexcept {
    if (group == all_hosts || group == all_nodes)
        return true;
    const interface_groups* g = find(i);
    return g && g->joined(group);
}

void for_each_group(const interface& i, void (*visit)(void*, const ip_address&, u32),
                    void* argument) noexcept {
    if (interface_groups* g = find(i))
        g->for_each(visit, argument);
}

mac_address group_mac(const ip_address& group) noexcept {
    const u64 l = group.is_v4() ? group.v4() & 0x7fffff : group.low();
    const auto byte = [&](unsigned n) noexcept {
        return static_cast<u8>(l >> 8 * n);
    };
    if (group.is_v4())
        return {{0x01, 0x00, 0x5e, byte(2), byte(1), byte(0)}};
    return {{0x33, 0x33, byte(3), byte(2), byte(1), byte(0)}};
}

void heard_group_query(interface& i, const group_query& q) noexcept {
    // The family of a general query is told by its protocol: `any` of IPv4 is mapped.
    const bool v6 = !q.group.is_v4();
    if (interface_groups* g = find(i))
        g->with_engine(v6, [&](group_reports& e, instant now) noexcept { e.received(q, now); });
}

void heard_group_report(interface& i, const ip_address& group) noexcept {
    if (interface_groups* g = find(i))
        g->with_engine(!group.is_v4(),
                       [&](group_reports& e, instant) noexcept { e.heard_report(group); });
}

void tell_groups(interface& i, bool v6) noexcept {
    if (interface_groups* g = find(i))
        g->with_engine(v6, [](group_reports& e, instant now) noexcept { e.tell_all(now); });
}

}  // namespace osprey::net
