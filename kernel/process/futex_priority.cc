// SPDX-License-Identifier: BSD-3-Clause
#include <process/futex_priority.hh>
#include <sched/scheduler.hh>

namespace osprey::proc {
namespace {

u32* word_at(virtual_address word) noexcept {
    return reinterpret_cast<u32*>(word);
}

/// What became of the wish for a lock.
enum class claim : u8 { owned, waits };

/// Makes `who` the owner of a futex if that has none. If it has one, lets `w` wait for it; without
/// a `w`, @return `errc::again`. `more_waiters`: for the word, if it is free.
result<claim> claim_lock(priority_graph& graph, const futex_key& key, virtual_address word,
                         const task& who, priority_waiter* w, bool more_waiters) noexcept {
    for (;;) {
        u32 value;
        bool exchanged;
        if (!arch::user_load(word_at(word), value))
            return errc::bad_address;
        const u32 owner_number = value & futex_tid_mask;
        if (owner_number == static_cast<u32>(who.tid()))
            return errc::deadlock;
        priority_lock* l = graph.find(key);
        if (!l && owner_number == 0) {
            const u32 mine = (value & futex_owner_died) | (more_waiters ? futex_waiters : 0) |
                             static_cast<u32>(who.tid());
            if (!arch::user_compare_exchange(word_at(word), value, mine, exchanged))
                return errc::bad_address;
            if (exchanged)
                return claim::owned;
            continue;
        }
        if (l && !l->word_lags && owner_number != static_cast<u32>(l->owner->tid()))
            return errc::invalid_argument;
        if (!l) {
            // From here on the owner comes to the kernel to let go.
            if (!arch::user_compare_exchange(word_at(word), value, value | futex_waiters,
                                             exchanged))
                return errc::bad_address;
            if (!exchanged)
                continue;
            const auto owner = find_task(static_cast<i32>(owner_number));
            if (!owner || owner->holds_no_more) {
                // It may have let go, or died and said so, in the meantime.
                u32 now;
                if (!arch::user_load(word_at(word), now))
                    return errc::bad_address;
                if (now != (value | futex_waiters))
                    continue;
                return errc::no_process;
            }
            if (!w)
                return errc::again;
            l = TRY(graph.add(key, *owner));
        }
        if (!w)
            return errc::again;
        if (auto waits = graph.wait(*l, *w); !waits) {
            graph.drop_if_useless(*l);
            return waits.error();
        }
        return claim::waits;
    }
}

/// The word of a lock whose last owner died, by its new one. @return `errc::bad_address`, and the
/// lock goes to the next.
result<void> write_word(const futex_key& key, virtual_address word) noexcept {
    priority_graph graph;
    priority_lock& l = *graph.find(key);
    l.word_lags = false;
    u32 value;
    bool readable = arch::user_load(word_at(word), value);
    const u32 mine = futex_waiters | futex_owner_died | static_cast<u32>(current_task().tid());
    for (bool exchanged = false; readable && !exchanged;)
        readable = arch::user_compare_exchange(word_at(word), value, mine, exchanged);
    if (!readable && !l.waiters.empty())
        graph.hand_over(l, priority_graph::old_owner::died);
    else
        graph.drop_if_useless(l);
    return readable ? result<void>{} : errc::bad_address;
}

/// After the wait: whether the lock is the running task's. @return `unless`, if it is not.
result<i64> finish(priority_waiter& w, const futex_key& key, virtual_address word,
                   errc unless) noexcept {
    if (!w.granted.load(std::memory_order_acquire)) {
        priority_graph graph;
        if (graph.withdraw(w))
            return unless;
    }
    if (w.owner_died)
        TRY_VOID(write_word(key, word));
    return 0;
}

/// Waits until `w` owns its lock. @return why the wait ended, zero if it does.
errc wait_until_granted(priority_waiter& w, instant deadline) noexcept {
    const auto waited = sched::wait_until([&] { return w.granted.load(std::memory_order_acquire); },
                                          sched::wait_mode::interruptible, deadline);
    return waited ? errc{} : waited.error();
}

}  // namespace

result<i64> lock_futex(virtual_address word, bool is_private, instant deadline) noexcept {
    const auto place = TRY(find_futex(word, is_private));
    priority_waiter w{.waiting = &current_task()};
    {
        priority_graph graph;
        if (TRY(claim_lock(graph, place.key, word, current_task(), &w, false)) == claim::owned)
            return 0;
    }
    const errc outcome = wait_until_granted(w, deadline);
    return finish(w, place.key, word,
                  outcome == errc::interrupted ? errc::restart_no_interrupt : outcome);
}

result<i64> try_lock_futex(virtual_address word, bool is_private) noexcept {
    const auto place = TRY(find_futex(word, is_private));
    priority_graph graph;
    TRY(claim_lock(graph, place.key, word, current_task(), nullptr, false));
    return 0;
}

result<i64> unlock_futex(virtual_address word, bool is_private) noexcept {
    const u32 mine = static_cast<u32>(current_task().tid());
    const auto place = TRY(find_futex(word, is_private));
    priority_graph graph;
    for (;;) {
        u32 value;
        if (!arch::user_load(word_at(word), value))
            return errc::bad_address;
        if ((value & futex_tid_mask) != mine)
            return errc::not_permitted;
        priority_lock* l = graph.find(place.key);
        if (l && (l->owner != &current_task() || l->waiters.empty()))
            return errc::invalid_argument;
        const u32 next =
            l ? futex_waiters | static_cast<u32>(l->waiters.front()->waiting->tid()) : 0;
        bool exchanged;
        if (!arch::user_compare_exchange(word_at(word), value, next, exchanged))
            return errc::bad_address;
        if (!exchanged)
            continue;
        if (l)
            graph.hand_over(*l, priority_graph::old_owner::lives);
        return 0;
    }
}

result<i64> wait_for_move(virtual_address word, bool is_private, u32 expected, instant deadline,
                          virtual_address lock) noexcept {
    if (word == lock)
        return errc::invalid_argument;
    const auto target = TRY(find_futex(lock, is_private));
    const auto place = TRY(find_futex(word, is_private));
    if (place.key == target.key)
        return errc::invalid_argument;
    moving_waiter w{{.key = place.key, .thread = &sched::current(), .where = {}, .bits = 0},
                    target.key,
                    {.waiting = &current_task()}};
    TRY_VOID(enter_futex(w, word, expected));
    const errc outcome = wait_until_granted(w.at_lock, deadline);
    if (outcome != errc{} && withdraw_from_futex(w))
        return outcome == errc::interrupted ? errc::restart_no_interrupt : outcome;
    return finish(w.at_lock, target.key, lock,
                  outcome == errc::interrupted ? errc::again : outcome);
}

result<i64> move_to_lock(virtual_address word, bool is_private, u32 wake_count, u32 move_count,
                         virtual_address lock, u32 expected) noexcept {
    if (static_cast<i32>(move_count) < 0 || wake_count != 1 || word == lock)
        return errc::invalid_argument;
    const auto from = TRY(find_futex(word, is_private));
    const auto to = TRY(find_futex(lock, is_private));
    if (from.key == to.key)
        return errc::invalid_argument;
    futex_bucket& b = futex_bucket_of(from.key);
    sync::lock_guard guard{b.mutex};
    u32 value;
    if (!arch::user_load(word_at(word), value))
        return errc::bad_address;
    if (value != expected)
        return errc::again;
    u32 moved = 0;
    for (futex_waiter *w = b.first, *next; w && moved <= move_count; w = next) {
        next = w->next;
        if (!(w->key == from.key))
            continue;
        auto& moving = static_cast<moving_waiter&>(*w);
        if (w->bits != 0 || !(moving.target == to.key))
            return errc::invalid_argument;
        priority_waiter& at_lock = moving.at_lock;
        priority_graph graph;
        const claim got =
            TRY(claim_lock(graph, to.key, lock, *at_lock.waiting, &at_lock, move_count != 0));
        ++moved;
        b.remove(*w);
        w->woken.store(true, std::memory_order_relaxed);
        if (got == claim::owned) {
            sync::rcu_read_guard reading;
            sched::thread& t = *w->thread;
            at_lock.granted.store(true, std::memory_order_release);
            sched::wake(t);
        }
    }
    return static_cast<i64>(moved);
}

}  // namespace osprey::proc
