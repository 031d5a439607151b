// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <base/intrusive_list.hh>
#include <base/mpsc_queue.hh>
#include <base/refptr.hh>
#include <process/process.hh>
#include <sync/wait_queue.hh>

namespace osprey::abi {

/// Something that a task of an `async_pool` does. Not owned by the pool.
class async_work {
public:
    /// Context: a service task of the process, which may wait as long as it likes. The object may
    /// be gone when it returns.
    virtual void run() noexcept = 0;
    std::atomic<async_work*> next_work{nullptr};

protected:
    ~async_work() = default;
};

/// Somebody whose unfinished work the pool of a process does.
class async_user {
public:
    /// The process gives up its memory: everything unfinished has to come to its end now, by
    /// itself or by work that is already pushed. Nothing new may begin.
    virtual void process_leaves() noexcept = 0;
    list_hook user_hook;

protected:
    ~async_user() = default;
};

/// The tasks that go on with what calls of one process left to be done: native AIO and io_uring.
///
/// There is always a task that does nothing but wait for work, as long as there may be more of
/// them, so that work which waits for other work cannot stop it. Tasks without work end after a
/// while.
class async_pool final : public ref_counted<async_pool> {
public:
    static result<refptr<async_pool>> create(proc::process& owner) noexcept;

    /// Makes sure that somebody takes up work. Before each `push` from a submitting thread.
    /// @return `errc::out_of_memory`, `errc::again`.
    result<void> prepare() noexcept;
    /// Context: threads, also callbacks of wait queues. Not after `stop`.
    void push(async_work& work) noexcept;
    /// Tells the users, and waits until all work is done and all tasks have ended.
    void stop() noexcept;
    /// @return `errc::no_process` after `stop`.
    result<void> enter(async_user& user) noexcept;
    void leave(async_user& user) noexcept;

    static constexpr u32 most_tasks = 256;

private:
    friend class ref_counted<async_pool>;
    explicit async_pool(proc::process& owner) noexcept : owner_{owner} {}
    ~async_pool() = default;
    static void run_task(void* self) noexcept;
    void serve() noexcept;
    async_work* take() noexcept;
    bool take_token() noexcept;
    bool may_end() noexcept;
    result<void> add_task() noexcept;

    proc::process& owner_;  // outlives the tasks: see `stop`
    sync::mutex users_mutex_;
    intrusive_list<async_user, &async_user::user_hook> users_;
    mpsc_queue<async_work, &async_work::next_work> queue_;
    sync::mutex taking_;  // one task at a time takes from the queue
    std::atomic<u32> waiting_work_{0};
    std::atomic<u32> tasks_{0}, idle_{0};
    std::atomic<bool> stopping_{false};
    sync::wait_queue arrived_{sync::lock_rank::none}, task_ended_;
};

}  // namespace osprey::abi
