// SPDX-License-Identifier: BSD-3-Clause
#include <arch/cpu.hh>
#include <linux/cpu_time.hh>
#include <linux/syscalls.hh>

namespace osprey::abi {
namespace {

u64 time_of(const proc::task& t, cpu_clock::part what) noexcept {
    if (what == cpu_clock::part::all)
        return t.cpu_time_ns();
    const sched::thread_statistics s = t.statistics();
    return s.cpu_time_ns - s.system_time_ns;
}

}  // namespace

i64 cpu_clock::now() const noexcept {
    if (task)
        return static_cast<i64>(time_of(*task, what));
    struct total {
        part what;
        u64 ns;
    } sum{what, process->user_ns.load(std::memory_order_relaxed)};
    if (what == part::all)
        sum.ns += process->system_ns.load(std::memory_order_relaxed);
    process->for_each_task(
        [](proc::task& t, void* context) {
            auto& all = *static_cast<total*>(context);
            all.ns += time_of(t, all.what);
            return true;
        },
        &sum);
    return static_cast<i64>(sum.ns);
}

u32 cpu_clock::most_parallel() const noexcept {
    const u32 tasks = task ? 1 : process->task_count.load(std::memory_order_relaxed);
    const u32 most = tasks < arch::cpu_count() ? tasks : arch::cpu_count();
    return most ? most : 1;
}

result<cpu_clock> find_cpu_clock(i32 number) noexcept {
    proc::process& self = proc::current_process();
    if (number == clock_names::clock_process_cputime_id)
        return cpu_clock{.process = &self, .task = {}, .keep_alive = refptr{&self}};
    if (number == clock_names::clock_thread_cputime_id)
        return cpu_clock{.process = &self, .task = refptr{&proc::current_task()}};
    constexpr i32 kind_bits = 3, kind_user = 1, kind_none = 3, of_thread = 4;
    if (number >= 0 || (number & kind_bits) == kind_none)
        return errc::invalid_argument;
    cpu_clock c{.process = &self, .task = {}};
    c.what = (number & kind_bits) == kind_user ? cpu_clock::part::user : cpu_clock::part::all;
    const i32 id = ~(number >> 3);
    if (number & of_thread) {
        c.task = id ? proc::find_task(id) : refptr<proc::task>{&proc::current_task()};
        if (!c.task || &c.task->owner() != &self)
            return errc::invalid_argument;
    } else {
        c.keep_alive = id ? proc::find_process(id) : refptr<proc::process>{&self};
        if (!c.keep_alive)
            return errc::invalid_argument;
        c.process = c.keep_alive.get();
    }
    return c;
}

}  // namespace osprey::abi
