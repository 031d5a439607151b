// SPDX-License-Identifier: BSD-3-Clause
#include <net/tcp/listener.hh>
#include <net/tcp/ports.hh>

namespace osprey::net::tcp {

namespace {
constinit listener_table table;

/// How well it fits; 0: not at all.
u32 score_of(const listener& l, const flow_key& k, u32 device) noexcept {
    const hold& w = l.where;
    if (l.port != k.local_port || (w.device && w.device != device))
        return 0;
    u32 score = 1 + (w.device ? 4 : 0);
    if (w.address.is_any()) {
        if (w.address.is_v4() ? !k.local.is_v4() : w.v6_only && k.local.is_v4())
            return 0;
        return score + (w.address.is_v4() == k.local.is_v4() ? 1 : 0);
    }
    return w.address == k.local ? score + 2 : 0;
}
/// Among equals the one that wants packets of this CPU (SO_INCOMING_CPU) comes first.
u32 score_here(const listener& l, const flow_key& k, u32 device) noexcept {
    const u32 score = 2 * score_of(l, k, device);
    const i32 cpu = l.incoming_cpu.load(std::memory_order_relaxed);
    return score != 0 && cpu == static_cast<i32>(arch::cpu_id()) ? score + 1 : score;
}
}  // namespace

listener_table& listeners() noexcept {
    return table;
}

void listener_table::add(listener& l) noexcept {
    l.add_ref();
    sync::lock_guard guard{mutex_};
    std::atomic<listener*>& head = heads_[l.port % buckets];
    l.next.store(head.load(std::memory_order_relaxed), std::memory_order_relaxed);
    head.store(&l, std::memory_order_release);
}

void listener_table::remove(listener& l) noexcept {
    {
        sync::lock_guard guard{mutex_};
        std::atomic<listener*>* link = &heads_[l.port % buckets];
        while (listener* here = link->load(std::memory_order_relaxed)) {
            if (here == &l)
                break;
            link = &here->next;
        }
        if (!link->load(std::memory_order_relaxed))
            return;
        link->store(l.next.load(std::memory_order_relaxed), std::memory_order_release);
    }
    l.drop_ref();
}

refptr<listener> listener_table::find(const flow_key& k, u32 hash, u32 device) noexcept {
    sync::rcu_read_guard reading;
    u32 best = 0, equals = 0;
    listener* found = nullptr;
    const auto each = [&](auto&& visit) noexcept {
        for (listener* l = heads_[k.local_port % buckets].load(std::memory_order_acquire); l;
             l = l->next.load(std::memory_order_acquire))
            if (const u32 score = score_here(*l, k, device))
                visit(*l, score);
    };
    each([&](listener& l, u32 score) noexcept {
        if (score > best) {
            best = score;
            equals = 0;
            found = &l;
        }
        equals += score == best;
    });
    if (equals > 1) {
        u32 which = hash % equals;
        each([&](listener& l, u32 score) noexcept {
            if (score == best && which-- == 0)
                found = &l;
        });
    }
    if (!found || !found->try_add_ref())
        return {};
    return refptr<listener>::adopt(found);
}

}  // namespace osprey::net::tcp
