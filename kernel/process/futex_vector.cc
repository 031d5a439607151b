// SPDX-License-Identifier: BSD-3-Clause
// futex_waitv(2): waits for any of several futexes.
#include <base/scope_exit.hh>
#include <base/vector.hh>
#include <process/futex.hh>
#include <process/futex_bucket.hh>
#include <sched/scheduler.hh>
#include <trace/tracepoint.hh>

namespace osprey::proc {
namespace {

/// Takes all waiters out again. @return the last that was woken; -1: none.
i64 withdraw_all(std::span<futex_waiter> waiters) noexcept {
    i64 woken = -1;
    for (usize i = 0; i < waiters.size(); ++i)
        if (!withdraw_from_futex(waiters[i]))
            woken = static_cast<i64>(i);
    return woken;
}

bool any_woken(std::span<futex_waiter> waiters) noexcept {
    for (const futex_waiter& w : waiters)
        if (w.woken.load(std::memory_order_acquire))
            return true;
    return false;
}

}  // namespace

TRACEPOINT(futex, futex_wait_many, u64 count);
result<i64> wait_for_any_futex(std::span<const futex_wish> wishes, instant deadline) noexcept {
    TRACE(futex_wait_many, wishes.size());
    vector<futex_place> places;  // keep shared objects alive
    TRY_VOID(places.reserve(wishes.size()));
    for (const futex_wish& wish : wishes)
        TRY_VOID(places.push_back(TRY(find_futex(wish.word, wish.is_private))));
    // Not a vector: they may not move
    const usize bytes = wishes.size() * sizeof(futex_waiter);
    auto* storage = static_cast<futex_waiter*>(allocate(bytes, alignof(futex_waiter)));
    if (!storage)
        return errc::out_of_memory;
    scope_exit free{[&] {
        deallocate(storage, bytes);
    }};
    usize entered = 0;
    for (; entered < wishes.size(); ++entered) {
        auto* w = new (storage + entered) futex_waiter{
            .key = places[entered].key, .thread = &sched::current(), .where = {}, .bits = ~u32{0}};
        auto outcome = enter_futex(*w, wishes[entered].word, wishes[entered].expected);
        if (outcome)
            continue;
        const i64 woken = withdraw_all({storage, entered});
        return woken >= 0 ? result<i64>{woken} : outcome.error();
    }
    const std::span all{storage, entered};
    auto waited = sched::wait_until([&] { return any_woken(all); }, sched::wait_mode::interruptible,
                                    deadline);
    const i64 woken = withdraw_all(all);
    if (woken >= 0)
        return woken;
    return waited.error() == errc::interrupted ? errc::restart_always : waited.error();
}

}  // namespace osprey::proc
