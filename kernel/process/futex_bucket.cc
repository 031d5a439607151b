// SPDX-License-Identifier: BSD-3-Clause
#include <arch/user_access.hh>
#include <memory/address_space.hh>
#include <memory/user_pointer.hh>
#include <process/futex_bucket.hh>
#include <sched/clock.hh>
#include <sched/scheduler.hh>

namespace osprey::proc {

constinit futex_bucket futex_buckets[futex_bucket_count];

result<futex_place> find_futex(virtual_address word, bool is_private) noexcept {
    if (word % sizeof(u32) != 0)
        return errc::invalid_argument;
    if (!memory::is_application_range(word, sizeof(u32)))
        return errc::bad_address;
    const futex_key own{sched::current().space, word};
    if (is_private)
        return futex_place{own, {}};
    auto location = TRY(sched::current().space->locate(word));
    if (!location.object)
        return futex_place{own, {}};
    return futex_place{{location.object.get(), location.offset}, std::move(location.object)};
}

result<void> enter_futex(futex_waiter& w, virtual_address word, u32 expected) noexcept {
    futex_bucket& b = futex_bucket_of(w.key);
    w.where.store(&b, std::memory_order_relaxed);
    sync::lock_guard guard{b.mutex};
    b.waiters.fetch_add(1, std::memory_order_seq_cst);  // before the word is read, see `wake`
    u32 value;
    const bool readable = arch::user_load(reinterpret_cast<u32*>(word), value);
    if (readable && value == expected) {
        b.append(w);
        return ok;
    }
    b.waiters.fetch_sub(1, std::memory_order_relaxed);
    return readable ? errc::again : errc::bad_address;
}

bool withdraw_from_futex(futex_waiter& w) noexcept {
    for (;;) {
        futex_bucket* b = w.where.load(std::memory_order_acquire);
        sync::lock_guard guard{b->mutex};
        if (w.where.load(std::memory_order_relaxed) != b)
            continue;
        if (w.woken.load(std::memory_order_relaxed))
            return false;
        b->remove(w);
        return true;
    }
}

result<instant> futex_deadline(virtual_address timeout, bool relative, bool realtime) noexcept {
    struct kernel_timespec {
        i64 seconds, nanoseconds;
    };
    const auto t = TRY(memory::user_ptr<kernel_timespec>{timeout}.load());
    if (t.seconds < 0 || t.nanoseconds < 0 || t.nanoseconds >= 1'000'000'000)
        return errc::invalid_argument;
    constexpr i64 most_seconds = i64{1} << 32;
    const i64 ns =
        (t.seconds < most_seconds ? t.seconds : most_seconds) * 1'000'000'000 + t.nanoseconds;
    if (relative)
        return sched::monotonic_now() + duration{ns};
    const i64 monotonic = realtime ? ns - sched::realtime_offset() : ns;
    return instant{monotonic > 0 ? static_cast<u64>(monotonic) : 0};
}

}  // namespace osprey::proc
