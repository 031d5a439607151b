// SPDX-License-Identifier: BSD-3-Clause
#include <linux/async_pool.hh>
#include <process/service_task.hh>
#include <sched/clock.hh>

namespace osprey::abi {
namespace {

constexpr duration idle_time = duration::seconds(5);

}  // namespace

result<refptr<async_pool>> async_pool::create(proc::process& owner) noexcept {
    auto* pool = new (std::nothrow) async_pool{owner};
    if (!pool)
        return errc::out_of_memory;
    return refptr<async_pool>::adopt(pool);
}

result<void> async_pool::enter(async_user& user) noexcept {
    sync::lock_guard guard{users_mutex_};
    if (stopping_.load(std::memory_order_relaxed))
        return errc::no_process;
    users_.push_back(user);
    return {};
}

void async_pool::leave(async_user& user) noexcept {
    sync::lock_guard guard{users_mutex_};
    users_.remove(user);
}

result<void> async_pool::add_task() noexcept {
    // Counted before it exists, so that `stop` waits for a task that is just being made.
    if (tasks_.fetch_add(1) >= most_tasks || stopping_.load()) {
        tasks_.fetch_sub(1, std::memory_order_release);
        task_ended_.wake_all();
        return errc::again;
    }
    idle_.fetch_add(1, std::memory_order_relaxed);
    auto made = proc::create_service_task(owner_, "async", run_task, this);
    if (!made) {
        idle_.fetch_sub(1, std::memory_order_relaxed);
        tasks_.fetch_sub(1, std::memory_order_release);
        task_ended_.wake_all();
        return made.error();
    }
    add_ref();
    (*made)->start();
    return {};
}

result<void> async_pool::prepare() noexcept {
    if (tasks_.load(std::memory_order_acquire) != 0)
        return {};
    return add_task();
}

void async_pool::push(async_work& work) noexcept {
    queue_.push(work);
    waiting_work_.fetch_add(1, std::memory_order_release);
    arrived_.wake_one();
}

void async_pool::run_task(void* self) noexcept {
    {
        auto pool = refptr<async_pool>::adopt(static_cast<async_pool*>(self));
        pool->serve();
        pool->tasks_.fetch_sub(1, std::memory_order_acq_rel);
        pool->task_ended_.wake_all();
    }
    proc::end_service_task();
}

/// Takes one of the tokens, of which there is one for each piece of work in the queue.
bool async_pool::take_token() noexcept {
    u32 seen = waiting_work_.load(std::memory_order_acquire);
    while (seen != 0)
        if (waiting_work_.compare_exchange_weak(seen, seen - 1, std::memory_order_acquire))
            return true;
    return false;
}

/// One idle task less, unless it is the last: work may come from where no task can be made.
bool async_pool::may_end() noexcept {
    u32 idle = idle_.load(std::memory_order_relaxed);
    while (idle > 1)
        if (idle_.compare_exchange_weak(idle, idle - 1, std::memory_order_acq_rel))
            return true;
    return false;
}

/// Waits for work. @return null: the task has to end.
async_work* async_pool::take() noexcept {
    for (bool taken = false; !taken;) {
        const bool last = idle_.load(std::memory_order_relaxed) <= 1;
        (void)arrived_.wait_exclusive(
            [&] { return (taken = take_token()) || stopping_.load(std::memory_order_acquire); },
            sched::wait_mode::uninterruptible,
            last ? instant::never() : sched::monotonic_now() + idle_time);
        if (!taken && (stopping_.load(std::memory_order_acquire) || may_end()))
            return nullptr;
    }
    sync::lock_guard guard{taking_};
    return queue_.pop();
}

void async_pool::serve() noexcept {
    while (async_work* work = take()) {
        if (idle_.fetch_sub(1, std::memory_order_acq_rel) == 1)
            (void)add_task();  // without one more, work goes on when this one is done
        work->run();
        sched::current().interrupted.store(false, std::memory_order_relaxed);
        idle_.fetch_add(1, std::memory_order_relaxed);
    }
}

void async_pool::stop() noexcept {
    {
        sync::lock_guard guard{users_mutex_};
        for (async_user& user : users_)
            user.process_leaves();
        stopping_.store(true);
    }
    arrived_.wake_all();
    (void)task_ended_.wait([this] { return tasks_.load(std::memory_order_acquire) == 0; },
                           sched::wait_mode::uninterruptible);
}

}  // namespace osprey::abi
