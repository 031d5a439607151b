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
reply calls::tee(fd_number, fd_number, usize, flags<splice_flags>) noexcept {
    return not_yet();
}

}  // namespace osprey::abi
