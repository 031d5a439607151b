// SPDX-License-Identifier: BSD-3-Clause
#include <sched/thread.hh>

#include <base/assert.hh>
#include <memory/kernel_map.hh>
#include <sched/run_order.hh>
#include <sched/scheduler.hh>
#include <sched/thread_table.hh>

#include <cstring>
#include <trace/tracepoint.hh>

namespace osprey::sched {
namespace {

result<u64> take_stack() noexcept {
    {
        arch::irq_guard quiet;
        if (u64 kept = runqueues.mine().take_stack())
            return kept;
    }
    return memory::allocate_kernel_stack(thread::kernel_stack_bytes);
}

/// A change that only the CPU of the thread may make.
struct remote_change {
    thread* target;
    const scheduling* how = nullptr;
    const cpu_mask* cpus = nullptr;
    const u8* inherited = nullptr;
    bool done = false;
};

}  // namespace

struct thread_access {
    static void start_running(void* of) noexcept {
        thread& t = *static_cast<thread*>(of);
        runqueues.mine().finish_switch();
        arch::enable_interrupts();
        t.entry_(t.argument_);
        exit_current();
    }

    static void change(void* of) noexcept {
        auto& request = *static_cast<remote_change*>(of);
        thread& t = *request.target;
        runqueue& q = runqueues.mine();
        if (q.has_incoming())
            q.take_incoming();
        if (t.cpu_.load(std::memory_order_acquire) != arch::cpu_id())
            return;  // moved meanwhile
        const bool attached = t.attached_.load(std::memory_order_acquire);
        auto seen = thread_state::waiting;
        if (!attached &&
            !t.state_.compare_exchange_strong(seen, thread_state::waking,
                                              std::memory_order_acq_rel) &&
            seen != thread_state::finished)
            return;  // on its way to some CPU; try again when it has arrived
        if (request.inherited)
            t.inherited_ = *request.inherited;
        if (request.how || request.inherited)
            q.change_scheduling(t, request.how ? *request.how : t.scheduling_);
        if (request.cpus)
            q.change_affinity(t, *request.cpus);
        if (!attached && seen == thread_state::waiting)
            q.accept(t);  // asleep, and ours while `waking`: a wake-up without reason ends that
        request.done = true;
    }
    /// The running thread; interrupts off.
    static void set_ceiling(thread& me, bool on) noexcept {
        me.ceiling_ = on;
        runqueues.mine().change_scheduling(me, me.scheduling_);
    }
    static void change_where_it_is(remote_change& request) noexcept {
        while (!request.done)
            arch::call_on_cpu(request.target->cpu(), change, &request);
        arch::reschedule();  // the change may have been to this very thread
    }
    static void free_by_rcu(retired* head) noexcept {
        delete of(head);
        unburied.fetch_sub(1, std::memory_order_relaxed);
    }
    static constinit std::atomic<retired*> dead;
    static constinit retired burial;
    static constinit std::atomic<u32> unburied;  // threads without references, not freed yet

    /// Threads that nobody refers to, linked by their `retirement_`: they leave the table together,
    /// so that the one thread that frees memory seldom waits for its mutex.
    static void bury(thread& t) noexcept {
        unburied.fetch_add(1, std::memory_order_relaxed);
        retired* seen = dead.load(std::memory_order_relaxed);
        do
            t.retirement_.next = seen;
        while (!dead.compare_exchange_weak(seen, &t.retirement_, std::memory_order_release,
                                           std::memory_order_relaxed));
        if (!seen)
            retire(burial, forget_dead);
    }
    static void forget_dead(retired*) noexcept {
        retired* first = dead.exchange(nullptr, std::memory_order_acquire);
        thread_table::remove(first, of);
        while (first) {
            retired* next = first->next;
            // Who found it in the table meanwhile may still look at it.
            retire(*first, free_by_rcu);
            first = next;
        }
    }
    static thread* of(const retired* head) noexcept {
        constexpr usize offset = __builtin_offsetof(thread, retirement_);
        return reinterpret_cast<thread*>(reinterpret_cast<u64>(head) - offset);
    }
};

constinit std::atomic<retired*> thread_access::dead{nullptr};
constinit retired thread_access::burial{};
constinit std::atomic<u32> thread_access::unburied{0};

thread::thread(std::string_view name, bool application) noexcept
    : application_{application}, time_kind_{application ? time_kind::user : time_kind::system} {
    set_name(name);
}

thread::~thread() {
    if (stack_base_ != 0)
        memory::free_kernel_stack(stack_base_, kernel_stack_bytes);
    if (context_.fpu)
        deallocate(context_.fpu, arch::fpu_state_size());
}

result<void> thread::prepare_stack(void (*entry)(void*), void* argument) noexcept {
    if (application_) {
        context_.fpu = allocate(arch::fpu_state_size(), 64);
        if (!context_.fpu)
            return errc::out_of_memory;
        arch::fpu_init(context_.fpu);
    }
    stack_base_ = TRY(take_stack());
    stack_top_ = stack_base_ + kernel_stack_bytes;
    entry_ = entry;
    argument_ = argument;
    arch::prepare_kernel_entry(context_, stack_top_, thread_access::start_running, this);
    return {};
}

result<void> thread::prepare(void (*entry)(void*), void* argument) noexcept {
    TRY_VOID(prepare_stack(entry, argument));
    return thread_table::add(*this);
}

void thread::last_reference_gone() noexcept {
    // The table is behind a mutex, which may not be taken here: the last reference may go at the
    // end of a context switch.
    thread_access::bury(*this);
}

result<refptr<thread>> thread::create(std::string_view name, void (*entry)(void*), void* argument,
                                      scheduling how) noexcept {
    auto* t = new (std::nothrow) thread(name, false);
    if (!t)
        return errc::out_of_memory;
    auto owner = refptr<thread>::adopt(t);
    TRY_VOID(t->prepare(entry, argument));
    TRY_VOID(t->set_scheduling(how));
    return owner;
}

TRACEPOINT(sched, thread_create, trace::pid pid, trace::comm comm);
void thread::start() noexcept {
    TRACE(thread_create, id_, name());
    add_ref();  // dropped when it has ended
    arch::preempt_guard stay;
    const u32 cpu = runqueue::choose_cpu(*this, arch::cpu_id());
    state_.store(thread_state::waking, std::memory_order_relaxed);
    cpu_.store(cpu, std::memory_order_relaxed);
    if (cpu == arch::cpu_id()) {
        arch::irq_guard quiet;
        runqueues.mine().accept(*this);
    } else {
        runqueues.of(cpu).send(*this);
    }
}

void await_burials() noexcept {
    constexpr u32 many = 512;
    constexpr int longest_wait = 20;
    for (int i = 0; i < longest_wait; ++i) {
        if (thread_access::unburied.load(std::memory_order_relaxed) < many) [[likely]]
            return;
        (void)sleep_until(arch::now() + duration::milliseconds(1), wait_mode::killable);
    }
}

TRACEPOINT(sched, thread_rename, trace::pid pid, trace::comm comm);
void thread::set_name(std::string_view name) noexcept {
    TRACE(thread_rename, id_, name);
    const usize size = name.size() < sizeof name_ - 1 ? name.size() : sizeof name_ - 1;
    std::memcpy(name_, name.data(), size);
    std::memset(name_ + size, 0, sizeof name_ - size);
}

TRACEPOINT(sched, thread_set_scheduling, trace::pid pid, u32 policy, i32 nice);
result<void> thread::set_scheduling(scheduling how) noexcept {
    TRACE(thread_set_scheduling, id_, static_cast<u32>(how.kind), how.nice);
    const bool real_time = how.kind == policy::fifo || how.kind == policy::round_robin;
    if (real_time ? how.priority < 1 || how.priority > 99 : how.priority != 0)
        return errc::invalid_argument;
    if (how.nice < -20 || how.nice > 19)
        return errc::invalid_argument;
    if (state() == thread_state::created) {
        runqueue::set_weight(*this, how);
        return {};
    }
    remote_change request{.target = this, .how = &how};
    thread_access::change_where_it_is(request);
    return {};
}

void thread::inherit_priority(u8 priority) noexcept {
    remote_change request{.target = this, .inherited = &priority};
    thread_access::change_where_it_is(request);
}

void urgent_section::set(bool on) noexcept {
    {
        arch::irq_guard quiet;
        thread_access::set_ceiling(current(), on);
    }
    if (!on)
        arch::reschedule();
}

TRACEPOINT(sched, thread_set_affinity, trace::pid pid);
result<void> thread::set_affinity(const cpu_mask& cpus) noexcept {
    TRACE(thread_set_affinity, id_);
    bool possible = false, all = true;
    for (u32 cpu = 0; cpu < arch::cpu_count(); ++cpu)
        (cpus.contains(cpu) ? possible : all) = cpus.contains(cpu);
    if (!possible)
        return errc::invalid_argument;
    const cpu_mask mask = all ? cpu_mask::all() : cpus;
    if (state() == thread_state::created) {
        affinity_ = mask;
        any_cpu_ = all;
        return {};
    }
    remote_change request{.target = this, .cpus = &mask};
    thread_access::change_where_it_is(request);
    return {};
}

u64 thread::cpu_time_ns() const noexcept {
    if (this == arch::current_thread()) {
        arch::irq_guard quiet;
        runqueues.mine().account();
    }
    return cycles_to_ns(cycles_);
}

thread_statistics thread::statistics() const noexcept {
    return {.cpu_time_ns = cpu_time_ns(),
            .system_time_ns = cycles_to_ns(system_cycles_),
            .switches = switches_,
            .preemptions = preemptions_,
            .migrations = migrations_};
}

}  // namespace osprey::sched
