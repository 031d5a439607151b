// SPDX-License-Identifier: BSD-3-Clause
#include <linux/semaphore_set.hh>
#include <sync/rcu.hh>

namespace osprey::abi {
namespace {

constexpr i16 no_wait = 04000, with_undo = 010000;  // IPC_NOWAIT, SEM_UNDO

bool may_change(std::span<const abi_sembuf> parts) noexcept {
    for (const abi_sembuf& part : parts)
        if (part.operation != 0)
            return true;
    return false;
}

}  // namespace

/// Mutex held. `blocking` tells which part cannot be done yet.
semaphore_set::attempt semaphore_set::try_parts(const operation& what, usize& blocking,
                                                errc& why) noexcept {
    usize at = 0;
    why = errc{};
    for (; at < what.parts.size(); ++at) {
        const abi_sembuf& part = what.parts[at];
        i32& value = values[part.number];
        const i32 next = value + part.operation;
        if ((part.operation == 0 && value != 0) || next < 0) {
            why = errc::again;
            break;
        }
        i32 owed = 0;
        if (part.how & with_undo)
            owed = what.undo->adjust[part.number] - part.operation;
        if (next > semaphore_most || owed > semaphore_most || owed < -semaphore_most - 1) {
            why = errc::range;
            break;
        }
        value = next;
        if (part.how & with_undo)
            what.undo->adjust[part.number] = static_cast<i16>(owed);
    }
    if (why == errc{}) {
        for (const abi_sembuf& part : what.parts)
            pids[part.number] = what.pid;
        operated = ipc_now();
        return attempt::done;
    }
    blocking = at;
    while (at-- > 0) {
        const abi_sembuf& part = what.parts[at];
        values[part.number] -= part.operation;
        if (part.how & with_undo)
            what.undo->adjust[part.number] =
                static_cast<i16>(what.undo->adjust[part.number] + part.operation);
    }
    const bool waits = why == errc::again && !(what.parts[blocking].how & no_wait);
    return waits ? attempt::blocked : attempt::failed;
}

/// Mutex held. The waiter may be gone as soon as it sees `finished`.
void semaphore_set::finish(waiter& w, errc outcome) noexcept {
    decltype(waiting_)::remove(w);
    w.outcome = outcome;
    sync::rcu_read_guard reading;
    sched::thread& t = *w.thread;
    w.finished.store(true, std::memory_order_release);
    sched::wake(t);
}

void semaphore_set::values_changed() noexcept {
    for (bool again = true; again;) {
        again = false;
        for (auto it = waiting_.begin(); it != waiting_.end();) {
            waiter& w = *it;
            ++it;
            errc why;
            const attempt now = try_parts(w.what, w.blocking, why);
            if (now == attempt::blocked)
                continue;
            const bool changes = now == attempt::done && may_change(w.what.parts);
            finish(w, why);
            if (changes) {  // older ones may be able to go on now
                again = true;
                break;
            }
        }
    }
}

result<void> semaphore_set::perform(const operation& what, instant deadline) noexcept {
    waiter w{.what = what, .blocking = 0};
    {
        sync::lock_guard guard{mutex};
        if (removed)
            return errc::identifier_removed;
        for (const abi_sembuf& part : what.parts)
            if (part.number >= values.size())
                return errc::file_too_big;
        if (!permits(*this, may_change(what.parts) ? 0222 : 0444))
            return errc::access_denied;
        errc why;
        switch (try_parts(what, w.blocking, why)) {
            case attempt::done:
                values_changed();
                return ok;
            case attempt::failed:
                return why;
            case attempt::blocked:
                waiting_.push_back(w);
        }
    }
    auto waited = sched::wait_until([&] { return w.finished.load(std::memory_order_acquire); },
                                    sched::wait_mode::interruptible, deadline);
    if (!waited) {
        sync::lock_guard guard{mutex};
        if (!w.finished.load(std::memory_order_relaxed)) {
            decltype(waiting_)::remove(w);
            return waited.error() == errc::timed_out ? errc::again : waited.error();
        }
    }
    if (w.outcome != errc{})
        return w.outcome;
    return ok;
}

void semaphore_set::give_back(semaphore_undo& undo, i32 pid) noexcept {
    sync::lock_guard guard{mutex};
    decltype(undos)::remove(undo);
    if (removed)
        return;
    for (usize i = 0; i < values.size(); ++i) {
        if (undo.adjust[i] == 0)
            continue;
        const i32 next = values[i] + undo.adjust[i];
        values[i] = next < 0 ? 0 : next > semaphore_most ? semaphore_most : next;
        pids[i] = pid;
        operated = ipc_now();
    }
    values_changed();
}

void semaphore_set::destroy() noexcept {
    sync::lock_guard guard{mutex};
    removed = true;
    while (waiter* w = waiting_.front())
        finish(*w, errc::identifier_removed);
}

void semaphore_set::set_value(usize number, i32 value, i32 pid) noexcept {
    values[number] = value;
    pids[number] = pid;
    for (semaphore_undo& u : undos)
        u.adjust[number] = 0;
}

u32 semaphore_set::waiters(usize number, bool for_zero) noexcept {
    u32 count = 0;
    for (const waiter& w : waiting_) {
        const abi_sembuf& part = w.what.parts[w.blocking];
        if (part.number == number && (part.operation == 0) == for_zero)
            ++count;
    }
    return count;
}

}  // namespace osprey::abi
