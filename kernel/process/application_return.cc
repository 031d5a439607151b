// SPDX-License-Identifier: BSD-3-Clause
// What the entry code of the architecture calls: exceptions of the application, and the work that
// waits before a task goes back to it.
#include <arch/context.hh>
#include <arch/interrupts.hh>
#include <arch/signal_frame.hh>
#include <process/file_owner.hh>
#include <process/process_table.hh>
#include <sched/scheduler.hh>

namespace osprey::arch {

void handle_return_work(register_frame& frame) noexcept {
    using namespace proc;
    task& t = current_task();
    do {
        enable_interrupts();
        const u32 work = t.return_work.exchange(0, std::memory_order_relaxed);
        t.interrupted.store(false, std::memory_order_seq_cst);
        if (must_end(t))
            exit_task(0);
        if (work & work_file_owners) [[unlikely]]
            tell_file_owners();
        deliver_signals(t, frame);
        restart_without_handler(frame, t);
        restore_blocked_now();
        disable_interrupts();
    } while (t.return_work.load(std::memory_order_acquire) != 0);
}

void handle_application_trap(register_frame& frame, u64 address) noexcept {
    using namespace proc;
    task& t = current_task();
    constexpr u64 page_fault_vector = 14, user_access = 4;
    const bool page_fault = frame.vector == page_fault_vector;
    if (page_fault && t.last_fault_error == errc::out_of_memory) {
        signal_info killed = make_signal(signal::kill, 0x80);
        (void)send_signal(t.owner(), killed);
        return;
    }
    void* staging = task_access::signal_fpu(t);
    if (!staging) {
        (void)send_signal(t.owner(), make_signal(signal::kill, 0x80));
        return;
    }
    const trap_signal cause =
        classify_trap(frame, address, page_fault ? t.last_fault_error : errc{}, staging);
    // The application believes in a user mode of its own, so its faults look like that.
    t.trap = {frame.vector, page_fault ? frame.error_code | user_access : frame.error_code,
              page_fault ? address : t.trap.address};
    signal_info info{};
    info.number = cause.number;
    info.code = cause.code;
    info.fault.address = cause.address;
    force_signal(t, info);
}

}  // namespace osprey::arch
