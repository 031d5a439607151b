// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <arch/context.hh>
#include <cstring>
#include <process/call_filter.hh>
#include <process/process_table.hh>
#include <sched/clock.hh>

namespace osprey::proc {

task::task(process& owner, std::string_view name) noexcept
    : thread{name, true}, started{sched::monotonic_now()}, process_{&owner} {}

call_filter::~call_filter() {
    // One after the other: chains may be long, and the stack is not.
    call_filter* at = before_.release();
    while (at && at->try_drop_last_ref()) {
        call_filter* next = at->before_.release();
        delete at;
        at = next;
    }
    if (at)
        at->drop_ref();
}

task::~task() {
    if (call_filter* f = filter.load(std::memory_order_relaxed))
        f->drop_ref();
    deallocate(signal_fpu_, arch::fpu_state_size());
}

result<refptr<task>> task_access::create(process& owner, std::string_view name,
                                         void (*entry)(void*)) noexcept {
    auto* t = new (std::nothrow) task(owner, name);
    if (!t)
        return errc::out_of_memory;
    auto made = refptr<task>::adopt(t);
    TRY_VOID(t->prepare(entry, t));
    t->tid_ = static_cast<i32>(t->id());

    sync::lock_guard guard{owner.mutex};
    if (owner.exiting.load(std::memory_order_relaxed) || owner.survivor_.load())
        return errc::interrupted;  // no new tasks for a process that ends its tasks
    t->next_in_process_ = owner.first_task_;
    if (owner.first_task_)
        owner.first_task_->previous_in_process_ = t;
    owner.first_task_ = t;
    owner.task_count.fetch_add(1, std::memory_order_relaxed);
    return made;
}

result<refptr<task>> task_access::create_unlisted(process& owner, std::string_view name,
                                                  void (*entry)(void*), void* argument) noexcept {
    auto* t = new (std::nothrow) task(owner, name);
    if (!t)
        return errc::out_of_memory;
    auto made = refptr<task>::adopt(t);
    TRY_VOID(t->prepare(entry, argument));
    t->tid_ = static_cast<i32>(t->id());
    return made;
}

bool task_access::remove(task& t) noexcept {
    leave(t);
    process& p = t.owner();
    sync::lock_guard guard{p.mutex};
    if (t.previous_in_process_)
        t.previous_in_process_->next_in_process_ = t.next_in_process_;
    else
        p.first_task_ = t.next_in_process_;
    if (t.next_in_process_)
        t.next_in_process_->previous_in_process_ = t.previous_in_process_;
    t.next_in_process_ = t.previous_in_process_ = nullptr;
    if (t.tid_ == p.pid()) {  // what a zombie is called
        const std::string_view name = t.name();
        std::memset(p.account.name, 0, sizeof p.account.name);
        std::memcpy(p.account.name, name.data(), std::min(name.size(), sizeof p.account.name - 1));
    }
    const resource_use used = use_of(t);
    p.user_ns.fetch_add(used.user_ns, std::memory_order_relaxed);
    p.system_ns.fetch_add(used.system_ns, std::memory_order_relaxed);
    p.ended_use += used;
    return p.task_count.fetch_sub(1, std::memory_order_acq_rel) == 1;
}

void* task_access::signal_fpu(task& t) noexcept {
    if (!t.signal_fpu_)
        t.signal_fpu_ = allocate(arch::fpu_state_size(), 64);
    return t.signal_fpu_;
}

}  // namespace osprey::proc
