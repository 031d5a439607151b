// SPDX-License-Identifier: BSD-3-Clause
//
// Descriptors made of nothing but the kernel: pipes, event descriptors, timer descriptors, memory
// files.
#include <fs/eventfd/eventfd.hh>
#include <fs/memfd/memfd.hh>
#include <fs/pipe/pipe.hh>
#include <fs/timerfd/timerfd.hh>
#include <linux/descriptors.hh>
#include <linux/syscalls.hh>
#include <linux/times.hh>
#include <linux/user_string.hh>

namespace osprey::abi {

reply calls::pipe(out<fd_pair> ends) noexcept {
    return pipe2(ends, {0});
}

reply calls::pipe2(out<fd_pair> ends, flags<pipe_flags> how) noexcept {
    TRY_VOID(how.only());
    auto made = TRY(fs::make_pipe(how.bits & (pipe_flags::o_nonblock | pipe_flags::o_direct)));
    const bool close_on_exec = how.has(pipe_flags::o_cloexec);
    return install_pair(ends, std::move(made.reader), std::move(made.writer), close_on_exec);
}

reply calls::eventfd(u32 initial) noexcept {
    return eventfd2(initial, {0});
}

reply calls::eventfd2(u32 initial, flags<eventfd_flags> how) noexcept {
    TRY_VOID(how.only());
    auto file = TRY(
        fs::make_eventfd(initial, static_cast<u32>(how.bits & ~u64{eventfd_flags::efd_cloexec})));
    return install(std::move(file), how.has(eventfd_flags::efd_cloexec));
}

reply calls::timerfd_create(choice<clock_names> clock, flags<timerfd_flags> how) noexcept {
    TRY_VOID(how.only());
    auto file = TRY(
        fs::make_timerfd(clock.value(), static_cast<u32>(how.bits & timerfd_flags::tfd_nonblock)));
    return install(std::move(file), how.has(timerfd_flags::tfd_cloexec));
}

reply calls::timerfd_settime(fd_number fd, flags<timer_set_flags> how, in<abi_itimerspec> next,
                             maybe_out<abi_itimerspec> previous) noexcept {
    const abi_itimerspec given = TRY(next.load());
    if (how.bits & ~flags<timer_set_flags>::known())
        return errc::invalid_argument;
    const fs::timer_setting setting{TRY(to_ns(given.interval)), TRY(to_ns(given.value))};
    auto file = TRY(file_of(fd));
    const fs::timer_setting old = TRY(fs::set_timerfd(*file, static_cast<u32>(how.bits), setting));
    if (previous)
        TRY_VOID(previous.store({to_timespec(old.interval_ns), to_timespec(old.value_ns)}));
    return done;
}

reply calls::timerfd_gettime(fd_number fd, out<abi_itimerspec> value) noexcept {
    auto file = TRY(file_of(fd));
    const fs::timer_setting now = TRY(fs::get_timerfd(*file));
    return value.store({to_timespec(now.interval_ns), to_timespec(now.value_ns)});
}

reply calls::memfd_create(user_text name, flags<memfd_flags> how) noexcept {
    if (how.has(memfd_flags::mfd_hugetlb))
        return how.only(memfd_flags::mfd_cloexec | memfd_flags::mfd_allow_sealing);
    if (how.bits & ~flags<memfd_flags>::known())
        return errc::invalid_argument;
    user_string text;
    TRY_VOID(text.load(name, 250, errc::invalid_argument));
    auto file = TRY(
        fs::make_memfd(text.view(), static_cast<u32>(how.bits & memfd_flags::mfd_allow_sealing)));
    return install(std::move(file), how.has(memfd_flags::mfd_cloexec));
}

}  // namespace osprey::abi
