// SPDX-License-Identifier: BSD-3-Clause
//
// prctl(2) and arch_prctl(2).
#include <arch/context.hh>
#include <linux/process_state.hh>
#include <linux/seccomp.hh>
#include <linux/syscalls.hh>
#include <process/task.hh>

namespace osprey::abi {
namespace {

using o = prctl_options;

constexpr u32 last_capability = 40;

reply set_name(u64 from) noexcept {
    char text[16] = {};
    // At most 15 characters count; what follows need not even be readable.
    for (usize i = 0; i < 15; ++i) {
        text[i] = TRY(memory::user_ptr<const char>{from + i}.load());
        if (!text[i])
            break;
    }
    proc::current_task().set_name(text);
    return done;
}

reply get_name(u64 to) noexcept {
    char text[16] = {};
    const std::string_view name = proc::current_task().name();
    std::memcpy(text, name.data(), name.size() < 15 ? name.size() : 15);
    return memory::copy_to_user(to, text, sizeof text);
}

// linux/securebits.h: each bit is followed by one that locks it
constexpr u32 secure_keep = 0x10, secure_keep_locked = 0x20, secure_no_ambient_raise = 0x40,
              secure_bits_known = 0xff, secure_locks = 0xaa;

/// Bit SECBIT_KEEP_CAPS is what PR_SET_KEEPCAPS sets.
u32 secure_bits() noexcept {
    const process_settings& s = settings_of(proc::current_process());
    return s.secure_bits.load() | (s.keep_capabilities ? secure_keep : 0);
}

bool may_set_capabilities() noexcept {
    constexpr unsigned cap_setpcap = 8;
    return proc::current_process().identity.effective >> cap_setpcap & 1;
}

reply set_secure_bits(u64 wanted) noexcept {
    const u32 now = secure_bits();
    const u32 locked = (now & secure_locks) >> 1;
    if (wanted & ~u64{secure_bits_known} || locked & (now ^ wanted) ||
        now & secure_locks & ~wanted || !may_set_capabilities())
        return errc::not_permitted;
    process_settings& s = settings_of(proc::current_process());
    s.keep_capabilities = wanted & secure_keep;
    s.secure_bits = static_cast<u32>(wanted & ~u64{secure_keep});
    return done;
}

reply ambient(u64 operation, u64 capability) noexcept {
    proc::credentials& c = proc::current_process().identity;
    constexpr u64 is_set = 1, raise = 2, lower = 3, clear_all = 4;
    if (operation == clear_all) {
        if (capability)
            return errc::invalid_argument;
        c.ambient = 0;
        return done;
    }
    if (capability > last_capability)
        return errc::invalid_argument;
    const u64 bit = u64{1} << capability;
    switch (operation) {
        case is_set:
            return (c.ambient & bit) != 0 ? 1 : 0;
        case raise:
            if (!(c.permitted & c.inheritable & bit) || secure_bits() & secure_no_ambient_raise)
                return errc::not_permitted;
            c.ambient |= bit;
            return done;
        case lower:
            c.ambient &= ~bit;
            return done;
        default:
            return errc::invalid_argument;
    }
}

/// PR_SET_VMA: names for anonymous memory. A kernel built without CONFIG_ANON_VMA_NAME, as
/// Debian's, answers EINVAL, and callers ignore it.
constexpr errc vma_names_absent = errc::invalid_argument;

}  // namespace

reply calls::prctl(choice<prctl_options> option, u64 second, u64 third, u64 fourth,
                   u64 fifth) noexcept {
    proc::process& p = proc::current_process();
    proc::task& self = proc::current_task();
    process_settings& settings = settings_of(p);
    const bool rest_zero = !third && !fourth && !fifth;
    switch (static_cast<u32>(option.value())) {
        case o::pr_set_name:
            return set_name(second);
        case o::pr_get_name:
            return get_name(second);
        case o::pr_set_pdeathsig:
            if (second > proc::signal_count)
                return errc::invalid_argument;
            self.settings.parent_death_signal.store(static_cast<i32>(second));
            return done;
        case o::pr_get_pdeathsig:
            return memory::user_ptr<i32>{second}.store(self.settings.parent_death_signal.load());
        case o::pr_get_dumpable:
            return p.dumpable ? 1 : 0;
        case o::pr_set_dumpable:
            if (second > 1)
                return errc::invalid_argument;
            p.dumpable = second;
            return done;
        case o::pr_get_keepcaps:
            return settings.keep_capabilities ? 1 : 0;
        case o::pr_set_keepcaps:
            if (second > 1)
                return errc::invalid_argument;
            if (secure_bits() & secure_keep_locked)
                return errc::not_permitted;
            settings.keep_capabilities = second;
            return done;
        case o::pr_get_timing:
            return 0;  // PR_TIMING_STATISTICAL
        case o::pr_set_timing:
            return second ? reply{errc::invalid_argument} : done;
        case o::pr_get_tsc:
            return memory::user_ptr<u32>{second}.store(1);  // PR_TSC_ENABLE
        case o::pr_get_seccomp:
            return self.filter ? 2 : 0;
        case o::pr_set_seccomp:
            return set_seccomp_mode(second, third);
        case o::pr_capbset_read:
            if (second > last_capability)
                return errc::invalid_argument;
            return (p.identity.bounding >> second & 1) != 0 ? 1 : 0;
        case o::pr_capbset_drop:
            if (!may_set_capabilities())
                return errc::not_permitted;
            if (second > last_capability)
                return errc::invalid_argument;
            p.identity.bounding &= ~(u64{1} << second);
            return done;
        case o::pr_get_securebits:
            return secure_bits();
        case o::pr_set_securebits:
            return set_secure_bits(second);
        case o::pr_set_timerslack:
            self.timer_slack_ns = second ? second : 50'000;
            return done;
        case o::pr_get_timerslack:
            return self.timer_slack_ns;
        case o::pr_set_child_subreaper:
            settings.child_subreaper = second;
            return done;
        case o::pr_get_child_subreaper:
            return memory::user_ptr<i32>{second}.store(settings.child_subreaper ? 1 : 0);
        case o::pr_set_no_new_privs:
            if (second != 1 || !rest_zero)
                return errc::invalid_argument;
            settings.no_new_privileges = true;
            return done;
        case o::pr_get_no_new_privs:
            if (second || !rest_zero)
                return errc::invalid_argument;
            return settings.no_new_privileges ? 1 : 0;
        case o::pr_get_tid_address:
            return memory::user_ptr<u64>{second}.store(self.clear_child_tid);
        case o::pr_set_thp_disable:
            if (!rest_zero)
                return errc::invalid_argument;
            settings.huge_pages_off = second;
            return done;
        case o::pr_get_thp_disable:
            if (second || !rest_zero)
                return errc::invalid_argument;
            return settings.huge_pages_off ? 1 : 0;
        case o::pr_cap_ambient:
            if (fourth || fifth)
                return errc::invalid_argument;
            return ambient(second, third);
        case o::pr_mce_kill_get:
            return 2;  // PR_MCE_KILL_DEFAULT
        case o::pr_set_vma:
            return vma_names_absent;
        case o::pr_set_ptracer:
            return errc::invalid_argument;  // Yama is not there
        default:
            return option.unknown();
    }
}

reply calls::arch_prctl(choice<arch_prctl_codes> code, address value) noexcept {
    using c = arch_prctl_codes;
    switch (code.value()) {
        case c::arch_set_fs:
            if (value.value >= arch::application_limit)
                return errc::not_permitted;
            arch::set_thread_pointer(value.value);
            return done;
        case c::arch_get_fs:
            return value.as<u64>().store(arch::thread_pointer());
        case c::arch_get_gs:
            return value.as<u64>().store(0);
        case c::arch_set_gs:
            // The register belongs to the kernel: there is no SWAPGS between rings here.
            return value.value == 0 ? done : reply{code.unknown(errc::not_permitted)};
        case c::arch_get_cpuid:
            return 1;
        case c::arch_set_cpuid:
            return errc::no_device;
        case c::arch_cet_status:
            return errc::invalid_argument;
        default:
            return code.unknown();
    }
}

}  // namespace osprey::abi
