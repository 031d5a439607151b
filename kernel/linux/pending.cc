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

reply calls::memfd_create(user_text, flags<memfd_flags>) noexcept {
    return not_yet();
}
reply calls::inotify_init() noexcept {
    return not_yet();
}
reply calls::inotify_init1(flags<inotify_init_flags>) noexcept {
    return not_yet();
}
reply calls::inotify_add_watch(fd_number, user_path, flags<inotify_events>) noexcept {
    return not_yet();
}
reply calls::inotify_rm_watch(fd_number, i32) noexcept {
    return not_yet();
}
reply calls::pipe(out<fd_pair>) noexcept {
    return not_yet();
}
reply calls::pipe2(out<fd_pair>, flags<pipe_flags>) noexcept {
    return not_yet();
}
reply calls::tee(fd_number, fd_number, usize, flags<splice_flags>) noexcept {
    return not_yet();
}
reply calls::vmsplice(fd_number, vector_in<2>, usize, flags<splice_flags>) noexcept {
    return not_yet();
}
reply calls::epoll_create(i32) noexcept {
    return not_yet();
}
reply calls::epoll_create1(flags<epoll_create_flags>) noexcept {
    return not_yet();
}
reply calls::epoll_ctl(fd_number, choice<epoll_operations>, fd_number,
                       maybe_in<abi_epoll_event>) noexcept {
    return not_yet();
}
reply calls::epoll_wait(fd_number, address, i32, i32) noexcept {
    return not_yet();
}
reply calls::epoll_pwait(fd_number, address, i32, i32, maybe_in<u64>, usize) noexcept {
    return not_yet();
}
reply calls::epoll_pwait2(fd_number, address, i32, maybe_in<abi_timespec>, maybe_in<u64>,
                          usize) noexcept {
    return not_yet();
}
reply calls::eventfd(u32) noexcept {
    return not_yet();
}
reply calls::eventfd2(u32, flags<eventfd_flags>) noexcept {
    return not_yet();
}
reply calls::timerfd_create(choice<clock_names>, flags<timerfd_flags>) noexcept {
    return not_yet();
}
reply calls::timerfd_settime(fd_number, flags<timer_set_flags>, in<abi_itimerspec>,
                             maybe_out<abi_itimerspec>) noexcept {
    return not_yet();
}
reply calls::timerfd_gettime(fd_number, out<abi_itimerspec>) noexcept {
    return not_yet();
}
reply calls::signalfd(fd_number, in<u64>, usize) noexcept {
    return not_yet();
}
reply calls::signalfd4(fd_number, in<u64>, usize, flags<signalfd_flags>) noexcept {
    return not_yet();
}
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
