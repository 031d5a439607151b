// SPDX-License-Identifier: BSD-3-Clause
//
// Signals: actions, masks, sending and waiting. Delivery is in process/.
#include <arch/context.hh>
#include <linux/signal_permission.hh>
#include <linux/syscalls.hh>
#include <linux/times.hh>
#include <process/task.hh>
#include <sched/scheduler.hh>

namespace osprey::abi {
namespace {

using proc::signal_set;
constexpr usize mask_bytes = 8;
constexpr i32 si_user = 0, si_queue = -1, si_tkill = -6;

constexpr u64 bit_of(proc::signal s) noexcept {
    return u64{1} << (static_cast<unsigned>(s) - 1);
}
/// SIGKILL and SIGSTOP cannot be blocked; asking for it is no error.
constexpr signal_set blockable(u64 bits) noexcept {
    return signal_set{bits & ~(bit_of(proc::signal::kill) | bit_of(proc::signal::stop))};
}

constexpr bool valid(signal_number s) noexcept {
    return s.value >= 1 && s.value <= static_cast<i32>(proc::signal_count);
}
/// 0 is valid, too: only a check whether the target exists.
constexpr bool valid_or_none(signal_number s) noexcept {
    return s.value == 0 || valid(s);
}

proc::signal_info info_of(signal_number s, i32 code) noexcept {
    return proc::make_signal(static_cast<proc::signal>(s.value), code);
}

result<void> send(proc::process& to, const proc::signal_info& info) noexcept {
    if (!may_signal(to, info.number))
        return errc::not_permitted;
    if (info.number == 0)
        return {};
    return proc::send_signal(to, info);
}

/// kill(2) with a pid of 0, -1 or below: every process that `group` (0: all but this one) means.
result<void> send_to_many(i32 group, const proc::signal_info& info) noexcept {
    struct walk {
        i32 group;
        const proc::signal_info& info;
        bool any, sent;
        errc refusal;
    } w{group, info, false, false, errc::no_process};
    proc::for_each_process(
        [](proc::process& p, void* context) {
            auto& state = *static_cast<walk*>(context);
            const bool meant = state.group ? p.process_group.load() == state.group
                                           : p.pid() != 1 && &p != &proc::current_process();
            if (!meant || p.is_zombie())
                return true;
            state.any = true;
            if (auto outcome = send(p, state.info); outcome)
                state.sent = true;
            else
                state.refusal = outcome.error();
            return true;
        },
        &w);
    if (w.sent)
        return {};
    return w.any ? w.refusal : errc::no_process;
}

}  // namespace

reply calls::rt_sigaction(signal_number signal, maybe_in<abi_sigaction> next,
                          maybe_out<abi_sigaction> previous, usize mask_size) noexcept {
    if (mask_size != mask_bytes)
        return errc::invalid_argument;
    abi_sigaction fresh{}, old{};
    if (next)
        fresh = TRY(next.load());
    if (!valid(signal))
        return errc::invalid_argument;
    const auto s = static_cast<proc::signal>(signal.value);
    if (next && (s == proc::signal::kill || s == proc::signal::stop))
        return errc::invalid_argument;
    fresh.mask = blockable(fresh.mask).bits();
    TRY_VOID(proc::set_action(s, next ? &fresh : nullptr, &old));
    if (previous)
        TRY_VOID(previous.store(old));
    return done;
}

reply calls::rt_sigprocmask(choice<sigmask_operations> how, maybe_in<u64> next,
                            maybe_out<u64> previous, usize mask_size) noexcept {
    if (mask_size != mask_bytes)
        return errc::invalid_argument;
    const u64 old = proc::current_task().blocked.bits();
    if (next) {
        const u64 given = TRY(next.load());
        u64 wanted;
        switch (how.value()) {
            case sigmask_operations::sig_block:
                wanted = old | given;
                break;
            case sigmask_operations::sig_unblock:
                wanted = old & ~given;
                break;
            case sigmask_operations::sig_setmask:
                wanted = given;
                break;
            default:
                return errc::invalid_argument;
        }
        proc::set_blocked(blockable(wanted));
    }
    if (previous)
        TRY_VOID(previous.store(old));
    return done;
}

reply calls::rt_sigpending(out<u64> set, usize mask_size) noexcept {
    if (mask_size > mask_bytes)
        return errc::invalid_argument;
    proc::task& self = proc::current_task();
    const u64 pending = (self.pending.pending().bits() | self.owner().pending.pending().bits()) &
                        self.blocked.bits();
    return memory::copy_to_user(set.address(), &pending, mask_size);
}

namespace {

reply wait_for_handler() noexcept {
    (void)sched::wait_until([] { return proc::signal_pending(); }, sched::wait_mode::interruptible);
    return errc::restart_no_handler;
}

}  // namespace

reply calls::rt_sigsuspend(in<u64> mask, usize mask_size) noexcept {
    if (mask_size != mask_bytes)
        return errc::invalid_argument;
    proc::set_blocked_for_wait(blockable(TRY(mask.load())));
    return wait_for_handler();
}

reply calls::pause() noexcept {
    return wait_for_handler();
}

reply calls::rt_sigtimedwait(in<u64> set, maybe_out<signal_information> info,
                             maybe_in<abi_timespec> timeout, usize mask_size) noexcept {
    if (mask_size != mask_bytes)
        return errc::invalid_argument;
    const signal_set wanted = blockable(TRY(set.load()));
    const instant deadline = TRY(deadline_of(timeout));
    const proc::signal_info taken = TRY(proc::wait_for_signal(wanted, deadline));
    if (info)
        TRY_VOID(info.store(taken));
    return taken.number;
}

reply calls::rt_sigreturn() noexcept {
    proc::return_from_handler();
    // The register belongs to what the signal interrupted.
    return static_cast<i64>(arch::application_frame().syscall_result());
}

reply calls::kill(pid_number pid, signal_number signal) noexcept {
    if (!valid_or_none(signal))
        return errc::invalid_argument;
    const proc::signal_info info = info_of(signal, si_user);
    if (pid.value > 0) {
        auto p = proc::find_process(pid.value);
        if (!p)
            return errc::no_process;
        return send(*p, info);
    }
    if (pid.value == static_cast<i32>(0x8000'0000))
        return errc::no_process;
    if (pid.value == -1)
        return send_to_many(0, info);
    return send_to_many(pid.value ? -pid.value : proc::current_process().process_group.load(),
                        info);
}

namespace {

reply send_to_task(i32 pid, i32 tid, const proc::signal_info& info) noexcept {
    auto t = proc::find_task(tid);
    if (!t || (pid > 0 && t->owner().pid() != pid))
        return errc::no_process;
    if (!may_signal(t->owner(), info.number))
        return errc::not_permitted;
    if (info.number == 0)
        return done;
    return proc::send_signal(*t, info);
}

/// The siginfo of rt_sigqueueinfo: only codes that the kernel itself never sends may be forged for
/// others.
result<proc::signal_info> queued_info(signal_number s, in<signal_information> from,
                                      bool to_self) noexcept {
    proc::signal_info info = TRY(from.load());
    info.number = s.value;
    if ((info.code >= 0 || info.code == si_tkill) && !to_self)
        return errc::not_permitted;
    return info;
}

}  // namespace

reply calls::tkill(pid_number tid, signal_number signal) noexcept {
    if (tid.value <= 0 || !valid_or_none(signal))
        return errc::invalid_argument;
    return send_to_task(0, tid.value, info_of(signal, si_tkill));
}

reply calls::tgkill(pid_number pid, pid_number tid, signal_number signal) noexcept {
    if (pid.value <= 0 || tid.value <= 0 || !valid_or_none(signal))
        return errc::invalid_argument;
    return send_to_task(pid.value, tid.value, info_of(signal, si_tkill));
}

reply calls::rt_sigqueueinfo(pid_number pid, signal_number signal,
                             in<signal_information> info) noexcept {
    const bool to_self = pid.value == proc::current_process().pid();
    const proc::signal_info what = TRY(queued_info(signal, info, to_self));
    if (!valid_or_none(signal))
        return errc::invalid_argument;
    auto p = pid.value > 0 ? proc::find_process(pid.value) : nullptr;
    if (!p)
        return errc::no_process;
    return send(*p, what);
}

reply calls::rt_tgsigqueueinfo(pid_number pid, pid_number tid, signal_number signal,
                               in<signal_information> info) noexcept {
    if (pid.value <= 0 || tid.value <= 0)
        return errc::invalid_argument;
    const bool to_self = pid.value == proc::current_process().pid();
    const proc::signal_info what = TRY(queued_info(signal, info, to_self));
    if (!valid_or_none(signal))
        return errc::invalid_argument;
    return send_to_task(pid.value, tid.value, what);
}

reply calls::sigaltstack(maybe_in<abi_stack> next, maybe_out<abi_stack> previous) noexcept {
    constexpr i32 on_stack = 1, disable = 2;
    constexpr i32 disarm = static_cast<i32>(0x8000'0000);  // SS_AUTODISARM
    constexpr u64 least = 2048;                            // MINSIGSTKSZ
    proc::task& self = proc::current_task();
    const u64 sp = arch::application_frame().stack_pointer();
    const bool on_it = !(self.alternate_flags & disable) && !(self.alternate_flags & disarm) &&
                       sp - self.alternate_stack <= self.alternate_size &&
                       sp > self.alternate_stack;
    abi_stack old{};
    old.start = self.alternate_stack;
    old.size = self.alternate_size;
    old.flags = self.alternate_size == 0 ? disable
                                         : (self.alternate_flags & disarm) | (on_it ? on_stack : 0);
    if (next) {
        const abi_stack fresh = TRY(next.load());
        if (on_it)
            return errc::not_permitted;
        const i32 mode = fresh.flags & ~disarm;
        if (mode != disable && mode != on_stack && mode != 0)
            return errc::invalid_argument;
        if (mode == disable) {
            self.alternate_stack = self.alternate_size = 0;
            self.alternate_flags = disable;
        } else {
            if (fresh.size < least)
                return errc::out_of_memory;
            self.alternate_stack = fresh.start;
            self.alternate_size = fresh.size;
            self.alternate_flags = fresh.flags & disarm;
        }
    }
    if (previous)
        TRY_VOID(previous.store(old));
    return done;
}

}  // namespace osprey::abi
