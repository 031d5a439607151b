// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <process/task.hh>

namespace osprey::abi {

/// May the caller send signal `s` to `to` (kill(2))?
inline bool may_signal(proc::process& to, i32 s) noexcept {
    proc::process& self = proc::current_process();
    const proc::credentials &from = self.identity, &target = to.identity;
    constexpr unsigned cap_kill = 5;
    return from.effective >> cap_kill & 1 || from.euid == target.suid || from.euid == target.uid ||
           from.uid == target.suid || from.uid == target.uid ||
           (s == static_cast<i32>(proc::signal::cont) && self.session.load() == to.session.load());
}

}  // namespace osprey::abi
