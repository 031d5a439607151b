// SPDX-License-Identifier: BSD-3-Clause
#include <arch/context.hh>
#include <linux/restart.hh>
#include <linux/syscalls.hh>
#include <process/task.hh>
#include <utility>

namespace osprey::abi {
void prepare_restart(arch::register_frame& frame, u64 number) noexcept {
    // rt_sigreturn leaves a register that belongs to what the handler interrupted.
    if (frame.vector != arch::register_frame::syscall_vector)
        return;
    proc::task& task = proc::current_task();
    task.restart_number = number;
    task.return_work.fetch_or(proc::work_signal, std::memory_order_release);
}

reply calls::restart_syscall() noexcept {
    proc::task::restart_block& block = proc::current_task().restart;
    auto* resume = std::exchange(block.resume, nullptr);
    if (!resume)
        return errc::interrupted;
    return resume(block);
}

}  // namespace osprey::abi
