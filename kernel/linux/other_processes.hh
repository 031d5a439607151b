// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <linux/arguments.hh>
#include <process/process_table.hh>
#include <process/task.hh>

namespace osprey::abi {

/// May the caller look into `of` (ptrace(2), "Ptrace access mode checking", with real credentials)?
/// Another user's process needs CAP_SYS_PTRACE.
inline bool may_inspect(const proc::process& of) noexcept {
    constexpr unsigned cap_sys_ptrace = 19;
    const proc::process& self = proc::current_process();
    const proc::credentials &me = self.identity, &it = of.identity;
    if (&of == &self || me.effective >> cap_sys_ptrace & 1)
        return true;
    return of.dumpable && me.uid == it.uid && me.uid == it.euid && me.uid == it.suid &&
           me.gid == it.gid && me.gid == it.egid && me.gid == it.sgid;
}

/// The process with a task of this number. @return `errc::no_process`, `errc::not_permitted`.
inline result<refptr<proc::process>> inspectable_process(pid_number pid) noexcept {
    auto t = proc::find_task(pid.value);
    refptr<proc::process> p =
        t ? refptr<proc::process>{&t->owner()} : proc::find_process(pid.value);
    if (!p)
        return errc::no_process;
    if (!may_inspect(*p))
        return errc::not_permitted;
    return p;
}

}  // namespace osprey::abi
