// SPDX-License-Identifier: BSD-3-Clause
#include <arch/backtrace.hh>
#include <arch/call_chain.hh>
#include <arch/context.hh>
#include <arch/cpu.hh>
#include <arch/paging.hh>

namespace osprey::arch {
namespace {

/// Reads by way of the direct map what the loaded page table shows; nothing may fault here. Tables
/// are not freed meanwhile: that takes an answer of this CPU, whose interrupts are off.
bool read_application_word(virtual_address address, u64& value) noexcept {
    if (address >= application_limit || address % sizeof(u64) != 0)
        return false;
    physical_address table = loaded_page_table();
    for (unsigned level = page_table_levels; level-- > 0;) {
        const page_table_entry entry{
            __atomic_load_n(direct<u64>(table) + table_index(address, level), __ATOMIC_RELAXED)};
        if (!entry.present())
            return false;
        if (level == 0 || entry.large()) {
            const u64 inside = address & (entry_span(level) - 1);
            value = *direct<u64>(
                physical_address{align_down(raw(entry.frame()), entry_span(level)) + inside});
            return true;
        }
        table = entry.frame();
    }
    return false;
}

}  // namespace

usize kernel_callers(u64 at, std::span<u64> to) noexcept {
    usize count = 0;
    u64 floor = reinterpret_cast<u64>(__builtin_frame_address(0));
    const u64 top = this_cpu().kernel_stack_top;
    while (count < to.size() && at > floor && at + 16 <= top && at % 8 == 0) {
        const u64* link = reinterpret_cast<const u64*>(at);
        if (!is_kernel_text(link[1]))
            break;
        to[count++] = link[1];
        floor = at;
        at = link[0];
    }
    return count;
}

usize application_callers(const register_frame& frame, std::span<u64> to) noexcept {
    if (to.empty() || frame.rip >= application_limit)
        return 0;
    usize count = 0;
    to[count++] = frame.rip;
    u64 at = frame.rbp, floor = frame.rsp;
    while (count < to.size() && at >= floor) {
        u64 next = 0, caller = 0;
        if (!read_application_word(at, next) || !read_application_word(at + 8, caller) ||
            caller < page_size || caller >= application_limit)
            break;
        to[count++] = caller;
        floor = at + 1;
        at = next;
    }
    return count;
}

}  // namespace osprey::arch
