// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <fs/tty/terminal.hh>
#include <process/process.hh>

namespace osprey::proc {

/// Sessions and their terminals (credentials(7)): what the terminals of fs/tty have to know of the
/// processes. `send_to_all` is for keys of a console that no session has.
void set_up_job_control(void (*send_to_all)(i32 number) noexcept) noexcept;
/// `p`, which leads a session of its own and does not run yet, gets `t` unless somebody has it.
void take_terminal(process& p, fs::terminal& t) noexcept;
/// setsid(2): `p` has no terminal any more; nobody is told.
void leave_terminal(process& p) noexcept;
/// The process ends. That of a session leader takes the terminal from all of the session, and the
/// foreground gets SIGHUP.
void leave_terminal_at_end(process& p) noexcept;

}  // namespace osprey::proc
