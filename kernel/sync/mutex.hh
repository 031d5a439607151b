// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <atomic>
#include <base/types.hh>

namespace osprey::sched {
class thread;
}

namespace osprey::sync {

/// The order in which mutexes may be taken: a thread that holds one of rank r may only take ranks
/// below r (towards zero). Checked in debug kernels. `none` is exempt.
enum class lock_rank : u8 {
    none = 0,
    log,
    frames,  // memory: frame allocator
    heap,    // memory: slab back end
    wait_queue,
    timers,   // sched: kernel timers
    threads,  // sched: table of threads
    block_device,
    page_cache,             // memory: vm_object
    mapping,                // memory: address_space
    network_device,         // drivers: rings of a network card
    network_taps,           // net: who sees every frame
    network_neighbours,     // net: packets that wait for a link address
    network_configuration,  // net: addresses, routes, interfaces, ports
    socket,                 // net: protocol state of one socket
    listening_socket,       // net: held while its new connections are looked at
    vnode,
    dentry,
    mount,
    descriptor,
    pipe,
    file,
    signal,
    futex,
    process,
    process_table,
    tracing,        // fs: readers and knobs of tracefs
    text_file,      // fs: a /proc file whose text may tell about all of the above
    file_position,  // vfs: outermost, held over a read or write that moves the position
};

/// A sleeping lock without a spin lock inside: an uncontended lock or unlock is one atomic
/// operation, waiters queue without locks, and unlock hands over to the first waiter, so nobody
/// starves. Recursive locking is a bug.
///
/// One word holds everything others may change: 0 is free, 1 locked, and a locked mutex with new
/// waiters holds the newest of them (a stack linked by the waiters themselves). Only the holder
/// takes waiters away; it turns their stack into a queue of its own and gives the mutex, without
/// ever freeing it, to the oldest. So there is no moment at which a waiter may have been missed,
/// the problem that hand-off protocols otherwise have to repair (compare A. Gidenstam and M.
/// Papatriantafilou, "LFthreads: a lock-free thread library", 2007).
///
/// After `unlock` has let go, it does not touch the mutex any more: the next holder may destroy it.
/// Context: threads with preemption on; not interrupt handlers.
class mutex {
public:
    constexpr explicit mutex(lock_rank rank = lock_rank::none) noexcept : rank_{rank} {}
    mutex(const mutex&) = delete;

    void lock() noexcept;
    /// Never waits, so its rank does not matter.
    [[nodiscard]] bool try_lock() noexcept;
    void unlock() noexcept;
    [[nodiscard]] bool owned_by_current() const noexcept;

private:
    struct waiter;
    static constexpr u64 unlocked = 0;
    static constexpr u64 locked = 1;  // added to the address of the newest waiter

    void lock_slow(u64 seen, sched::thread* me) noexcept;
    void hand_over() noexcept;

    std::atomic<u64> state_{unlocked};
    std::atomic<sched::thread*> owner_{nullptr};
    waiter* queue_ = nullptr;  // oldest first; the holder's
    lock_rank rank_;
#ifdef OSPREY_DEBUG
    bool rank_noted_ = false;  // the holder's
#endif
};

/// Holds a lock for a scope.
template <typename Lock>
class [[nodiscard]] lock_guard {
public:
    explicit lock_guard(Lock& lock) noexcept : lock_{lock} { lock_.lock(); }
    ~lock_guard() { lock_.unlock(); }
    lock_guard(const lock_guard&) = delete;

private:
    Lock& lock_;
};

/// Data together with the mutex that guards it: reachable only while locked.
template <typename T, lock_rank Rank = lock_rank::none>
class guarded {
public:
    template <typename... Args>
    constexpr explicit guarded(Args&&... args) noexcept : value_{static_cast<Args&&>(args)...} {}

    template <typename F>
    auto with(F&& f) noexcept {
        lock_guard guard{mutex_};
        return f(value_);
    }
    template <typename F>
    auto with(F&& f) const noexcept {
        lock_guard guard{mutex_};
        return f(static_cast<const T&>(value_));
    }

private:
    mutable mutex mutex_{Rank};
    T value_;
};

}  // namespace osprey::sync
