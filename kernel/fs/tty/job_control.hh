// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <base/refptr.hh>
#include <base/result.hh>

namespace osprey::fs {

class terminal;

/// What terminals ask of the processes, which are a layer above: who the caller is, and signals.
/// Sessions and groups are told by number; 0 is none. Context of everything: threads that hold no
/// lock of a terminal; what speaks of the caller, in system calls.
class job_control {
public:
    /// May the caller use its terminal? A process in the background of it gets `signal` (SIGTTIN,
    /// SIGTTOU) with its whole group, and its call is restarted.
    /// @return `errc::restart_always`; `errc::io_error`: nobody could bring it to the foreground.
    virtual result<void> check_foreground(terminal& t, int signal) noexcept = 0;
    /// Group 0: all programs.
    virtual void signal_group(i32 group, int number) noexcept = 0;
    /// A session leader without a terminal gets the one that it opens.
    virtual void terminal_opened(terminal& t) noexcept = 0;
    /// The line is gone: the session loses its terminal, and its leader is told by SIGHUP.
    virtual void terminal_hung_up(terminal& t) noexcept = 0;
    /// What /dev/tty means; null: nothing.
    virtual refptr<terminal> of_caller() noexcept = 0;

    /// The ioctls of sessions: TIOCSCTTY, TIOCNOTTY, TIOCGPGRP, TIOCSPGRP, TIOCGSID.
    struct request {
        u32 number;
        u64 argument;
        bool by_master;  // through the other end of a pseudo-terminal
        bool may_read;   // its descriptor is open for reading
    };
    virtual result<u64> control(terminal& t, const request& what) noexcept = 0;
    /// CAP_SYS_ADMIN.
    virtual bool privileged() noexcept = 0;

protected:
    ~job_control() = default;
};

/// Once, at boot. Before that nobody is in the background and signals go nowhere.
void set_job_control(job_control& processes) noexcept;
/// Null before.
job_control* get_job_control() noexcept;

}  // namespace osprey::fs
