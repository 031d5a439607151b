// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <arch/clock.hh>
#include <sched/runqueue.hh>
#include <vector>

namespace test {

using namespace osprey;

/// A machine of up to eight CPUs with a clock that the test moves. One host thread plays all CPUs
/// in turn, `on` says which; whatever it calls is done by the thread that is current there. All
/// CPUs are idle at first.
class machine {
public:
    explicit machine(u32 cpus = 1);
    ~machine();
    machine(const machine&) = delete;

    void on(u32 cpu) { arch::here = cpu; }
    /// A thread that competes for a CPU from now on. Called on any CPU.
    sched::thread& spawn(sched::scheduling how = {}, const cpu_mask& cpus = cpu_mask::all());
    /// The same as part of an application.
    sched::thread& spawn_application();
    /// What timer interrupts interrupt from now on.
    void interrupt_in(arch::cpu_mode mode) { interrupted_ = mode; }
    /// Who runs on `cpu`; null: it is idle.
    [[nodiscard]] sched::thread* running(u32 cpu = 0) const;

    /// Interrupts that are due on this CPU, and what they lead to.
    void take_interrupts();
    /// Lets all CPUs compute: time passes in small steps, and interrupts come when they are due.
    void run(duration how_long);
    /// The same until CPU 0 runs `t`; a second at most. @return whether it does.
    bool run_until(const sched::thread& t);

    /// The thread that is current here falls asleep.
    void sleep();
    void sleep_until(instant deadline);
    /// It ends.
    void end();

    [[nodiscard]] static u64 timer_interrupts() { return arch::cpus[0].timer_interrupts; }

private:
    std::vector<sched::thread*> threads_;  // each with a reference of ours
    std::vector<sched::thread*> idle_;
    arch::cpu_mode interrupted_ = arch::cpu_mode::kernel;
};

inline constexpr duration step = duration::microseconds(50);

inline instant now() {
    return arch::now();
}

}  // namespace test
