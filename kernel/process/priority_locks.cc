// SPDX-License-Identifier: BSD-3-Clause
#include <new>
#include <process/priority_locks.hh>
#include <sched/scheduler.hh>
#include <sync/mutex.hh>
#include <sync/rcu.hh>

namespace osprey::proc {
namespace {

constinit sync::mutex graph_mutex;  // no rank: pages are fetched and buckets of futexes are held
constexpr usize table_size = 64;
constinit priority_lock* table[table_size] = {};

priority_lock*& chain_of(const futex_key& key) noexcept {
    return table[key.hash() % table_size];
}

template <priority_lock* priority_lock::*Next>
void unlink(priority_lock*& first, priority_lock& l) noexcept {
    priority_lock** at = &first;
    while (*at != &l)
        at = &((*at)->*Next);
    *at = l.*Next;
}

void insert(priority_lock& l, priority_waiter& w) noexcept {
    for (priority_waiter& other : l.waiters)
        if (other.urgency < w.urgency) {
            l.waiters.insert_before(other, w);
            return;
        }
    l.waiters.push_back(w);
}

void give_to(priority_lock& l, task& owner) noexcept {
    l.owner = &owner;
    l.next_of_owner = owner.held_locks;
    owner.held_locks = &l;
}

}  // namespace

priority_graph::priority_graph() noexcept {
    graph_mutex.lock();
}
priority_graph::~priority_graph() {
    graph_mutex.unlock();
}

priority_lock* priority_graph::find(const futex_key& key) const noexcept {
    priority_lock* l = chain_of(key);
    while (l && !(l->key == key))
        l = l->next_in_table;
    return l;
}

result<priority_lock*> priority_graph::add(const futex_key& key, task& owner) noexcept {
    auto* l = new (std::nothrow) priority_lock{.key = key, .owner = nullptr};
    if (!l)
        return errc::out_of_memory;
    l->next_in_table = std::exchange(chain_of(key), l);
    give_to(*l, owner);
    return l;
}

void priority_graph::forget(priority_lock& l) noexcept {
    unlink<&priority_lock::next_of_owner>(l.owner->held_locks, l);
    unlink<&priority_lock::next_in_table>(chain_of(l.key), l);
    delete &l;
}

void priority_graph::drop_if_useless(priority_lock& l) noexcept {
    if (l.waiters.empty() && !l.word_lags)
        forget(l);
}

void priority_graph::settle(task& t) noexcept {
    // The graph has no circles (see `wait`), so this comes to an end.
    for (task* at = &t; at;) {
        u8 most = 0;
        for (priority_lock* l = at->held_locks; l; l = l->next_of_owner)
            if (!l->waiters.empty() && l->waiters.front()->urgency > most)
                most = l->waiters.front()->urgency;
        if (most != at->inherited_priority())
            at->inherit_priority(most);
        priority_waiter* w = at->waits_for;
        if (!w || w->urgency == at->real_time_priority())
            return;
        w->urgency = at->real_time_priority();
        w->lock->waiters.remove(*w);
        insert(*w->lock, *w);
        at = w->lock->owner;
    }
}

result<void> priority_graph::wait(priority_lock& l, priority_waiter& w) noexcept {
    for (const task* at = l.owner; at; at = at->waits_for ? at->waits_for->lock->owner : nullptr)
        if (at == w.waiting)
            return errc::deadlock;
    w.lock = &l;
    w.urgency = w.waiting->real_time_priority();
    w.waiting->waits_for = &w;
    insert(l, w);
    settle(*l.owner);
    return ok;
}

bool priority_graph::withdraw(priority_waiter& w) noexcept {
    if (w.granted.load(std::memory_order_acquire))
        return false;
    priority_lock& l = *w.lock;
    l.waiters.remove(w);
    w.waiting->waits_for = nullptr;
    settle(*l.owner);
    drop_if_useless(l);
    return true;
}

void priority_graph::hand_over(priority_lock& l, old_owner how) noexcept {
    priority_waiter& w = *l.waiters.pop_front();
    task &old = *l.owner, &next = *w.waiting;
    next.waits_for = nullptr;
    unlink<&priority_lock::next_of_owner>(old.held_locks, l);
    give_to(l, next);
    l.word_lags = w.owner_died = how == old_owner::died;
    settle(old);
    settle(next);
    drop_if_useless(l);
    // Once it is granted the waiter may leave, and its task end.
    sync::rcu_read_guard reading;
    w.granted.store(true, std::memory_order_release);
    sched::wake(next);
}

void give_priority_locks_away(task& t, departure how) noexcept {
    priority_graph graph;
    t.holds_no_more = how == departure::ends;
    while (t.held_locks)
        graph.hand_over(*t.held_locks, priority_graph::old_owner::died);
}

void priority_changed(task& t) noexcept {
    priority_graph graph;
    graph.settle(t);
}

}  // namespace osprey::proc
