// SPDX-License-Identifier: BSD-3-Clause
//
// pidfd_open(2), pidfd_send_signal(2), pidfd_getfd(2).
#include <linux/descriptors.hh>
#include <linux/other_processes.hh>
#include <linux/signal_permission.hh>
#include <linux/syscalls.hh>
#include <process/pidfd.hh>

namespace osprey::abi {
namespace {

result<refptr<proc::process>> process_of(fd_number pidfd) noexcept {
    auto file = TRY(file_of(pidfd));
    return proc::process_of_pidfd(*file);
}

}  // namespace

reply calls::pidfd_open(pid_number pid, flags<pidfd_flags> how) noexcept {
    TRY_VOID(how.only());
    if (pid.value <= 0)
        return errc::invalid_argument;
    auto p = proc::find_process(pid.value);
    if (!p)
        return proc::find_task(pid.value) ? errc::invalid_argument : errc::no_process;
    auto file = TRY(proc::make_pidfd(*p, static_cast<u32>(how.bits)));
    return install(std::move(file), true);
}

reply calls::pidfd_send_signal(fd_number pidfd, signal_number signal,
                               maybe_in<signal_information> info, u32 how) noexcept {
    if (how != 0)
        return errc::invalid_argument;
    auto p = TRY(process_of(pidfd));
    proc::signal_info told;
    if (info) {
        constexpr i32 si_tkill = -6;
        told = TRY(info.load());
        if (told.number != signal.value)
            return errc::invalid_argument;
        // Only to itself may a process claim that the kernel or kill(2) sent it
        if (p.get() != &proc::current_process() && (told.code >= 0 || told.code == si_tkill))
            return errc::not_permitted;
    } else {
        told = proc::make_signal(static_cast<proc::signal>(signal.value), 0);
    }
    if (proc::find_process(p->pid()) != p)
        return errc::no_process;  // it has been waited for
    if (signal.value < 0 || signal.value > static_cast<i32>(proc::signal_count))
        return errc::invalid_argument;
    if (!may_signal(*p, signal.value))
        return errc::not_permitted;
    if (signal.value == 0)
        return done;
    return proc::send_signal(*p, told);
}

reply calls::pidfd_getfd(fd_number pidfd, fd_number fd, u32 how) noexcept {
    if (how != 0)
        return errc::invalid_argument;
    auto p = TRY(process_of(pidfd));
    if (!may_inspect(*p))
        return errc::not_permitted;
    refptr<vfs::descriptor_table> table = p->held(&proc::process::descriptors);
    if (!table)
        return errc::no_process;
    return install(TRY(table->get(fd.value)), true);
}

}  // namespace osprey::abi
