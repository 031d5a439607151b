// SPDX-License-Identifier: BSD-3-Clause
#include "machine.hh"

#include <base/assert.hh>
#include <cstdlib>
#include <memory/kernel_map.hh>
#include <mutex>
#include <sched/timer_queue.hh>
#include <sync/rcu.hh>
#include <thread>

#include "../support/retire_list.hh"

namespace test {

machine::machine(u32 cpus) {
    arch::cpus_used = cpus;
    arch::clock = 1'000'000'000;
    arch::clock_step = 0;
    arch::parallel = false;
    for (u32 cpu = 0; cpu < cpus; ++cpu) {
        auto& block = arch::cpus[cpu];
        block.current = nullptr;
        block.preempt_count = block.need_resched = block.interrupt_depth = 0;
        block.timer = ~u64{0};
        block.timer_interrupts = 0;
        block.interrupt = false;
        block.halt = nullptr;
        on(cpu);
        sched::initialize_cpu();
        if (cpu == 0) {
            // The flow of execution that booted; it has nothing more to do.
            threads_.push_back(&sched::current());
            threads_.back()->add_ref();
            sleep();
        }
        idle_.push_back(&sched::current());
    }
    on(0);
}

machine::~machine() {
    for (u32 cpu = 0; cpu < arch::cpu_count(); ++cpu)
        arch::cpus[cpu].current = nullptr;  // what follows is not done by threads
    for (u32 cpu = 0; cpu < arch::cpu_count(); ++cpu)
        while (const u64 kept = sched::runqueues.of(cpu).take_stack())
            memory::free_kernel_stack(kept, sched::thread::kernel_stack_bytes);
    for (sched::thread* t : threads_) {
        if (t->state() != sched::thread_state::finished)
            t->drop_ref();  // of `start`, or of the boot flow
        t->drop_ref();
    }
    for (sched::thread* t : idle_)
        delete t;
    free_retired();
    arch::cpus_used = 1;
    on(0);
}

sched::thread& machine::spawn(sched::scheduling how, const cpu_mask& cpus) {
    auto made = sched::thread::create(
        "test", [](void*) {}, nullptr, how);
    ensure(made.has_value() && (*made)->set_affinity(cpus).has_value(), "no thread");
    threads_.push_back((*made).get());
    threads_.back()->add_ref();
    threads_.back()->start();
    return *threads_.back();
}

namespace {
class application_thread final : public sched::thread {
public:
    static result<refptr<application_thread>> create() {
        auto made = refptr<application_thread>::adopt(new application_thread());
        TRY_VOID(made->prepare([](void*) {}, nullptr));
        return made;
    }

private:
    application_thread() : thread{"application", true} {}
};
}  // namespace

sched::thread& machine::spawn_application() {
    auto made = application_thread::create();
    ensure(made.has_value(), "no thread");
    threads_.push_back((*made).get());
    threads_.back()->add_ref();
    threads_.back()->start();
    return *threads_.back();
}

sched::thread* machine::running(u32 cpu) const {
    sched::thread* t = arch::cpus[cpu].current;
    return t == idle_[cpu] ? nullptr : t;
}

void machine::take_interrupts() {
    auto& cpu = arch::this_cpu();
    ++cpu.interrupt_depth;
    if (cpu.interrupt.exchange(false)) {
        arch::take_calls();
        arch::handle_reschedule_interrupt();
    }
    if (now().ns >= cpu.timer) {
        cpu.timer = ~u64{0};
        ++cpu.timer_interrupts;
        arch::handle_timer_interrupt(interrupted_);
    }
    --cpu.interrupt_depth;
    arch::reschedule();
    if (&sched::current() == idle_[arch::cpu_id()])
        sched::runqueues.mine().idle_loop_turn();
}

void machine::run(duration how_long) {
    const u32 before = arch::cpu_id();
    for (const instant end = now() + how_long; now() < end;) {
        arch::clock += static_cast<u64>(step.ns);
        for (u32 cpu = 0; cpu < arch::cpu_count(); ++cpu) {
            on(cpu);
            take_interrupts();
        }
    }
    on(before);
}

bool machine::run_until(const sched::thread& t) {
    for (const instant end = now() + duration::seconds(1); now() < end && running() != &t;)
        run(step);
    return running() == &t;
}

void machine::sleep() {
    sched::begin_wait();
    (void)sched::commit_wait(sched::wait_mode::uninterruptible, instant::never());
}

void machine::sleep_until(instant deadline) {
    sched::begin_wait();
    (void)sched::commit_wait(sched::wait_mode::uninterruptible, deadline);
}

void machine::end() {
    ensure(running(arch::cpu_id()) != nullptr, "the idle thread ends");
    std::jmp_buf out;
    arch::way_out = &out;
    if (setjmp(out) == 0)
        sched::exit_current();
    arch::way_out = nullptr;
    sched::runqueues.mine().finish_switch();  // as a new thread does first of all
}

}  // namespace test

// What the scheduler asks of the layers around it.

namespace osprey::arch {
namespace {

struct call {
    void (*function)(void*);
    void* argument;
    std::atomic<bool> done{false};
};
std::mutex calls_lock;
std::vector<call*> calls[most_cpus];

void run_as_interrupt(void (*function)(void*), void* argument) {
    ++this_cpu().interrupt_depth;
    function(argument);
    --this_cpu().interrupt_depth;
}

}  // namespace

void take_calls() {
    for (;;) {
        call* next;
        {
            std::lock_guard guard{calls_lock};
            if (calls[here].empty())
                return;
            next = calls[here].back();
            calls[here].pop_back();
        }
        run_as_interrupt(next->function, next->argument);
        next->done.store(true, std::memory_order_release);
    }
}

void call_on_cpu(u32 id, void (*function)(void*), void* argument) noexcept {
    if (id == here || !parallel) {
        const u32 before = std::exchange(here, id);
        run_as_interrupt(function, argument);
        here = before;
        return;
    }
    call mine{function, argument};
    {
        std::lock_guard guard{calls_lock};
        calls[id].push_back(&mine);
    }
    cpus[id].interrupt.store(true);
    while (!mine.done.load(std::memory_order_acquire)) {
        take_calls();  // interrupts are on while one waits
        std::this_thread::yield();
    }
}

}  // namespace osprey::arch

osprey::result<osprey::virtual_address> osprey::memory::allocate_kernel_stack(usize) noexcept {
    return reinterpret_cast<virtual_address>(std::malloc(16));
}
void osprey::memory::free_kernel_stack(virtual_address lowest, usize) noexcept {
    std::free(reinterpret_cast<void*>(lowest));
}
void osprey::sched::initialize_timer_queue() noexcept {}
osprey::result<void> osprey::sched::start_timer_threads() noexcept {
    return {};
}
osprey::result<void> osprey::sync::start_rcu() noexcept {
    return {};
}
