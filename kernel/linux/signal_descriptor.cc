// SPDX-License-Identifier: BSD-3-Clause
//
// signalfd(2): the descriptor is in fs/, the signals are in process/; this joins the two.
#include <base/log.hh>
#include <fs/signalfd/signalfd.hh>
#include <linux/call_events.hh>
#include <linux/description.hh>
#include <linux/descriptors.hh>
#include <linux/initialize.hh>
#include <linux/ipc.hh>
#include <linux/syscalls.hh>

namespace osprey::abi {
namespace {

static_assert(sizeof(fs::signalfd_record) == sizeof(abi_signalfd_siginfo));

fs::signalfd_record record_of(const proc::signal_info& info) noexcept {
    constexpr i32 si_timer = -2, si_kernel = 0x80;
    fs::signalfd_record r{};
    r.number = static_cast<u32>(info.number);
    r.error = info.error;
    r.code = info.code;
    switch (static_cast<proc::signal>(info.number)) {
        case proc::signal::child:
            r.pid = static_cast<u32>(info.child.pid);
            r.uid = info.child.uid;
            r.status = info.child.status;
            r.user_time = static_cast<u64>(info.child.user_time);
            r.system_time = static_cast<u64>(info.child.system_time);
            return r;
        case proc::signal::segv:
        case proc::signal::bus:
        case proc::signal::fpe:
        case proc::signal::ill:
            if (info.code > 0 && info.code < si_kernel) {
                r.address = info.fault.address;
                return r;
            }
            break;
        default:
            break;
    }
    if (info.code == si_timer) {
        r.timer_id = static_cast<u32>(info.timer.timer_id);
        r.overrun = static_cast<u32>(info.timer.overrun);
        r.pointer = info.timer.value;
        r.integer = static_cast<i32>(info.timer.value);
        return r;
    }
    r.pid = static_cast<u32>(info.sent.pid);
    r.uid = info.sent.uid;
    if (info.code < 0) {
        r.pointer = info.sent.value;
        r.integer = static_cast<i32>(info.sent.value);
    }
    return r;
}

class process_signals final : public fs::signal_source {
public:
    u64 pending() noexcept override {
        const proc::task& self = proc::current_task();
        return self.pending.pending().bits() | self.owner().pending.pending().bits();
    }
    bool take(u64 mask, fs::signalfd_record& out) noexcept override {
        proc::task& self = proc::current_task();
        proc::signal_info info;
        const proc::signal_set wanted{mask};
        if (!self.pending.take(wanted, info) && !self.owner().pending.take(wanted, info))
            return false;
        out = record_of(info);
        return true;
    }
    sync::wait_queue& arrived() noexcept override { return proc::current_process().signal_arrived; }
};
constinit process_signals source;

}  // namespace

void initialize() noexcept {
    fs::set_signal_source(source);
    if (auto added = add_ipc_files(); !added)
        log::warning("/proc/sysvipc is missing: {}", name_of(added.error()));
    proc::syscall_name = [](u64 number) noexcept -> std::string_view {
        const call* c = describe(number);
        return c ? c->name : std::string_view{};
    };
    set_up_call_events(refresh_call_table);
}

reply calls::signalfd(fd_number fd, in<u64> mask, usize mask_size) noexcept {
    return signalfd4(fd, mask, mask_size, {0});
}

reply calls::signalfd4(fd_number fd, in<u64> mask, usize mask_size,
                       flags<signalfd_flags> how) noexcept {
    if (mask_size != sizeof(u64))
        return errc::invalid_argument;
    constexpr u64 never = u64{1} << 8 | u64{1} << 18;  // SIGKILL, SIGSTOP
    const u64 wanted = TRY(mask.load()) & ~never;
    TRY_VOID(how.only());
    if (fd.value != -1) {
        auto file = TRY(file_of(fd));
        TRY_VOID(fs::set_signalfd_mask(*file, wanted));
        return fd.value;
    }
    auto file =
        TRY(fs::make_signalfd(wanted, static_cast<u32>(how.bits & signalfd_flags::sfd_nonblock)));
    return install(std::move(file), how.has(signalfd_flags::sfd_cloexec));
}

}  // namespace osprey::abi
