// SPDX-License-Identifier: BSD-3-Clause
//
// Scheduling policy, priority, affinity (sched(7)).
#include <arch/cpu.hh>
#include <linux/syscalls.hh>
#include <process/priority_locks.hh>
#include <process/task.hh>
#include <sched/scheduler.hh>

namespace osprey::abi {
namespace {

using names = sched_policies;

/// The task with number `pid`, or the calling one for 0.
result<refptr<proc::task>> task_of(pid_number pid) noexcept {
    if (pid.value < 0)
        return errc::invalid_argument;
    if (pid.value == 0)
        return refptr<proc::task>{&proc::current_task()};
    auto t = proc::find_task(pid.value);
    if (!t)
        return errc::no_process;
    return t;
}

u32 number_of(sched::policy p) noexcept {
    switch (p) {
        case sched::policy::other:
            return names::sched_other;
        case sched::policy::fifo:
            return names::sched_fifo;
        case sched::policy::round_robin:
            return names::sched_rr;
        case sched::policy::batch:
            return names::sched_batch;
        case sched::policy::idle:
            return names::sched_idle;
    }
    return names::sched_other;
}

constexpr bool is_real_time(u32 policy) noexcept {
    return policy == names::sched_fifo || policy == names::sched_rr;
}

/// Checks a policy with its priority as sched_setscheduler(2) does.
result<sched::scheduling> scheduling_of(u32 policy, i32 priority, i8 nice) noexcept {
    sched::scheduling how;
    how.nice = nice;
    if (is_real_time(policy) ? priority < 1 || priority > 99 : priority != 0)
        return errc::invalid_argument;
    switch (policy) {
        case names::sched_other:
            how.kind = sched::policy::other;
            break;
        case names::sched_batch:
            how.kind = sched::policy::batch;
            break;
        case names::sched_idle:
            how.kind = sched::policy::idle;
            break;
        case names::sched_fifo:
            how.kind = sched::policy::fifo;
            how.priority = static_cast<u8>(priority);
            break;
        case names::sched_rr:
            how.kind = sched::policy::round_robin;
            how.priority = static_cast<u8>(priority);
            break;
        case names::sched_deadline:
            report_unsupported(0, "SCHED_DEADLINE", errc::not_permitted);
            return errc::not_permitted;
        default:
            return errc::invalid_argument;
    }
    return how;
}

bool may_raise_priorities() noexcept {
    constexpr unsigned cap_sys_nice = 23;
    return proc::current_process().identity.effective >> cap_sys_nice & 1;
}
bool is_own(const proc::task& t) noexcept {
    const proc::credentials &me = proc::current_process().identity, &of = t.owner().identity;
    return me.euid == of.euid || me.euid == of.uid;
}
bool may_have_nice(const proc::task& t, i32 nice) noexcept {
    return static_cast<u64>(20 - nice) <= t.owner().limits[rlimit_names::rlimit_nice].soft;
}

/// What sched(7) lets a process do without CAP_SYS_NICE.
bool may_change(const proc::task& t, const sched::scheduling& how) noexcept {
    if (may_raise_priorities())
        return true;
    const sched::scheduling now = t.get_scheduling();
    if (is_real_time(number_of(how.kind))) {
        const u64 most = t.owner().limits[rlimit_names::rlimit_rtprio].soft;
        if ((how.kind != now.kind && most == 0) ||
            (how.priority > now.priority && how.priority > most))
            return false;
    } else if (how.nice < now.nice && !may_have_nice(t, how.nice)) {
        return false;
    }
    if (now.kind == sched::policy::idle && how.kind != now.kind && !may_have_nice(t, now.nice))
        return false;
    return is_own(t);
}

/// Also for those whose lock the task waits for (priority inheritance).
result<void> change(proc::task& t, sched::scheduling how) noexcept {
    if (!may_change(t, how))
        return errc::not_permitted;
    TRY_VOID(t.set_scheduling(how));
    proc::priority_changed(t);
    return {};
}

cpu_mask online() noexcept {
    cpu_mask m;
    for (u32 i = 0; i < arch::cpu_count(); ++i)
        m.set(i);
    return m;
}

}  // namespace

reply calls::sched_yield() noexcept {
    sched::yield();
    return done;
}

reply calls::sched_setaffinity(pid_number pid, usize size, address mask) noexcept {
    cpu_mask wanted;
    constexpr usize most = cpu_mask::capacity / 8;
    TRY_VOID(memory::copy_from_user(wanted.words(), mask.value, size < most ? size : most));
    auto t = TRY(task_of(pid));
    if (!is_own(*t) && !may_raise_priorities())
        return errc::not_permitted;
    wanted &= online();
    if (wanted.empty())
        return errc::invalid_argument;
    return t->set_affinity(wanted);
}

reply calls::sched_getaffinity(pid_number pid, usize size, address mask) noexcept {
    const usize needed = (arch::cpu_count() + 63) / 64 * 8;
    // Linux computes in an unsigned int.
    if (static_cast<u32>(size) * 8 < arch::cpu_count() || size < needed || size % 8 != 0)
        return errc::invalid_argument;
    auto t = TRY(task_of(pid));
    cpu_mask m = t->affinity();
    m &= online();
    TRY_VOID(memory::copy_to_user(mask.value, m.words(), needed));
    return needed;
}

reply calls::sched_setscheduler(pid_number pid, choice<sched_policies> policy,
                                in<i32> parameter) noexcept {
    if (!parameter || policy.value() < 0)
        return errc::invalid_argument;
    const i32 priority = TRY(parameter.load());
    auto t = TRY(task_of(pid));
    // SCHED_RESET_ON_FORK concerns children only, and those of clone(2) inherit here.
    const u32 kind = static_cast<u32>(policy.value()) & ~u32{names::sched_reset_on_fork};
    return change(*t, TRY(scheduling_of(kind, priority, t->get_scheduling().nice)));
}

reply calls::sched_getscheduler(pid_number pid) noexcept {
    return number_of(TRY(task_of(pid))->get_scheduling().kind);
}

reply calls::sched_setparam(pid_number pid, in<i32> parameter) noexcept {
    if (!parameter)
        return errc::invalid_argument;
    const i32 priority = TRY(parameter.load());
    auto t = TRY(task_of(pid));
    const sched::scheduling now = t->get_scheduling();
    return change(*t, TRY(scheduling_of(number_of(now.kind), priority, now.nice)));
}

reply calls::sched_getparam(pid_number pid, out<i32> parameter) noexcept {
    if (!parameter)
        return errc::invalid_argument;
    auto t = TRY(task_of(pid));
    return parameter.store(t->get_scheduling().priority);
}

reply calls::sched_setattr(pid_number pid, address attributes, u32 how) noexcept {
    if (!attributes || how != 0)
        return errc::invalid_argument;
    const u32 size = TRY(attributes.as<const u32>().load());
    constexpr u32 first_version = 48;
    abi_sched_attr given{};
    if (size > page_size || (size != 0 && size < first_version)) {
        TRY_VOID(attributes.as<u32>().store(sizeof given));
        return errc::argument_list_too_long;
    }
    const u32 bytes = size == 0 ? first_version : size < sizeof given ? size : sizeof given;
    TRY_VOID(memory::copy_from_user(&given, attributes.value, bytes));
    auto t = TRY(task_of(pid));
    constexpr u64 reset_on_fork = 1;
    if (given.flags & ~reset_on_fork)
        return errc::invalid_argument;
    const bool nice_counts =
        given.policy == names::sched_other || given.policy == names::sched_batch;
    const i32 nice = given.nice < -20 ? -20 : given.nice > 19 ? 19 : given.nice;
    return change(
        *t, TRY(scheduling_of(given.policy, static_cast<i32>(given.priority),
                              nice_counts ? static_cast<i8>(nice) : t->get_scheduling().nice)));
}

reply calls::sched_getattr(pid_number pid, address attributes, u32 size, u32 how) noexcept {
    constexpr u32 first_version = 48;
    if (!attributes || how != 0 || size < first_version || size > page_size)
        return errc::invalid_argument;
    auto t = TRY(task_of(pid));
    const sched::scheduling now = t->get_scheduling();
    abi_sched_attr a{};
    a.size = size < sizeof a ? size : sizeof a;
    a.policy = number_of(now.kind);
    a.nice = is_real_time(a.policy) ? 0 : now.nice;
    a.priority = now.priority;
    a.util_max = 1024;
    return memory::copy_to_user(attributes.value, &a, a.size);
}

reply calls::sched_get_priority_max(choice<sched_policies> policy) noexcept {
    if (is_real_time(static_cast<u32>(policy.value())))
        return 99;
    return static_cast<u32>(policy.value()) <= names::sched_deadline && policy.value() != 4
               ? reply{0}
               : reply{errc::invalid_argument};
}
reply calls::sched_get_priority_min(choice<sched_policies> policy) noexcept {
    if (is_real_time(static_cast<u32>(policy.value())))
        return 1;
    return sched_get_priority_max(policy);
}

reply calls::sched_rr_get_interval(pid_number pid, out<abi_timespec> interval) noexcept {
    auto t = TRY(task_of(pid));
    // Linux's defaults: 100 ms for round robin, the tick-based slice for the fair class, 0 for FIFO
    i64 ns = 4'000'000;
    if (t->get_scheduling().kind == sched::policy::round_robin)
        ns = 100'000'000;
    else if (t->get_scheduling().kind == sched::policy::fifo)
        ns = 0;
    return interval.store({0, ns});
}

namespace {

/// Calls `visit` for each task that `kind` and `who` of getpriority(2) mean.
/// @return `errc::no_process` if there is none.
template <typename Visit>
result<void> for_priority_targets(i32 kind, i32 who, Visit visit) noexcept {
    if (kind == priority_kinds::prio_process) {
        if (who < 0)
            return errc::no_process;
        auto t = TRY(task_of({who}));
        visit(*t);
        return {};
    }
    proc::process& self = proc::current_process();
    struct walk {
        i32 kind, who;
        Visit& visit;
        bool any;
    } w{kind, who, visit, false};
    if (kind == priority_kinds::prio_pgrp && who == 0)
        w.who = self.process_group.load();
    if (kind == priority_kinds::prio_user && who == 0)
        w.who = static_cast<i32>(self.identity.uid);
    proc::for_each_process(
        [](proc::process& p, void* context) {
            auto& walk_state = *static_cast<walk*>(context);
            const i32 value = walk_state.kind == priority_kinds::prio_pgrp
                                  ? p.process_group.load()
                                  : static_cast<i32>(p.identity.uid);
            if (value != walk_state.who)
                return true;
            p.for_each_task(
                [](proc::task& t, void* inner) {
                    auto& state = *static_cast<walk*>(inner);
                    state.visit(t);
                    state.any = true;
                    return true;
                },
                context);
            return true;
        },
        &w);
    if (!w.any)
        return errc::no_process;
    return {};
}

}  // namespace

reply calls::getpriority(choice<priority_kinds> kind, i32 who) noexcept {
    if (static_cast<u32>(kind.value()) > priority_kinds::prio_user)
        return errc::invalid_argument;
    i32 best = 0;  // 1…40: 20 minus the nice value, as the raw call returns it
    auto look = [&](proc::task& t) {
        const i32 value = 20 - t.get_scheduling().nice;
        best = value > best ? value : best;
    };
    TRY_VOID(for_priority_targets(kind.value(), who, look));
    return best;
}

reply calls::setpriority(choice<priority_kinds> kind, i32 who, i32 nice) noexcept {
    if (static_cast<u32>(kind.value()) > priority_kinds::prio_user)
        return errc::invalid_argument;
    const i32 wanted = nice < -20 ? -20 : nice > 19 ? 19 : nice;
    errc refusal{};
    const bool privileged = may_raise_priorities();
    auto change_nice = [&](proc::task& t) {
        sched::scheduling how = t.get_scheduling();
        if (!privileged && !is_own(t)) {
            refusal = errc::not_permitted;
        } else if (!privileged && wanted < how.nice && !may_have_nice(t, wanted)) {
            refusal = errc::access_denied;
        } else {
            how.nice = static_cast<i8>(wanted);
            (void)t.set_scheduling(how);
        }
    };
    TRY_VOID(for_priority_targets(kind.value(), who, change_nice));
    return refusal != errc{} ? reply{refusal} : done;
}

namespace {
constexpr i32 ioprio_who_process = 1;
}

reply calls::ioprio_set(i32 kind, i32 who, i32 value) noexcept {
    const i32 cls = value >> 13, level = value & 0x1fff;
    if (cls < 0 || cls > 3 || ((cls == 1 || cls == 2) && (level & 7) != level) ||
        (cls == 0 && level))
        return errc::invalid_argument;
    if (kind != ioprio_who_process) {
        if (kind == 2 || kind == 3)
            report_unsupported(0, "I/O priority of groups and users", errc::invalid_argument);
        return errc::invalid_argument;
    }
    // Kept and told, as by Linux's "none" I/O scheduler, which does not use it either.
    TRY(task_of({who}))->settings.io_priority = static_cast<u16>(value);
    return done;
}

reply calls::ioprio_get(i32 kind, i32 who) noexcept {
    if (kind != ioprio_who_process)
        return errc::invalid_argument;
    return u32{TRY(task_of({who}))->settings.io_priority};
}

reply calls::getcpu(maybe_out<u32> cpu, maybe_out<u32> node, address) noexcept {
    if (cpu)
        TRY_VOID(cpu.store(arch::cpu_id()));
    if (node)
        TRY_VOID(node.store(0));
    return done;
}

}  // namespace osprey::abi
