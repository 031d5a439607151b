// SPDX-License-Identifier: BSD-3-Clause
#include <sched/thread_table.hh>

#include <base/radix_tree.hh>
#include <sched/scheduler.hh>
#include <sync/mutex.hh>

namespace osprey::sched {
namespace {

constexpr u32 first_kernel_id = 2;
constexpr u32 first_application_id = 1;

constinit sync::mutex table_mutex{sync::lock_rank::threads};
constinit radix_tree<thread> threads;
constinit u32 next_id = first_kernel_id;
constinit bool first_taken = false;
constinit u64 added = 0;

}  // namespace

result<void> thread_table::add(thread& t) noexcept {
    sync::lock_guard guard{table_mutex};
    ++added;
    if (t.application_ && !first_taken) {
        TRY_VOID(threads.insert(first_application_id, &t));
        first_taken = true;
        t.id_ = first_application_id;
        return {};
    }
    for (u32 tries = 0; tries < thread_id_limit; ++tries) {
        const u32 id = next_id;
        next_id = id + 1 == thread_id_limit ? first_kernel_id : id + 1;
        const auto inserted = threads.insert(id, &t);
        if (inserted) {
            t.id_ = id;
            return {};
        }
        if (inserted.error() != errc::exists)
            return inserted.error();
    }
    return errc::again;
}

void thread_table::remove(const retired* first, thread* (*of)(const retired*)) noexcept {
    sync::lock_guard guard{table_mutex};
    for (; first; first = first->next)
        if (const u32 id = of(first)->id_; id != 0)
            threads.erase(id);
}

u64 threads_started() noexcept {
    return __atomic_load_n(&added, __ATOMIC_RELAXED);
}

thread* find_thread(u32 id) noexcept {
    return threads.find(id);
}

void for_each_thread(void (*visit)(thread&, void*), void* argument) noexcept {
    // A read section per thread: the list may be long, and `visit` may look at much.
    for (u64 id = 0;;) {
        arch::preempt_guard readers;
        thread* t = threads.find_from(id, id);
        if (!t)
            return;
        visit(*t, argument);
        ++id;
    }
}

}  // namespace osprey::sched
