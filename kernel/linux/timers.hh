// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <base/heap.hh>
#include <base/vector.hh>
#include <linux/abi/process.hh>
#include <linux/abi/time.hh>
#include <linux/aio.hh>
#include <linux/async_pool.hh>
#include <linux/cpu_time.hh>
#include <process/process.hh>
#include <process/settings.hh>
#include <sched/timer.hh>
#include <sync/mutex.hh>

namespace osprey::abi {

/// A repeating timer on a clock of the machine or on the CPU time of a process or thread.
///
/// CPU time has no interrupt of its own: the timer looks again when what is missing can have been
/// used at the earliest, that is with all threads running all the time.
///
/// Locking: `setting_` serialises callers of `set`, which has to wait for a running expiry;
/// `state_` guards the fields and is taken by the expiry, too.
class interval_timer {
public:
    enum class clock : u8 { monotonic, realtime, cpu };

    interval_timer(proc::process& owner, clock which) noexcept
        : owner_{owner}, clock_{which}, alarm_{*this} {}
    interval_timer(proc::process& owner, cpu_clock which) noexcept
        : owner_{owner}, clock_{clock::cpu}, cpu_{std::move(which)}, alarm_{*this} {}
    virtual ~interval_timer() = default;
    interval_timer(const interval_timer&) = delete;

    struct setting {
        i64 interval = 0, left = 0;  // ns; left 0: not running
    };
    /// Starts, restarts or (value 0) stops it. @return what it was set to.
    setting set(i64 value, i64 interval, bool absolute) noexcept;
    setting get() noexcept;
    void stop() noexcept;  // and waits for an expiry under way

protected:
    /// It ran out `times` times. Context: a kernel thread, `state_` held.
    virtual void expired(u64 times) noexcept = 0;
    proc::process& owner_;

private:
    struct alarm final : sched::timer {
        explicit alarm(interval_timer& t) noexcept
            : sched::timer{&interval_timer::ring}, owner{t} {}
        interval_timer& owner;
    };
    static void ring(sched::timer& self) noexcept;
    void look() noexcept;
    void arm() noexcept;
    i64 now() noexcept;
    setting current() noexcept;

    const clock clock_;
    const cpu_clock cpu_{};  // for `clock::cpu`
    sync::mutex setting_, state_;
    i64 next_ = 0, interval_ = 0;  // on the clock; next_ 0: not running
    alarm alarm_;
};

/// ITIMER_REAL, ITIMER_VIRTUAL or ITIMER_PROF.
class signal_interval_timer final : public interval_timer {
public:
    signal_interval_timer(proc::process& owner, clock which, proc::signal s) noexcept
        : interval_timer{owner, which}, signal_{s} {}
    signal_interval_timer(proc::process& owner, cpu_clock::part what, proc::signal s) noexcept
        : interval_timer{owner, cpu_clock{&owner, {}, {}, what}}, signal_{s} {}

private:
    void expired(u64 times) noexcept override;
    proc::signal signal_;
};

/// A timer of timer_create(2).
class posix_timer final : public interval_timer {
public:
    posix_timer(proc::process& owner, clock which, i32 id, const abi_sigevent& event,
                refptr<proc::task> target) noexcept;
    posix_timer(proc::process& owner, cpu_clock which, i32 id, const abi_sigevent& event,
                refptr<proc::task> target) noexcept;
    ~posix_timer() override;
    [[nodiscard]] i32 id() const noexcept { return id_; }
    [[nodiscard]] i32 overrun() const noexcept { return overrun_.load(); }

private:
    void expired(u64 times) noexcept override;
    i32 id_;
    abi_sigevent event_;
    refptr<proc::task> target_;  // SIGEV_THREAD_ID
    std::atomic<i32> overrun_{0};
    u64 missed_ = 0;
};

/// What linux/ hangs on a process.
class process_objects final : public proc::process_extension {
public:
    /// Those of `p`, made on first use.
    static result<process_objects*> of(proc::process& p) noexcept;

    explicit process_objects(proc::process& p) noexcept;
    ~process_objects() override;
    void program_leaves() noexcept override;
    void program_replaced() noexcept override;
    result<void> memory_copied(proc::process& child) noexcept override;
    void process_ended() noexcept override;

    signal_interval_timer real, virtual_time, profiling;
    sync::mutex mutex;  // guards the lists below
    vector<unique_ptr<posix_timer>> timers;
    i32 next_timer = 0;

    /// System V shared memory that the process has attached.
    struct attachment {
        virtual_address start;
        usize bytes;
        i32 segment;
    };
    vector<attachment> attachments;

    /// What the process gives back to semaphore sets at its end (SEM_UNDO); kept over exec.
    vector<refptr<struct semaphore_undo>> undos;
    /// The tasks behind native AIO and io_uring, made on first use.
    result<refptr<async_pool>> async() noexcept;
    vector<refptr<aio_context>> aio_contexts;

private:
    proc::process& owner_;
    refptr<async_pool> async_;  // guarded by `mutex`
};

/// Detaches everything; linux/shared_memory.cc.
void detach_all(process_objects& objects) noexcept;
/// fork: the child has attached what its parent has.
result<void> attach_copies(process_objects& parent, process_objects& child) noexcept;
/// The end of a process that used SEM_UNDO; linux/semaphores.cc.
void give_back_semaphores(process_objects& objects) noexcept;

}  // namespace osprey::abi
