// SPDX-License-Identifier: BSD-3-Clause
#include <fs/tty/terminal.hh>
#include <process/process_table.hh>
#include <sched/clock.hh>
#include <trace/tracepoint.hh>

namespace osprey::proc {
namespace {

constexpr u64 unlimited = ~u64{0};

/// What setrlimit(2) calls the limits, with the values a Linux system starts with.
enum limit_index : unsigned {
    limit_cpu,
    limit_file_size,
    limit_data,
    limit_stack,
    limit_core,
    limit_resident,
    limit_processes,
    limit_files,
    limit_locked,
    limit_address_space,
    limit_locks,
    limit_signals,
    limit_message_queues,
    limit_nice,
    limit_realtime_priority,
    limit_realtime_time,
};

void set_default_limits(process& p) noexcept {
    for (auto& limit : p.limits)
        limit = {unlimited, unlimited};
    p.limits[limit_stack] = {8 << 20, unlimited};
    p.limits[limit_core] = {0, unlimited};
    p.limits[limit_files] = {1 << 20, 1 << 20};  // as container run-times set it
    p.limits[limit_message_queues] = {819200, 819200};
    p.limits[limit_nice] = {0, 0};
    p.limits[limit_realtime_priority] = {0, 0};
}

}  // namespace

result<refptr<process>> process_access::create(process* parent) noexcept {
    auto* p = new (std::nothrow) process();
    if (!p)
        return errc::out_of_memory;
    auto made = refptr<process>::adopt(p);
    p->started = sched::monotonic_now();
    p->set_parent(parent);
    if (!parent) {
        set_default_limits(*p);
        return made;
    }
    for (unsigned i = 0; i < resource_limit_count; ++i)
        p->limits[i] = parent->limits[i];
    p->account.address_space_limit = parent->account.address_space_limit;
    p->account.data_limit = parent->account.data_limit;
    p->account.out_of_memory_bias = parent->account.out_of_memory_bias.load();
    p->identity = parent->identity;
    p->process_group.store(parent->process_group.load());
    p->session.store(parent->session.load());
    p->terminal = parent->held(&process::terminal);
    p->personality = parent->personality;
    p->strace = parent->strace;
    p->dumpable = parent->dumpable;
    p->settings.inherit(parent->settings);
    return made;
}

void process::last_reference_gone() noexcept {
    sync::rcu_defer(rcu_, [](sync::rcu_head* head) {
        process* self = nullptr;
        auto offset = reinterpret_cast<char*>(&self->rcu_) - reinterpret_cast<char*>(self);
        delete reinterpret_cast<process*>(reinterpret_cast<char*>(head) - offset);
    });
}

void process::for_each_task(bool (*visit)(task&, void*), void* context) noexcept {
    sync::lock_guard guard{mutex};
    for (task* t = first_task_; t; t = task_access::next_in_process(*t))
        if (!visit(*t, context))
            return;
}

void process_access::release_parent(process& child) noexcept {
    if (child.parent_released_.exchange(true, std::memory_order_acq_rel))
        return;
    child.parent_waits_.wake_all();
}

void process_access::wait_for_release(process& child) noexcept {
    // As Linux does, only death of the parent ends this wait early.
    (void)child.parent_waits_.wait(
        [&] { return child.parent_released_.load(std::memory_order_acquire); },
        sched::wait_mode::killable);
}

TRACEPOINT(process, process_release_memory, trace::pid pid);
void process_access::release_memory(process& p) noexcept {
    TRACE(process_release_memory, p.pid());
    process& owner = p.memory_owner();
    const bool last = owner.memory_users_.fetch_sub(1, std::memory_order_acq_rel) == 1;
    if (last && owner.space)
        owner.space->unmap_all_of(owner.account);
    p.borrowed_from_.reset();
}

}  // namespace osprey::proc
