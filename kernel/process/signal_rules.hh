// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <process/signal.hh>
#include <string_view>

namespace osprey::proc {

/// What a signal does when nobody handles it (signal(7)).
enum class default_action : u8 { terminate, dump_core, ignore, stop, resume };

constexpr default_action default_action_of(signal s) noexcept {
    switch (s) {
        case signal::quit:
        case signal::ill:
        case signal::trap:
        case signal::abort:
        case signal::bus:
        case signal::fpe:
        case signal::segv:
        case signal::xcpu:
        case signal::xfsz:
        case signal::sys:
            return default_action::dump_core;
        case signal::child:
        case signal::urg:
        case signal::winch:
            return default_action::ignore;
        case signal::stop:
        case signal::tstp:
        case signal::ttin:
        case signal::ttou:
            return default_action::stop;
        case signal::cont:
            return default_action::resume;
        default:
            return default_action::terminate;
    }
}

constexpr u64 handler_default = 0, handler_ignore = 1;

/// SA_* of sigaction(2).
enum signal_action_flag : u64 {
    sa_no_child_stop = 1,
    sa_no_child_wait = 2,
    sa_siginfo = 4,
    sa_on_stack = 0x0800'0000,
    sa_restart = 0x1000'0000,
    sa_no_defer = 0x4000'0000,
    sa_reset_hand = 0x8000'0000,
    sa_restorer = 0x0400'0000,
};

/// SIGKILL and SIGSTOP: never blocked, handled or ignored.
inline constexpr u64 unblockable = u64{1} << 8 | u64{1} << 18;

/// Is a signal thrown away at once with this action?
constexpr bool is_ignored(const signal_action& action, signal s) noexcept {
    if (action.handler == handler_ignore)
        return true;
    return action.handler == handler_default && default_action_of(s) == default_action::ignore;
}

/// "SIGSEGV", "SIGRTMIN+3" without the offset: "SIGRT". Any context.
std::string_view name_of(signal s) noexcept;

}  // namespace osprey::proc
