// SPDX-License-Identifier: BSD-3-Clause
#include <net/caller.hh>
#include <process/task.hh>

namespace osprey::net {

credentials caller_credentials() noexcept {
    const proc::process& p = proc::current_process();
    return {p.pid(), p.identity.euid, p.identity.egid};
}

usize caller_groups(std::span<u32> to) noexcept {
    const proc::credentials& who = proc::current_process().identity;
    for (usize i = 0; i < who.group_count && i < to.size(); ++i)
        to[i] = who.groups[i];
    return who.group_count;
}

vfs::directory_context& caller_directories() noexcept {
    return *proc::current_process().directories;
}

bool process_exists(i32 pid) noexcept {
    return static_cast<bool>(proc::find_process(pid));
}

}  // namespace osprey::net
