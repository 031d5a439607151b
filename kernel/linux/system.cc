// SPDX-License-Identifier: BSD-3-Clause
//
// What the machine is and how it does.
#include <arch/linux_abi.hh>
#include <base/system_name.hh>
#include <linux/syscalls.hh>
#include <linux/times.hh>
#include <memory/frame.hh>
#include <process/init.hh>
#include <process/task.hh>
#include <sched/scheduler.hh>

namespace osprey::abi {
namespace {

template <usize Size>
void fill(char (&field)[Size], std::string_view text) noexcept {
    const usize n = text.size() < Size - 1 ? text.size() : Size - 1;
    std::memcpy(field, text.data(), n);
}

bool has_capability(unsigned number) noexcept {
    return proc::current_process().identity.effective >> number & 1;
}
constexpr unsigned cap_sys_admin = 21, cap_sys_boot = 22;

}  // namespace

reply calls::uname(out<abi_utsname> buffer) noexcept {
    abi_utsname name{};
    char host[host_name_limit + 1];
    fill(name.system, system_name::system);
    fill(name.node, host_name(host));
    fill(name.release, system_name::release);
    fill(name.version, system_name::version);
    fill(name.machine, arch::machine_name);
    fill(name.domain, system_name::domain);
    return buffer.store(name);
}

reply calls::sethostname(bytes_in<1> name, usize size) noexcept {
    if (!has_capability(cap_sys_admin))
        return errc::not_permitted;
    if (size > host_name_limit)
        return errc::invalid_argument;
    char text[host_name_limit];
    TRY_VOID(memory::copy_from_user(text, name.where, size));
    set_host_name({text, size});
    return done;
}

reply calls::setdomainname(bytes_in<1>, usize size) noexcept {
    if (size > host_name_limit)
        return errc::invalid_argument;
    report_unsupported(0, "an NIS domain name", errc::not_permitted);
    return errc::not_permitted;
}

reply calls::sysinfo(out<abi_sysinfo> buffer) noexcept {
    abi_sysinfo s{};
    const memory::statistics m = memory::get_statistics();
    u32 loads[3];
    sched::load_average(loads);
    for (usize i = 0; i < 3; ++i)
        s.loads[i] = u64{loads[i]} << (16 - 11);  // SI_LOAD_SHIFT against FSHIFT
    s.uptime = static_cast<i64>(sched::monotonic_now().ns / ns_per_second);
    s.total_memory = m.total * page_size;
    s.free_memory = m.free * page_size;
    s.shared_memory = m.shared * page_size;
    u32 tasks = 0;
    proc::for_each_process(
        [](proc::process& p, void* sum) {
            *static_cast<u32*>(sum) += p.task_count.load(std::memory_order_relaxed);
            return true;
        },
        &tasks);
    s.processes = static_cast<u16>(tasks < 0xffff ? tasks : 0xffff);
    s.memory_unit = 1;
    return buffer.store(s);
}

reply calls::personality(u32 persona) noexcept {
    proc::process& p = proc::current_process();
    const u32 before = p.personality;
    if (persona == 0xffff'ffff)
        return before;
    constexpr u32 no_randomisation = 0x0040000;
    if (persona & ~no_randomisation)
        report_flags(persona & ~no_randomisation, errc::invalid_argument);
    // Other execution domains would have to change behaviour that is not there to change.
    if (persona & ~no_randomisation)
        return errc::invalid_argument;
    p.personality = persona;
    return before;
}

reply calls::syslog(i32 action, bytes_out<2>, i32 size) noexcept {
    constexpr i32 close_log = 0, open_log = 1, unread = 9, buffer_size = 10;
    switch (action) {
        case close_log:
        case open_log:
            return done;
        case unread:
            return 0;
        case buffer_size:
            return 1 << 16;
        default:
            if (action < 0 || action > buffer_size || size < 0)
                return errc::invalid_argument;
            report_value(static_cast<u64>(action), errc::not_permitted);
            return errc::not_permitted;
    }
}

reply calls::reboot(u32 magic, u32 magic2, u32 command, address) noexcept {
    constexpr u32 first = 0xfee1'dead;
    constexpr u32 second[] = {672274793, 85072278, 369367448, 537993216};
    bool good = magic == first;
    bool any = false;
    for (u32 m : second)
        any |= m == magic2;
    if (!good || !any)
        return errc::invalid_argument;
    if (!has_capability(cap_sys_boot))
        return errc::not_permitted;
    constexpr u32 cad_on = 0x89ab'cdef, cad_off = 0;
    if (command == cad_on || command == cad_off)
        return done;  // there is no Ctrl-Alt-Del to turn on or off
    constexpr u32 power_off = 0x4321'fedc, halt = 0xcdef'0123, restart = 0x0123'4567;
    if (command == power_off || command == halt)
        proc::end_machine(proc::machine_end::power_off);
    if (command == restart)
        proc::end_machine(proc::machine_end::restart);
    report_value(command, errc::not_permitted);
    return errc::not_permitted;
}

}  // namespace osprey::abi
