// SPDX-License-Identifier: BSD-3-Clause
//
// Calls whose objects are not there yet: they answer ENOSYS and are reported once.
#include <arch/context.hh>
#include <linux/syscalls.hh>

namespace osprey::abi {
namespace {

reply not_yet() noexcept {
    report_missing_call(arch::application_frame().syscall_number());
    return errc::not_implemented;
}

}  // namespace

reply calls::futex_waitv(address, u32, u32, maybe_in<abi_timespec>, choice<clock_names>) noexcept {
    return not_yet();
}
reply calls::pidfd_open(pid_number, flags<pidfd_flags>) noexcept {
    return not_yet();
}
reply calls::pidfd_send_signal(fd_number, signal_number, maybe_in<signal_information>,
                               u32) noexcept {
    return not_yet();
}

}  // namespace osprey::abi
