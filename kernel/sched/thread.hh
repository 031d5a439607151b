// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <arch/context.hh>
#include <arch/cpu.hh>
#include <atomic>
#include <base/cpu_mask.hh>
#include <base/errc.hh>
#include <base/intrusive_tree.hh>
#include <base/refptr.hh>
#include <base/retire.hh>
#include <base/time.hh>
#include <string_view>

namespace osprey::memory {
class address_space;
}

namespace osprey::sched {

/// How a thread competes for CPUs (sched(7)). Real-time priorities are 1…99, nice is -20…19.
enum class policy : u8 { other, fifo, round_robin, batch, idle };
struct scheduling {
    policy kind = policy::other;
    u8 priority = 0;  // fifo and round_robin only
    i8 nice = 0;      // other and batch only
};

/// What may end a wait before its condition holds.
enum class wait_mode : u8 {
    uninterruptible,
    interruptible,  // any deliverable signal: errc::interrupted
    killable,       // only a fatal one
};

enum class thread_state : u8 {
    created,   // never ran
    running,   // on a CPU, or ready in a run queue
    waiting,   // asleep until woken, or about to be
    waking,    // a wake-up is on its way through a CPU's incoming queue
    finished,  // will never run again
};

/// Whose work CPU time was. Kernel threads are `system` always; the time of an application's
/// thread from one sample (runqueue::sample) to the next counts as what the first of them found.
enum class time_kind : u8 { user, nice, system };
inline constexpr unsigned time_kinds = 3;

/// Statistics of one thread; written by its CPU only.
struct thread_statistics {
    u64 cpu_time_ns = 0;
    u64 system_time_ns = 0;  // the part of it inside the kernel
    u64 switches = 0;        // times it was switched in
    u64 preemptions = 0;     // times it lost the CPU unwillingly
    u64 migrations = 0;      // moves between CPUs
};

/// A thread of execution: a kernel thread, or the base of an application's task (proc::task).
///
/// Threads are reference counted and freed after an RCU grace period, so that `wake` on a thread
/// found under RCU is safe.
class thread : public arch::thread_head, public ref_counted<thread> {
public:
    /// A new kernel thread that has not started yet. Context: threads, may sleep.
    static result<refptr<thread>> create(std::string_view name, void (*entry)(void*),
                                         void* argument, scheduling how = {}) noexcept;

    virtual ~thread();

    /// Puts a created thread onto a run queue. Once only.
    void start() noexcept;

    [[nodiscard]] u32 id() const noexcept { return id_; }  // tid: unique, from one number space
    [[nodiscard]] bool is_application() const noexcept { return application_; }
    [[nodiscard]] std::string_view name() const noexcept { return name_; }
    void set_name(std::string_view name) noexcept;  // cut to 15 characters, as Linux's comm

    [[nodiscard]] thread_state state() const noexcept {
        return state_.load(std::memory_order_acquire);
    }
    [[nodiscard]] u32 cpu() const noexcept { return cpu_.load(std::memory_order_relaxed); }
    [[nodiscard]] thread_statistics statistics() const noexcept;
    /// CPU time used in ns. For the running thread up to this moment; of a thread that runs
    /// elsewhere, the present stretch is missing.
    [[nodiscard]] u64 cpu_time_ns() const noexcept;
    /// In a wait that no signal ends (state D of ps(1))? Only a snapshot.
    [[nodiscard]] bool waits_uninterruptibly() const noexcept {
        return state() == thread_state::waiting && wait_mode_ != wait_mode::interruptible;
    }

    result<void> set_scheduling(scheduling how) noexcept;
    [[nodiscard]] scheduling get_scheduling() const noexcept { return scheduling_; }
    /// Lends it the real-time priority of the most urgent thread that waits for what it holds
    /// (0: of none); `get_scheduling` goes on to tell its own. Context: threads, who see to it that
    /// one at a time does so for a thread.
    void inherit_priority(u8 priority) noexcept;
    [[nodiscard]] u8 inherited_priority() const noexcept { return inherited_; }
    /// Its own real-time priority or the inherited one, whichever is higher; 0: it is fair.
    [[nodiscard]] u8 real_time_priority() const noexcept {
        return scheduling_.priority > inherited_ ? scheduling_.priority : inherited_;
    }
    /// `errc::invalid_argument` if no online CPU is in `cpus`. Migrates at once.
    result<void> set_affinity(const cpu_mask& cpus) noexcept;
    [[nodiscard]] cpu_mask affinity() const noexcept { return affinity_; }

    arch::thread_context& context() noexcept { return context_; }
    [[nodiscard]] u64 kernel_stack_top() const noexcept { return stack_top_; }

    /// Set by `interrupt`; ends interruptible waits until cleared by signal delivery.
    std::atomic<bool> interrupted{false};
    std::atomic<bool> killed{false};  // ends killable waits too
    /// Interruptible waits end at once as if a signal had come; see `attempt`.
    bool never_waits = false;

    /// The address space that page faults of this thread are resolved in; null for kernel threads.
    /// Owned (as a reference) by the process layer.
    memory::address_space* space = nullptr;
    /// Page faults that were resolved (getrusage(2)); major ones had to wait for a disk. Written by
    /// the thread itself only.
    u64 minor_faults = 0, major_faults = 0;
    /// What it has moved from and to disks, likewise.
    u64 disk_bytes_read = 0, disk_bytes_written = 0;
    /// Why the last page fault of this thread could not be resolved (memory/fault.cc):
    /// `bad_address` SEGV_MAPERR, `access_denied` SEGV_ACCERR, `io_error` SIGBUS BUS_ADRERR,
    /// `out_of_memory` SIGKILL. Read by the process layer to fill in the signal.
    errc last_fault_error{};

    /// Debug kernels: ranks of the mutexes that the thread holds, a bit each (sync/mutex.cc).
    u32 held_ranks = 0;

    static constexpr usize kernel_stack_bytes = arch::kernel_stack_bytes;

protected:
    /// For proc::task: `entry` is called on the new kernel stack.
    thread(std::string_view name, bool application) noexcept;
    /// Stack, id and, for application threads, FPU state. @return `errc::out_of_memory`,
    /// `errc::again` when there are no ids left. Context: threads, may sleep.
    result<void> prepare(void (*entry)(void*), void* argument) noexcept;
    void last_reference_gone() noexcept;  // frees by RCU

private:
    result<void> prepare_stack(void (*entry)(void*), void* argument) noexcept;

    friend class ref_counted<thread>;
    friend class runqueue;
    friend class thread_table;
    friend struct scheduler_access;
    friend struct thread_access;

    arch::thread_context context_;
    u64 stack_base_ = 0, stack_top_ = 0;
    std::atomic<thread_state> state_{thread_state::created};
    /// Belongs to the run queue of `cpu_`: running there, ready there, or not yet switched out.
    std::atomic<bool> attached_{false};
    std::atomic<u32> cpu_{0};
    const bool application_;
    time_kind time_kind_;                             // of the time until the next sample
    wait_mode wait_mode_ = wait_mode::interruptible;  // of the last wait
    bool queued_ = false;                             // ready in the run queue
    bool any_cpu_ = true;                             // `affinity_` excludes no CPU
    u8 wakes_ = 0;                                    // wake-ups it gave since it was switched in
    u8 hand_overs_ = 0;  // how often in a row it slept right after one wake-up (up to 3)
    u32 id_ = 0;
    scheduling scheduling_;
    u8 inherited_ = 0;      // real-time priority of who waits for it
    u8 urgency_ = 0;        // real-time priority with which it competes; 0: fair
    bool ceiling_ = false;  // in an `urgent_section`

    // Run queue: what counts when the next thread is chosen; owned by the CPU in `cpu_`.
    u64 key_ = 0;                    // the smallest runs next; see runqueue.hh
    i64 lag_ = 0;                    // while it sleeps: service it is owed, in weighted cycles
    u32 weight_ = 1024;              // share of the CPU; 1024 is nice 0
    u32 inverse_weight_ = 1u << 22;  // 2^32 / weight
    tree_hook run_hook_;
    u64 cycles_ = 0;         // CPU time used
    u64 system_cycles_ = 0;  // inside the kernel
    u64 round_started_ = 0;  // round robin: `cycles_` when its turn began
    u64 switches_ = 0, preemptions_ = 0, migrations_ = 0;

    std::atomic<thread*> incoming_next_{nullptr};

    // Time-out of the present wait, in the tree of the CPU where it fell asleep
    std::atomic<bool> timeout_armed_{false};
    bool timed_out_ = false;
    tree_hook timeout_hook_;
    instant timeout_at_ = instant::never();

    cpu_mask affinity_ = cpu_mask::all();
    char name_[16] = {};
    void (*entry_)(void*) = nullptr;
    void* argument_ = nullptr;
    retired retirement_;
};

/// Raises the running thread above all others of its CPU for a few instructions, so that nobody
/// can keep it from letting go of a mutex that more urgent threads need (the immediate priority
/// ceiling protocol). Does not nest. Context: threads with preemption on.
class urgent_section {
public:
    urgent_section() noexcept { set(true); }
    ~urgent_section() { set(false); }
    urgent_section(const urgent_section&) = delete;

private:
    static void set(bool on) noexcept;
};

inline thread& current() noexcept {
    return *arch::current_thread();
}

/// While it exists, an operation of the running thread that would wait for an event answers as if a
/// signal had come: the way to try something without knowing how it would wait. Waits for mutexes
/// and devices go on.
class attempt {
public:
    attempt() noexcept { current().never_waits = true; }
    ~attempt() { current().never_waits = false; }
    attempt(const attempt&) = delete;
};

/// Waits some milliseconds at most when very many threads have ended and were not freed yet. Who
/// makes threads for applications calls it, so that they cannot be made faster than freed.
/// Context: threads, may sleep.
void await_burials() noexcept;

}  // namespace osprey::sched
