// SPDX-License-Identifier: BSD-3-Clause
#include <process/process_table.hh>

namespace osprey::proc {

constinit sync::mutex table_mutex{sync::lock_rank::process_table};

namespace {

constexpr usize hash_size = 1024;  // numbers are dense, so chains stay short up to many thousands
constinit std::atomic<process*> processes[hash_size];
constinit std::atomic<task*> tasks[hash_size];
constinit process_access::sorted by_number;
constinit u32 process_total = 0;

template <typename T>
void insert(std::atomic<T*>& head, T& object, std::atomic<T*>& link) noexcept {
    link.store(head.load(std::memory_order_relaxed), std::memory_order_relaxed);
    head.store(&object, std::memory_order_release);
}

/// Readers that stand on `object` still find the rest of the chain through its link.
template <typename T, typename LinkOf>
void erase(std::atomic<T*>& head, T& object, LinkOf link_of) noexcept {
    std::atomic<T*>* at = &head;
    while (T* seen = at->load(std::memory_order_relaxed)) {
        if (seen == &object) {
            at->store(link_of(object).load(std::memory_order_relaxed), std::memory_order_release);
            return;
        }
        at = &link_of(*seen);
    }
}

}  // namespace

refptr<process> find_process(i32 pid) noexcept {
    if (pid <= 0)
        return nullptr;
    sync::rcu_read_guard reading;
    process* p = processes[static_cast<u32>(pid) % hash_size].load(std::memory_order_acquire);
    for (; p; p = process_access::hash_next(*p))
        if (p->pid() == pid && p->try_add_ref())
            return refptr<process>::adopt(p);
    return nullptr;
}

refptr<process> process_access::next_after(i32 pid) noexcept {
    sync::lock_guard guard{table_mutex};
    return refptr<process>{by_number.upper_bound(pid)};
}

process* process_access::above(i32 pid) noexcept {
    return by_number.upper_bound(pid);
}

void for_each_process(bool (*visit)(process&, void*), void* context) noexcept {
    i32 last = 0;
    while (auto p = process_access::next_after(last)) {
        last = p->pid();
        if (!visit(*p, context))
            return;
    }
}

u32 process_count() noexcept {
    sync::lock_guard guard{table_mutex};
    return process_total;
}

void process_access::enter(process& p, i32 pid, process* sibling) noexcept {
    p.pid_ = pid;
    if (p.process_group.load(std::memory_order_relaxed) == 0) {
        p.process_group.store(pid, std::memory_order_relaxed);
        p.session.store(pid, std::memory_order_relaxed);
    }
    p.add_ref();
    sync::lock_guard guard{table_mutex};
    if (sibling) {
        p.set_parent(sibling->parent());
        p.exit_signal = sibling->exit_signal.load();
        p.creator_ = sibling->creator_;
        p.orphan_ = sibling->orphan_;
    }
    if (p.parent_)
        p.parent_->children_.push_back(p);
    by_number.insert(p);
    p.in_table_ = true;
    ++process_total;
    insert(processes[static_cast<u32>(pid) % hash_size], p, p.table_next_);
}

void process_access::remove(process& p) noexcept {
    if (p.parent_)
        decltype(p.children_)::remove(p);
    p.set_parent(nullptr);
    by_number.remove(p);
    p.in_table_ = false;
    --process_total;
    erase(
        processes[static_cast<u32>(p.pid_) % hash_size], p,
        [](process & x) -> auto& { return x.table_next_; });
    p.drop_ref();
}

refptr<task> find_task(i32 tid) noexcept {
    if (tid <= 0)
        return nullptr;
    sync::rcu_read_guard reading;
    task* t = tasks[static_cast<u32>(tid) % hash_size].load(std::memory_order_acquire);
    for (; t; t = task_access::hash_next(*t))
        if (t->tid() == tid && t->try_add_ref())
            return refptr<task>::adopt(t);
    return nullptr;
}

void task_access::enter(task& t) noexcept {
    sync::lock_guard guard{table_mutex};
    insert(tasks[static_cast<u32>(t.tid_) % hash_size], t, t.table_next_);
    t.listed_ = true;
}

void task_access::leave(task& t) noexcept {
    sync::lock_guard guard{table_mutex};
    if (!t.listed_)
        return;
    erase(
        tasks[static_cast<u32>(t.tid_) % hash_size], t,
        [](task & x) -> auto& { return x.table_next_; });
    t.listed_ = false;
}

void task_access::take_process_number(task& t) noexcept {
    if (t.tid_ == t.owner().pid())
        return;
    leave(t);
    // A reader that still stands on `t` may leave its old chain for the new one and miss a task
    // behind it; let those finish first.
    sync::rcu_synchronize();
    t.tid_ = t.owner().pid();
    enter(t);
}

}  // namespace osprey::proc
