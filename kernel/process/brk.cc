// SPDX-License-Identifier: BSD-3-Clause
#include <process/task.hh>
#include <trace/tracepoint.hh>

namespace osprey::proc {
namespace {

constexpr unsigned data_limit = 2;  // RLIMIT_DATA

TRACEPOINT(memory, memory_brk, trace::address old_end, trace::address new_end);
result<void> move_break(process& owner, virtual_address old_end, virtual_address new_end) noexcept {
    TRACE(memory_brk, old_end, new_end);
    memory::address_space& space = *owner.space;
    if (new_end < old_end)
        return space.unmap(new_end, old_end - new_end);
    TRY(space.map(old_end, new_end - old_end, memory::protection::read | memory::protection::write,
                  memory::region_heap, memory::placement::fixed_no_replace, {}, owner.account));
    return ok;
}

}  // namespace

virtual_address set_break(virtual_address wanted) noexcept {
    process& owner = current_process().memory_owner();
    sync::lock_guard guard{owner.brk_mutex};
    if (wanted < owner.brk_start || wanted >= arch::application_limit)
        return owner.brk_end;
    if (wanted - owner.brk_start > owner.limits[data_limit].soft)
        return owner.brk_end;
    const virtual_address old_end = align_up(owner.brk_end, page_size);
    const virtual_address new_end = align_up(wanted, page_size);
    if (new_end == old_end || move_break(owner, old_end, new_end))
        owner.brk_end = wanted;
    return owner.brk_end;
}

}  // namespace osprey::proc
