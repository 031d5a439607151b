// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <base/intrusive_list.hh>
#include <linux/ipc.hh>
#include <sched/scheduler.hh>
#include <span>

namespace osprey::abi {

class semaphore_set;

inline constexpr i32 semaphore_most = 32767;              // SEMVMX
inline constexpr usize semaphores_in_set = 32000;         // SEMMSL
inline constexpr usize semaphore_operations_limit = 500;  // SEMOPM

/// What a process has to give back to a set at its end (semop(2), SEM_UNDO).
/// Locking: all of it belongs to the set's mutex.
struct semaphore_undo : ref_counted<semaphore_undo> {
    refptr<semaphore_set> set;
    vector<i16> adjust;  // by semaphore
    list_hook hook;
};

/// A set of semaphores. Operations that have to wait stay in one queue, oldest first; whoever
/// changes a value carries out what has become possible in the name of those who wait, so that
/// nobody overtakes them.
///
/// Locking: `mutex` guards everything but key and id.
class semaphore_set final : public ref_counted<semaphore_set>, public ipc_object {
public:
    explicit semaphore_set(vector<i32> zeros, vector<i32> pids) noexcept
        : values{std::move(zeros)}, pids{std::move(pids)} {}

    struct operation {
        std::span<const abi_sembuf> parts;
        semaphore_undo* undo;
        i32 pid;
    };
    /// All parts or none. @return `errc::range`, `errc::file_too_big`, `errc::access_denied`,
    /// `errc::again` (IPC_NOWAIT, or `deadline` is over), `errc::identifier_removed`,
    /// `errc::interrupted`.
    result<void> perform(const operation& what, instant deadline) noexcept;

    /// Adds `undo`'s adjustments and forgets it: its process ends.
    void give_back(semaphore_undo& undo, i32 pid) noexcept;
    /// Everybody who waits gets `errc::identifier_removed`.
    void destroy() noexcept;
    /// SETVAL, SETALL: nobody has to give anything back any more; waiters look again.
    void set_value(usize number, i32 value, i32 pid) noexcept;        // mutex held
    void values_changed() noexcept;                                   // mutex held
    [[nodiscard]] u32 waiters(usize number, bool for_zero) noexcept;  // mutex held

    sync::mutex mutex;
    vector<i32> values, pids;  // pids: of the last operation
    i64 operated = 0, changed = 0;
    bool removed = false;
    intrusive_list<semaphore_undo, &semaphore_undo::hook> undos;

private:
    /// An operation that waits, on the kernel stack of its thread.
    struct waiter {
        const operation& what;
        usize blocking;  // the part that cannot be done
        sched::thread* thread = &sched::current();
        errc outcome{};                     // valid once `finished`
        std::atomic<bool> finished{false};  // nobody else touches it any more
        list_hook hook{};
    };
    enum class attempt : u8 { done, blocked, failed };
    attempt try_parts(const operation& what, usize& blocking, errc& why) noexcept;
    static void finish(waiter& w, errc outcome) noexcept;
    intrusive_list<waiter, &waiter::hook> waiting_;  // oldest first
};

}  // namespace osprey::abi
