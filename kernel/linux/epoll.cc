// SPDX-License-Identifier: BSD-3-Clause
#include <fs/epoll/epoll.hh>
#include <linux/descriptors.hh>
#include <linux/syscalls.hh>
#include <linux/times.hh>
#include <linux/wait_mask.hh>

namespace osprey::abi {

reply calls::epoll_create(i32 size) noexcept {
    if (size <= 0)
        return errc::invalid_argument;
    return epoll_create1({0});
}

reply calls::epoll_create1(flags<epoll_create_flags> how) noexcept {
    TRY_VOID(how.only());
    return install(TRY(fs::make_epoll(0)), how.bits);
}

reply calls::epoll_ctl(fd_number epoll, choice<epoll_operations> operation, fd_number fd,
                       maybe_in<abi_epoll_event> event) noexcept {
    abi_epoll_event given{};
    if (operation.value() != epoll_operations::epoll_ctl_del)
        given = TRY(event.load());
    auto instance = TRY(file_of(epoll));
    auto target = TRY(file_of(fd));
    if (!target->pollable())
        return errc::not_permitted;
    if (instance == target)
        return errc::invalid_argument;
    return fs::control_epoll(*instance, operation.value(), *target, fd.value, given.events,
                             given.data);
}

namespace {

constexpr usize portion = 128;  // events of one call at most; Linux, too, may give fewer

result<usize> wait_for_events(fd_number epoll, address events, i32 room,
                              instant deadline) noexcept {
    if (room <= 0 || static_cast<usize>(room) > 0x7fff'ffff / sizeof(abi_epoll_event))
        return errc::invalid_argument;
    const usize wanted = static_cast<usize>(room);
    if (!memory::is_application_range(events.value, wanted * sizeof(abi_epoll_event)))
        return errc::bad_address;
    auto instance = TRY(file_of(epoll));
    fs::epoll_happening part[portion];
    const usize n =
        TRY(fs::wait_epoll(*instance, part, wanted < portion ? wanted : portion, deadline));
    for (usize i = 0; i < n; ++i)
        TRY_VOID(events.as<abi_epoll_event>().at(i).store({part[i].events, part[i].data}));
    return n;
}

}  // namespace

reply calls::epoll_wait(fd_number epoll, address events, i32 room, i32 milliseconds) noexcept {
    return wait_for_events(epoll, events, room, deadline_of_ms(milliseconds));
}

reply calls::epoll_pwait(fd_number epoll, address events, i32 room, i32 milliseconds,
                         maybe_in<u64> mask, usize mask_size) noexcept {
    wait_mask blocked;
    TRY_VOID(blocked.set(mask, mask_size));
    auto ready = wait_for_events(epoll, events, room, deadline_of_ms(milliseconds));
    return blocked.finish(ready, errc::interrupted);
}

reply calls::epoll_pwait2(fd_number epoll, address events, i32 room, maybe_in<abi_timespec> timeout,
                          maybe_in<u64> mask, usize mask_size) noexcept {
    const instant deadline = TRY(deadline_of(timeout));
    wait_mask blocked;
    TRY_VOID(blocked.set(mask, mask_size));
    auto ready = wait_for_events(epoll, events, room, deadline);
    return blocked.finish(ready, errc::interrupted);
}

}  // namespace osprey::abi
