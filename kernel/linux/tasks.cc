// SPDX-License-Identifier: BSD-3-Clause
//
// Making and ending threads and programs.
#include <arch/context.hh>
#include <linux/syscalls.hh>
#include <linux/times.hh>
#include <process/futex.hh>
#include <process/task.hh>

namespace osprey::abi {

reply calls::clone(flags<clone_flags> how, address stack, address parent_tid, address child_tid,
                   address tls) noexcept {
    proc::clone_arguments what;
    what.flags = how.bits & 0xffff'ff00;
    what.exit_signal = static_cast<int>(how.bits & 0xff);  // CSIGNAL
    what.stack = stack.value;
    what.parent_tid = parent_tid.value;
    what.child_tid = child_tid.value;
    what.tls = tls.value;
    what.pidfd = parent_tid.value;
    if (how.has(clone_flags::clone_pidfd) &&
        how.any(clone_flags::clone_parent_settid | clone_flags::clone_detached))
        return errc::invalid_argument;
    return proc::clone(what);
}

reply calls::clone3(address arguments, usize size) noexcept {
    constexpr usize first_version = 64;
    if (size > page_size)
        return errc::argument_list_too_long;
    if (size < first_version)
        return errc::invalid_argument;
    abi_clone_args given{};
    TRY_VOID(
        memory::copy_from_user(&given, arguments.value, size < sizeof given ? size : sizeof given));
    for (usize i = sizeof given; i < size; ++i)
        if (TRY(memory::user_ptr<const u8>{arguments.value + i}.load()) != 0)
            return errc::argument_list_too_long;
    constexpr u64 detached = clone_flags::clone_detached, signal_bits = 0xff;
    if (given.flags & (detached | signal_bits) || given.exit_signal > 64)
        return errc::invalid_argument;
    const bool thread = given.flags & (clone_flags::clone_thread | clone_flags::clone_parent);
    if (thread && given.exit_signal)
        return errc::invalid_argument;
    if ((given.stack == 0) != (given.stack_size == 0))
        return errc::invalid_argument;
    if (given.stack && !memory::is_application_range(given.stack, given.stack_size))
        return errc::invalid_argument;
    if ((given.set_tid == 0) != (given.set_tid_size == 0) || given.set_tid_size > 32)
        return errc::invalid_argument;
    if (given.set_tid) {
        report_unsupported(0, "set_tid", errc::not_permitted);
        return errc::not_permitted;
    }
    proc::clone_arguments what;
    what.flags = given.flags;
    what.exit_signal = static_cast<int>(given.exit_signal);
    what.stack = given.stack ? given.stack + given.stack_size : 0;
    what.parent_tid = given.parent_tid;
    what.child_tid = given.child_tid;
    what.tls = given.tls;
    what.pidfd = given.pidfd;
    return proc::clone(what);
}

reply calls::fork() noexcept {
    proc::clone_arguments what;
    return proc::clone(what);
}

reply calls::vfork() noexcept {
    proc::clone_arguments what;
    what.flags = clone_flags::clone_vfork | clone_flags::clone_vm;
    return proc::clone(what);
}

reply calls::exit(i32 code) noexcept {
    proc::exit_task(code);
}

reply calls::exit_group(i32 code) noexcept {
    proc::exit_process(proc::exit_status::exited(code));
}

reply calls::set_tid_address(address word) noexcept {
    proc::task& self = proc::current_task();
    self.clear_child_tid = word.value;
    return self.tid();
}

reply calls::set_robust_list(address head, usize size) noexcept {
    constexpr usize head_size = 24;  // struct robust_list_head
    if (size != head_size)
        return errc::invalid_argument;
    proc::current_task().robust_list = head.value;
    return done;
}

reply calls::get_robust_list(pid_number pid, out<u64> head, out<u64> size) noexcept {
    u64 value = proc::current_task().robust_list;
    if (pid.value != 0) {
        auto t = proc::find_task(pid.value);
        if (!t)
            return errc::no_process;
        value = t->robust_list;
    }
    TRY_VOID(size.store(24));
    return head.store(value);
}

reply calls::rseq(address, u32, i32, u32) noexcept {
    // Left out on purpose, and not worth a line in the log: every thread that glibc starts asks for
    // it and does without, as on kernels before 4.18. What it would give is the number of the CPU
    // (the vDSO's getcpu costs a few instructions more) and per-CPU sequences, which only some
    // allocators use; they have another way, too. In return no switch of threads and no signal has
    // to look whether it interrupted such a sequence.
    return errc::not_implemented;
}

reply calls::futex(address word, choice<futex_operations> operation, u32 value, address timeout,
                   address word2, u32 value3) noexcept {
    return proc::futex(word.value, operation.value(), value, timeout.value, word2.value, value3);
}

reply calls::futex_waitv(address waiters, u32 count, u32 how, maybe_in<abi_timespec> timeout,
                         choice<clock_names> clock) noexcept {
    constexpr u32 most = 128, word_32 = 2, is_private = 128;  // FUTEX_WAITV_MAX, FUTEX_32
    if (how != 0 || count == 0 || count > most || !waiters)
        return errc::invalid_argument;
    instant deadline = instant::never();
    if (timeout) {
        const bool realtime = clock.value() == clock_names::clock_realtime;
        if (!realtime && clock.value() != clock_names::clock_monotonic)
            return errc::invalid_argument;
        const i64 ns = TRY(to_ns(TRY(timeout.load())));
        deadline = realtime ? of_realtime(ns) : instant{static_cast<u64>(ns)};
    }
    vector<proc::futex_wish> wishes;
    TRY_VOID(wishes.reserve(count));
    for (u32 i = 0; i < count; ++i) {
        const auto given = TRY(waiters.as<const abi_futex_waitv>().at(i).load());
        if (given.flags & ~(word_32 | is_private) || !(given.flags & word_32) || given.reserved)
            return errc::invalid_argument;
        TRY_VOID(wishes.push_back(
            {given.address, static_cast<u32>(given.value), (given.flags & is_private) != 0}));
    }
    return proc::wait_for_any_futex({wishes.data(), wishes.size()}, deadline);
}

}  // namespace osprey::abi
