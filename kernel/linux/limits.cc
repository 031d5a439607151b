// SPDX-License-Identifier: BSD-3-Clause
//
// Resource limits.
#include <linux/syscalls.hh>
#include <process/task.hh>

namespace osprey::abi {
namespace {

constexpr u64 open_files_maximum = 1 << 20;  // fs.nr_open

result<void> change_limit(proc::process& p, u32 which, const abi_rlimit& next) noexcept {
    if (next.soft > next.hard)
        return errc::invalid_argument;
    if (which == rlimit_names::rlimit_nofile && next.hard > open_files_maximum)
        return errc::not_permitted;
    sync::lock_guard guard{p.mutex};
    constexpr unsigned cap_sys_resource = 24;
    proc::resource_limit& limit = p.limits[which];
    if (next.hard > limit.hard &&
        !(proc::current_process().identity.effective >> cap_sys_resource & 1))
        return errc::not_permitted;
    limit = {next.soft, next.hard};
    if (which == rlimit_names::rlimit_as)
        p.account.address_space_limit = next.soft;
    else if (which == rlimit_names::rlimit_data)
        p.account.data_limit = next.soft;
    return {};
}

reply limits_of(proc::process& p, i32 which, memory::user_ptr<const abi_rlimit> next,
                memory::user_ptr<abi_rlimit> previous) noexcept {
    if (static_cast<u32>(which) >= proc::resource_limit_count)
        return errc::invalid_argument;
    abi_rlimit fresh{};
    if (next)
        fresh = TRY(next.load());
    const proc::resource_limit old = p.limits[which];
    if (next)
        TRY_VOID(change_limit(p, static_cast<u32>(which), fresh));
    if (previous)
        TRY_VOID(previous.store({old.soft, old.hard}));
    return done;
}

}  // namespace

reply calls::getrlimit(choice<rlimit_names> resource, out<abi_rlimit> limit) noexcept {
    if (!limit)
        return errc::bad_address;
    return limits_of(proc::current_process(), resource.value(), {}, limit);
}

reply calls::setrlimit(choice<rlimit_names> resource, in<abi_rlimit> limit) noexcept {
    if (!limit)
        return errc::bad_address;
    return limits_of(proc::current_process(), resource.value(), limit, {});
}

reply calls::prlimit64(pid_number pid, choice<rlimit_names> resource, maybe_in<abi_rlimit> next,
                       maybe_out<abi_rlimit> previous) noexcept {
    if (pid.value == 0)
        return limits_of(proc::current_process(), resource.value(), next, previous);
    auto t = pid.value > 0 ? proc::find_task(pid.value) : nullptr;
    if (!t)
        return errc::no_process;
    return limits_of(t->owner(), resource.value(), next, previous);
}

}  // namespace osprey::abi
