// SPDX-License-Identifier: BSD-3-Clause
// futex(2). Waiters hang in hashed buckets, each with a mutex of its own; nothing is allocated,
// the waiter lives on the waiting task's kernel stack.
#include <arch/user_access.hh>
#include <base/log.hh>
#include <memory/user_pointer.hh>
#include <process/futex.hh>
#include <process/futex_bucket.hh>
#include <process/futex_priority.hh>
#include <process/process_table.hh>
#include <sched/clock.hh>
#include <sched/scheduler.hh>
#include <trace/tracepoint.hh>

namespace osprey::proc {
namespace {

// linux/futex.h
enum operation : int {
    op_wait = 0,
    op_wake = 1,
    op_requeue = 3,
    op_compare_requeue = 4,
    op_wake_op = 5,
    op_lock_priority = 6,
    op_unlock_priority = 7,
    op_try_lock_priority = 8,
    op_wait_bitset = 9,
    op_wake_bitset = 10,
    op_wait_requeue_priority = 11,
    op_compare_requeue_priority = 12,
    op_lock_priority2 = 13,
};
constexpr int private_flag = 128, realtime_flag = 256;
constexpr u32 any_bit = ~u32{0};

using waiter = futex_waiter;
using bucket = futex_bucket;

bucket& bucket_of(const futex_key& key) noexcept {
    return futex_bucket_of(key);
}

bool valid_word(virtual_address word) noexcept {
    return word % sizeof(u32) == 0 && memory::is_application_range(word, sizeof(u32));
}

futex_key private_key(virtual_address word) noexcept {
    return {sched::current().space, word};
}

/// Bucket locked. The waiter may be gone as soon as it sees `woken`; threads are freed after a
/// grace period, so the wake-up itself is safe in a reader's section.
void wake_waiter(bucket& b, waiter& w) noexcept {
    b.remove(w);
    sync::rcu_read_guard reading;
    sched::thread& t = *w.thread;
    w.woken.store(true, std::memory_order_release);
    sched::wake(t);
}

/// @return how many; `errc::invalid_argument` if one is there who waits to be moved to a lock.
result<i64> wake_locked(bucket& b, const futex_key& key, u32 count, u32 bits) noexcept {
    u32 woken = 0;
    for (waiter *w = b.first, *next; w && woken < count; w = next) {
        next = w->next;
        if (!(w->key == key))
            continue;
        if (w->bits & bits) {
            wake_waiter(b, *w);
            ++woken;
        } else if (w->bits == 0) {
            return errc::invalid_argument;
        }
    }
    return static_cast<i64>(woken);
}

[[gnu::noinline]] i64 wake_slow(bucket& b, const futex_key& key, u32 count, u32 bits) noexcept {
    b.mutex.lock();
    waiter* w = b.first;
    // Most often there is one waiter, and it is meant. It is woken with the bucket unlocked: it may
    // take the CPU at once, and its next call is often for this bucket again.
    if (count == 1 && w && w->key == key && w->bits & bits) [[likely]] {
        b.remove(*w);
        sync::rcu_read_guard reading;
        sched::thread& t = *w->thread;
        w->woken.store(true, std::memory_order_release);
        b.mutex.unlock();
        sched::wake(t);
        return 1;
    }
    const auto woken = wake_locked(b, key, count, bits);
    b.mutex.unlock();
    return woken ? *woken : -static_cast<i64>(woken.error());
}

/// @return as a system call: how many, or minus an errno.
inline i64 wake(const futex_key& key, u32 count, u32 bits) noexcept {
    bucket& b = bucket_of(key);
    // Pairs with the increment in `wait_on`: either we see the waiter, or it sees the new value.
    std::atomic_thread_fence(std::memory_order_seq_cst);
    if (b.waiters.load(std::memory_order_relaxed) == 0)
        return 0;
    return wake_slow(b, key, count, bits);
}

/// @return zero when woken; `errc::again`, `errc::bad_address`, `errc::interrupted`,
/// `errc::timed_out`.
errc wait_on(const futex_key& key, virtual_address word, u32 expected, u32 bits,
             instant deadline) noexcept {
    waiter w{.key = key, .thread = &sched::current(), .where = {}, .bits = bits};
    if (auto entered = enter_futex(w, word, expected); !entered) [[unlikely]]
        return entered.error();
    auto waited = sched::wait_until([&] { return w.woken.load(std::memory_order_acquire); },
                                    sched::wait_mode::interruptible, deadline);
    if (waited || !withdraw_from_futex(w)) [[likely]]
        return errc{};
    return waited.error();
}

result<i64> finish_wait(task::restart_block& block, errc outcome) noexcept;

/// restart_syscall(2) of a FUTEX_WAIT with a time-out: goes on with the old deadline.
result<i64> resume_wait(task::restart_block& block) noexcept {
    const auto found = TRY(find_futex(block.arguments[0], block.arguments[1] != 0));
    return finish_wait(block,
                       wait_on(found.key, block.arguments[0], static_cast<u32>(block.arguments[2]),
                               static_cast<u32>(block.arguments[3]), block.deadline));
}

result<i64> finish_wait(task::restart_block& block, errc outcome) noexcept {
    if (outcome == errc{})
        return 0;
    if (outcome != errc::interrupted)
        return outcome;
    block.resume = resume_wait;
    return errc::restart_block;
}

TRACEPOINT(futex, futex_wait, trace::address word, u32 expected);
result<i64> wait_operation(virtual_address word, bool is_private, u32 expected, u32 bits,
                           instant deadline) noexcept {
    TRACE(futex_wait, word, expected);
    errc outcome;
    if (is_private && valid_word(word)) [[likely]] {
        outcome = wait_on(private_key(word), word, expected, bits, deadline);
    } else {
        const auto found = TRY(find_futex(word, is_private));
        outcome = wait_on(found.key, word, expected, bits, deadline);
    }
    if (outcome == errc{}) [[likely]]
        return 0;
    if (outcome != errc::interrupted)
        return outcome;
    if (deadline == instant::never())
        return errc::restart_always;
    task::restart_block& block = current_task().restart;
    block.arguments[0] = word;
    block.arguments[1] = is_private;
    block.arguments[2] = expected;
    block.arguments[3] = bits;
    block.deadline = deadline;
    return finish_wait(block, outcome);
}

result<i64> as_result(i64 answer) noexcept {
    return answer < 0 ? result<i64>{static_cast<errc>(-answer)} : result<i64>{answer};
}

TRACEPOINT(futex, futex_wake, trace::address word, u32 count);
result<i64> wake_operation(virtual_address word, bool is_private, u32 count, u32 bits) noexcept {
    TRACE(futex_wake, word, count);
    if (is_private && valid_word(word)) [[likely]]
        return as_result(wake(private_key(word), count, bits));
    const auto found = TRY(find_futex(word, is_private));
    return as_result(wake(found.key, count, bits));
}

/// Locks two buckets in the order of their addresses.
class both_locked {
public:
    both_locked(bucket& a, bucket& b) noexcept : first_{&a < &b ? a : b}, second_{&a < &b ? b : a} {
        first_.mutex.lock();
        if (&first_ != &second_)
            second_.mutex.lock();
    }
    ~both_locked() {
        if (&first_ != &second_)
            second_.mutex.unlock();
        first_.mutex.unlock();
    }
    both_locked(const both_locked&) = delete;

private:
    bucket &first_, &second_;
};

TRACEPOINT(futex, futex_requeue, trace::address from, trace::address to);
result<i64> requeue(virtual_address from_word, bool is_private, u32 wake_count, u32 move_count,
                    virtual_address to_word, const u32* expected) noexcept {
    TRACE(futex_requeue, from_word, to_word);
    if (static_cast<i32>(wake_count) < 0 || static_cast<i32>(move_count) < 0)
        return errc::invalid_argument;
    const auto found_from = TRY(find_futex(from_word, is_private));
    const auto found_to = TRY(find_futex(to_word, is_private));
    const futex_key &from = found_from.key, &to = found_to.key;
    bucket &source = bucket_of(from), &target = bucket_of(to);
    both_locked guard{source, target};
    if (expected) {
        u32 value;
        if (!arch::user_load(reinterpret_cast<u32*>(from_word), value))
            return errc::bad_address;
        if (value != *expected)
            return errc::again;
    }
    const i64 woken = TRY(wake_locked(source, from, wake_count, any_bit));
    u32 moved = 0;
    for (waiter *w = source.first, *next; w && moved < move_count; w = next) {
        next = w->next;
        if (!(w->key == from))
            continue;
        if (w->bits == 0)
            return errc::invalid_argument;
        ++moved;
        w->key = to;
        if (&source == &target)
            continue;
        source.remove(*w);
        target.append(*w);
        target.waiters.fetch_add(1, std::memory_order_seq_cst);
        w->where.store(&target, std::memory_order_release);
    }
    return expected ? woken + moved : woken;
}

/// FUTEX_WAKE_OP's change of the second word, and its test of the old value.
result<bool> modify_and_test(virtual_address word, u32 encoded) noexcept {
    const u32 kind = encoded >> 28 & 7, comparison = encoded >> 24 & 15;
    u32 operand = static_cast<u32>(static_cast<i32>(encoded << 8) >> 20);
    const auto limit = static_cast<i32>(encoded << 20) >> 20;
    if (encoded >> 31)  // FUTEX_OP_OPARG_SHIFT
        operand = u32{1} << (operand & 31);
    auto* at = reinterpret_cast<u32*>(word);
    u32 old;
    if (!arch::user_load(at, old))
        return errc::bad_address;
    for (bool exchanged = false; !exchanged;) {
        u32 fresh;
        switch (kind) {
            case 0:
                fresh = operand;
                break;
            case 1:
                fresh = old + operand;
                break;
            case 2:
                fresh = old | operand;
                break;
            case 3:
                fresh = old & ~operand;
                break;
            case 4:
                fresh = old ^ operand;
                break;
            default:
                return errc::not_implemented;
        }
        if (!arch::user_compare_exchange(at, old, fresh, exchanged))
            return errc::bad_address;
    }
    const auto value = static_cast<i32>(old);
    switch (comparison) {
        case 0:
            return value == limit;
        case 1:
            return value != limit;
        case 2:
            return value < limit;
        case 3:
            return value <= limit;
        case 4:
            return value > limit;
        case 5:
            return value >= limit;
        default:
            return errc::not_implemented;
    }
}

result<i64> wake_and_modify(virtual_address word, bool is_private, u32 count, u32 count2,
                            virtual_address word2, u32 encoded) noexcept {
    const auto found_first = TRY(find_futex(word, is_private));
    const auto found_second = TRY(find_futex(word2, is_private));
    const futex_key &first = found_first.key, &second = found_second.key;
    bucket &b1 = bucket_of(first), &b2 = bucket_of(second);
    both_locked guard{b1, b2};
    const bool also_second = TRY(modify_and_test(word2, encoded));
    const i64 woken = TRY(wake_locked(b1, first, count, any_bit));
    return also_second ? woken + TRY(wake_locked(b2, second, count2, any_bit)) : woken;
}

/// A wait on a private word that only a wake-up or a signal ends: the wait of mutexes, so all of it
/// is in one piece.
[[gnu::noinline, gnu::flatten]] i64 wait_forever(virtual_address word, u32 expected,
                                                 u32 bits) noexcept {
    if (bits == 0)
        return -static_cast<i64>(errc::invalid_argument);
    const errc outcome = wait_on(private_key(word), word, expected, bits, instant::never());
    return -static_cast<i64>(outcome == errc::interrupted ? errc::restart_always : outcome);
}

result<i64> refuse(int kind) noexcept {
    static constinit std::atomic<u32> reported{0};
    const u32 bit = u32{1} << (kind & 31);
    if (!(reported.fetch_or(bit) & bit))
        log::notice("futex: operation {} is not supported", kind);
    return errc::not_implemented;
}

[[gnu::noinline]] result<i64> any_futex(virtual_address word, int operation, u32 value,
                                        u64 timeout_or_value2, virtual_address word2,
                                        u32 value3) noexcept {
    const bool is_private = operation & private_flag, realtime = operation & realtime_flag;
    const int kind = operation & ~(private_flag | realtime_flag);
    const auto value2 = static_cast<u32>(timeout_or_value2);
    const bool waits = kind == op_wait || kind == op_wait_bitset || kind == op_lock_priority ||
                       kind == op_lock_priority2 || kind == op_wait_requeue_priority;
    if (realtime && (!waits || kind == op_wait || kind == op_lock_priority))
        return errc::not_implemented;
    const instant deadline = waits && timeout_or_value2
                                 ? TRY(futex_deadline(timeout_or_value2, kind == op_wait,
                                                      realtime || kind == op_lock_priority))
                                 : instant::never();
    switch (kind) {
        case op_wait:
        case op_wait_bitset: {
            if (kind == op_wait)
                value3 = any_bit;
            if (value3 == 0)
                return errc::invalid_argument;
            return wait_operation(word, is_private, value, value3, deadline);
        }
        case op_wake:
            return wake_operation(word, is_private, value, any_bit);
        case op_wake_bitset:
            if (value3 == 0)
                return errc::invalid_argument;
            return wake_operation(word, is_private, value, value3);
        case op_requeue:
            return requeue(word, is_private, value, value2, word2, nullptr);
        case op_compare_requeue:
            return requeue(word, is_private, value, value2, word2, &value3);
        case op_wake_op:
            return wake_and_modify(word, is_private, value, value2, word2, value3);
        case op_lock_priority:
        case op_lock_priority2:
            return lock_futex(word, is_private, deadline);
        case op_try_lock_priority:
            return try_lock_futex(word, is_private);
        case op_unlock_priority:
            return unlock_futex(word, is_private);
        case op_wait_requeue_priority:
            return wait_for_move(word, is_private, value, deadline, word2);
        case op_compare_requeue_priority:
            return move_to_lock(word, is_private, value, value2, word2, value3);
        default:
            return refuse(kind);
    }
}

}  // namespace

void wake_futex(virtual_address word, u32 count) noexcept {
    if (!valid_word(word) || wake(private_key(word), count, any_bit) >= i64{count})
        return;
    if (auto found = find_futex(word, false); found && found->object)
        (void)wake(found->key, count, any_bit);
}

i64 futex(virtual_address word, int operation, u32 value, u64 timeout_or_value2,
          virtual_address word2, u32 value3) noexcept {
    // What mutexes and condition variables do when nobody waits with a time-out.
    if (valid_word(word)) [[likely]] {
        if (operation == (op_wake | private_flag))
            return wake(private_key(word), value, any_bit);
        const bool waits = operation == (op_wait | private_flag) ||
                           (operation & ~realtime_flag) == (op_wait_bitset | private_flag);
        if (waits && timeout_or_value2 == 0)
            return wait_forever(word, value,
                                operation == (op_wait | private_flag) ? any_bit : value3);
    }
    const auto outcome = any_futex(word, operation, value, timeout_or_value2, word2, value3);
    return outcome ? *outcome : -static_cast<i64>(outcome.error());
}

}  // namespace osprey::proc
