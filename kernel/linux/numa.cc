// SPDX-License-Identifier: BSD-3-Clause
//
// Memory policy, as on a machine with one node, and memory barriers.
#include <arch/cpu.hh>
#include <linux/process_state.hh>
#include <linux/syscalls.hh>
#include <process/task.hh>

namespace osprey::abi {
namespace {

constexpr u64 mode_flags = policy_modes::mpol_f_static_nodes | policy_modes::mpol_f_relative_nodes |
                           policy_modes::mpol_f_numa_balancing;

/// The node mask of a policy call: `max_node` counts bits and is one too large by tradition.
result<u64> load_nodes(address from, u64 max_node) noexcept {
    if (max_node == 0 || !from)
        return u64{0};
    --max_node;
    if (max_node > page_size * 8)
        return errc::invalid_argument;
    u64 nodes = 0;
    for (u64 bit = 0; bit < max_node; bit += 64) {
        u64 word = TRY(from.as<const u64>().at(bit / 64).load());
        if (max_node - bit < 64)
            word &= (u64{1} << (max_node - bit)) - 1;
        if (bit == 0)
            nodes = word;
        else if (word)
            return errc::invalid_argument;
    }
    return nodes;
}

/// Checks a mode with its nodes (set_mempolicy(2), "EINVAL"). Only node 0 exists.
result<void> check_policy(u32 mode, u64 nodes) noexcept {
    const u32 kind = mode & ~static_cast<u32>(mode_flags);
    constexpr u32 both = policy_modes::mpol_f_static_nodes | policy_modes::mpol_f_relative_nodes;
    if (kind > policy_modes::mpol_preferred_many || (mode & both) == both)
        return errc::invalid_argument;
    if (mode & policy_modes::mpol_f_numa_balancing && kind != policy_modes::mpol_bind)
        return errc::invalid_argument;
    if (kind == policy_modes::mpol_default || kind == policy_modes::mpol_local) {
        if (nodes)
            return errc::invalid_argument;
        return {};
    }
    if (kind == policy_modes::mpol_preferred && nodes == 0)
        return {};
    if (!(nodes & 1))
        return errc::invalid_argument;
    return {};
}

}  // namespace

reply calls::set_mempolicy(choice<policy_modes> mode, address nodes, u64 max_node) noexcept {
    const u64 wanted = TRY(load_nodes(nodes, max_node));
    const u32 bits = static_cast<u32>(mode.value());
    TRY_VOID(check_policy(bits, wanted));
    proc::task_settings& s = proc::current_task().settings;
    s.memory_policy = static_cast<u16>(bits);
    s.memory_nodes = wanted & 1;
    return done;
}

reply calls::mbind(address start, usize size, choice<policy_modes> mode, address nodes,
                   u64 max_node, flags<mbind_flags> how) noexcept {
    const u64 wanted = TRY(load_nodes(nodes, max_node));
    if (how.bits & ~flags<mbind_flags>::known() || !is_aligned(start.value, page_size))
        return errc::invalid_argument;
    if (start.value + align_up(size, page_size) < start.value)
        return errc::invalid_argument;
    // All pages are on node 0 already, which is where each policy that passes wants them.
    return check_policy(static_cast<u32>(mode.value()), wanted);
}

reply calls::get_mempolicy(maybe_out<i32> mode, address nodes, u64 max_node, address start,
                           flags<get_policy_flags> how) noexcept {
    using f = get_policy_flags;
    if (how.bits & ~flags<f>::known() || (nodes && max_node < 1))
        return errc::invalid_argument;
    const proc::task_settings& s = proc::current_task().settings;
    i32 told = s.memory_policy;
    u64 set = s.memory_nodes;
    if (how.has(f::mpol_f_mems_allowed)) {
        if (how.any(f::mpol_f_node | f::mpol_f_addr))
            return errc::invalid_argument;
        told = 0;
        set = 1;
    } else if (how.has(f::mpol_f_addr)) {
        u8 present;
        // Is there a mapping at all?
        TRY_VOID(sched::current().space->resident(align_down(start.value, page_size), page_size,
                                                  &present)
                     ? result<void>{}
                     : result<void>{errc::bad_address});
        told = 0;  // of the node (MPOL_F_NODE) or the default policy: 0 in either case
        set = 0;
    } else if (start) {
        return errc::invalid_argument;
    } else if (how.has(f::mpol_f_node)) {
        if ((told & 0xff) != policy_modes::mpol_interleave)
            return errc::invalid_argument;
        told = 0;
    }
    if (mode)
        TRY_VOID(mode.store(told));
    if (nodes) {
        const u64 words = (max_node - 1 + 63) / 64;
        for (u64 i = 0; i < (words ? words : 1) && i < page_size / 8; ++i)
            TRY_VOID(nodes.as<u64>().at(i).store(i == 0 ? set : 0));
    }
    return done;
}

reply calls::migrate_pages(pid_number pid, u64 max_node, address from, address to) noexcept {
    if (pid.value && !proc::find_process(pid.value))
        return errc::no_process;
    const u64 old_nodes = TRY(load_nodes(from, max_node));
    const u64 new_nodes = TRY(load_nodes(to, max_node));
    (void)old_nodes;
    if (!(new_nodes & 1))
        return errc::invalid_argument;
    return 0;  // nothing is anywhere but on node 0
}

reply calls::move_pages(pid_number pid, u64 count, address pages, address nodes, address status,
                        i32 how) noexcept {
    constexpr i32 move = 2, move_all = 4;
    if (how & ~(move | move_all))
        return errc::invalid_argument;
    if (pid.value && pid.value != proc::current_process().pid()) {
        if (!proc::find_task(pid.value))
            return errc::no_process;
        report_unsupported(0, "pages of another process", errc::not_permitted);
        return errc::not_permitted;
    }
    for (u64 i = 0; i < count; ++i) {
        const u64 page = TRY(pages.as<const u64>().at(i).load());
        i32 where = -static_cast<i32>(errc::no_entry);
        u8 present = 0;
        if (sched::current().space->resident(align_down(page, page_size), page_size, &present))
            where = present & 1 ? 0 : -static_cast<i32>(errc::no_entry);
        else
            where = -static_cast<i32>(errc::bad_address);
        if (nodes && TRY(nodes.as<const i32>().at(i).load()) != 0)
            return errc::no_device;
        TRY_VOID(status.as<i32>().at(i).store(where));
    }
    return done;
}

reply calls::membarrier(choice<membarrier_commands> command, u32 how, i32) noexcept {
    using m = membarrier_commands;
    constexpr u32 registrations = m::membarrier_cmd_register_global_expedited |
                                  m::membarrier_cmd_register_private_expedited |
                                  m::membarrier_cmd_register_private_expedited_sync_core;
    constexpr u32 barriers = m::membarrier_cmd_global | m::membarrier_cmd_global_expedited |
                             m::membarrier_cmd_private_expedited |
                             m::membarrier_cmd_private_expedited_sync_core;
    if (how)
        return errc::invalid_argument;
    const u32 wanted = static_cast<u32>(command.value());
    std::atomic<u32>& registered = settings_of(proc::current_process()).membarrier_registered;
    if (wanted == m::membarrier_cmd_query)
        return registrations | barriers;
    if (wanted & (wanted - 1) || !(wanted & (registrations | barriers)))
        return errc::invalid_argument;
    if (wanted & registrations) {
        registered.fetch_or(wanted);
        return done;
    }
    // Each private command has the bit of its registration one higher.
    if (wanted >= m::membarrier_cmd_private_expedited && !(registered.load() & wanted << 1))
        return errc::not_permitted;
    // An interrupt orders memory and, as it returns, instructions (Intel SDM vol. 3A §8.3).
    arch::call_on_all_cpus([](void*) {}, nullptr);
    return done;
}

}  // namespace osprey::abi
