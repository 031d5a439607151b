// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <base/heap.hh>
#include <base/refptr.hh>
#include <base/result.hh>
#include <sync/mutex.hh>
#include <sync/rcu.hh>

namespace osprey::net {

/// A few sockets that see many packets: a list that readers walk under RCU.
template <typename Socket>
class socket_list {
public:
    constexpr socket_list() noexcept = default;

    result<void> add(Socket& s) noexcept {
        auto n = TRY(make_unique<node>());
        n->owner = &s;
        sync::lock_guard guard{mutex_};
        n->next.store(first_.load(std::memory_order_relaxed), std::memory_order_relaxed);
        first_.store(n.release(), std::memory_order_release);
        return ok;
    }
    /// Harmless if it is not in.
    void remove(Socket& s) noexcept {
        sync::lock_guard guard{mutex_};
        std::atomic<node*>* at = &first_;
        while (node* n = at->load(std::memory_order_relaxed)) {
            if (n->owner == &s) {
                at->store(n->next.load(std::memory_order_relaxed), std::memory_order_release);
                sync::rcu_defer(*n, [](sync::rcu_head* h) { delete static_cast<node*>(h); });
                return;
            }
            at = &n->next;
        }
    }
    /// Calls `visit(Socket&)` with a reference held and outside the RCU section, for each socket
    /// that `wanted(const Socket&)`, asked inside, says yes to.
    template <typename Wanted, typename Visit>
    void for_each(Wanted&& wanted, Visit&& visit) const noexcept {
        constexpr usize at_once = 32;
        for (usize done = 0;; done += at_once) {
            refptr<Socket> some[at_once];
            usize n = 0, seen = 0;
            {
                sync::rcu_read_guard reading;
                for (node* i = first_.load(std::memory_order_acquire); i && n < at_once;
                     i = i->next.load(std::memory_order_acquire))
                    if (wanted(*i->owner) && seen++ >= done && i->owner->try_add_ref())
                        some[n++] = refptr<Socket>::adopt(i->owner);
            }
            for (usize i = 0; i < n; ++i)
                visit(*some[i]);
            if (n < at_once)
                return;
        }
    }

private:
    struct node : sync::rcu_head {
        Socket* owner = nullptr;
        std::atomic<node*> next{nullptr};
    };
    sync::mutex mutex_{sync::lock_rank::network_configuration};
    std::atomic<node*> first_{nullptr};
};

}  // namespace osprey::net
