// SPDX-License-Identifier: BSD-3-Clause
//
// Waiting for children, and how much they and others used.
#include <linux/descriptors.hh>
#include <linux/syscalls.hh>
#include <linux/times.hh>
#include <memory/address_space.hh>
#include <process/pidfd.hh>
#include <process/task.hh>

namespace osprey::abi {
namespace {

constexpr u64 wait_options = wait_flags::wnohang | wait_flags::wuntraced | wait_flags::wexited |
                             wait_flags::wcontinued | wait_flags::wnowait | wait_flags::wnothread |
                             wait_flags::wclone | wait_flags::wall;

abi_rusage usage_of_outcome(const proc::wait_outcome& o) noexcept {
    abi_rusage u{};
    u.user = to_timeval(static_cast<i64>(o.user_ns));
    u.system = to_timeval(static_cast<i64>(o.system_ns));
    u.max_resident_kb = static_cast<i64>(o.peak_resident * (page_size / 1024));
    u.minor_faults = static_cast<i64>(o.minor_faults);
    u.major_faults = static_cast<i64>(o.major_faults);
    return u;
}

abi_rusage to_rusage(const proc::resource_use& used) noexcept {
    constexpr u64 block = 512;  // what Linux counts block operations in
    abi_rusage u{};
    u.user = to_timeval(static_cast<i64>(used.user_ns));
    u.system = to_timeval(static_cast<i64>(used.system_ns));
    u.minor_faults = static_cast<i64>(used.minor_faults);
    u.major_faults = static_cast<i64>(used.major_faults);
    u.blocks_in = static_cast<i64>(used.disk_bytes_read / block);
    u.blocks_out = static_cast<i64>(used.disk_bytes_written / block);
    u.voluntary_switches = static_cast<i64>(used.voluntary_switches);
    u.involuntary_switches = static_cast<i64>(used.involuntary_switches);
    return u;
}

}  // namespace

reply calls::wait4(pid_number pid, maybe_out<i32> status, flags<wait_flags> how,
                   maybe_out<abi_rusage> usage) noexcept {
    TRY_VOID(how.only(wait_flags::wnohang | wait_flags::wuntraced | wait_flags::wcontinued |
                      wait_flags::wnothread | wait_flags::wclone | wait_flags::wall));
    if (pid.value == static_cast<i32>(0x8000'0000))
        return errc::no_process;
    const u32 options = static_cast<u32>(how.bits & wait_options) | proc::wait_exited;
    const proc::wait_outcome o = TRY(proc::wait_for_child(pid.value, options));
    if (o.pid != 0 && status)
        TRY_VOID(status.store(static_cast<i32>(o.status.raw)));
    if (o.pid != 0 && usage)
        TRY_VOID(usage.store(usage_of_outcome(o)));
    return o.pid;
}

reply calls::waitid(choice<waitid_kinds> kind, pid_number id, maybe_out<signal_information> info,
                    flags<wait_flags> how, maybe_out<abi_rusage> usage) noexcept {
    TRY_VOID(how.only(wait_options));
    if (!how.any(wait_flags::wexited | wait_flags::wuntraced | wait_flags::wcontinued))
        return errc::invalid_argument;
    i32 pid;
    refptr<proc::process> only;
    bool wait_again = false;  // O_NONBLOCK of a pidfd
    u32 options = static_cast<u32>(how.bits & wait_options);
    switch (kind.value()) {
        case waitid_kinds::p_all:
            pid = -1;
            break;
        case waitid_kinds::p_pid:
            if (id.value <= 0)
                return errc::invalid_argument;
            pid = id.value;
            break;
        case waitid_kinds::p_pgid:
            if (id.value < 0)
                return errc::invalid_argument;
            pid = -id.value;
            break;
        case waitid_kinds::p_pidfd:
            if (id.value < 0)
                return errc::invalid_argument;
            {
                auto file = TRY(file_of(fd_number{id.value}));
                only = TRY(proc::process_of_pidfd(*file));
                if (file->nonblocking() && !how.has(wait_flags::wnohang))
                    wait_again = true, options |= proc::wait_no_hang;
            }
            pid = only->pid();
            break;
        default:
            return errc::invalid_argument;
    }
    const auto outcome = proc::wait_for_child(pid, options, only.get());
    if (outcome && outcome->pid == 0 && wait_again)
        return errc::again;
    // As Linux does, errors clear the structure, too.
    const proc::wait_outcome o = outcome ? *outcome : proc::wait_outcome{};
    if (usage && o.pid != 0)
        TRY_VOID(usage.store(usage_of_outcome(o)));
    if (!info)
        return outcome ? reply{done} : reply{outcome.error()};
    signal_information told{};
    if (o.pid != 0) {
        // Codes of SIGCHLD (sigaction(2)): exited, killed, dumped, stopped, continued
        const u32 raw = o.status.raw;
        told.number = static_cast<i32>(proc::signal::child);
        told.child.pid = o.pid;
        told.child.uid = o.uid;
        if (raw == 0xffff) {
            told.code = 6, told.child.status = static_cast<i32>(proc::signal::cont);
        } else if ((raw & 0xff) == 0x7f) {
            told.code = 5, told.child.status = static_cast<i32>(raw >> 8 & 0xff);
        } else if ((raw & 0x7f) == 0) {
            told.code = 1, told.child.status = static_cast<i32>(raw >> 8 & 0xff);
        } else {
            told.code = raw & 0x80 ? 3 : 2, told.child.status = static_cast<i32>(raw & 0x7f);
        }
    }
    // Linux writes these fields only; the rest of the structure keeps what was in it.
    const memory::user_ptr<u8> bytes = info.as<u8>();
    TRY_VOID(memory::copy_to_user(bytes.address(), &told, 12));
    TRY_VOID(memory::copy_to_user(bytes.address() + 16, &told.child, 12));
    return outcome ? reply{done} : reply{outcome.error()};
}

reply calls::getrusage(choice<rusage_targets> who, out<abi_rusage> usage) noexcept {
    proc::process& p = proc::current_process();
    abi_rusage u{};
    switch (static_cast<u32>(who.value())) {
        case rusage_targets::rusage_self:
            u = to_rusage(proc::use_of(p));
            break;
        case rusage_targets::rusage_thread:
            u = to_rusage(proc::use_of(proc::current_task()));
            break;
        case rusage_targets::rusage_children:
            u.user = to_timeval(static_cast<i64>(p.children_user_ns.load()));
            u.system = to_timeval(static_cast<i64>(p.children_system_ns.load()));
            u.minor_faults = static_cast<i64>(p.children_minor_faults.load());
            u.major_faults = static_cast<i64>(p.children_major_faults.load());
            return usage.store(u);
        default:
            return errc::invalid_argument;
    }
    u.max_resident_kb = static_cast<i64>(p.payer().peak_resident.load() * (page_size / 1024));
    return usage.store(u);
}

reply calls::times(maybe_out<abi_tms> buffer) noexcept {
    constexpr u64 tick = 10'000'000;  // USER_HZ is 100
    if (buffer) {
        proc::process& p = proc::current_process();
        abi_tms t{};
        const proc::resource_use used = proc::use_of(p);
        t.user = static_cast<i64>(used.user_ns / tick);
        t.system = static_cast<i64>(used.system_ns / tick);
        t.children_user = static_cast<i64>(p.children_user_ns.load() / tick);
        t.children_system = static_cast<i64>(p.children_system_ns.load() / tick);
        TRY_VOID(buffer.store(t));
    }
    return sched::monotonic_now().ns / tick;
}

}  // namespace osprey::abi
