// SPDX-License-Identifier: BSD-3-Clause
#include <process/process_table.hh>
#include <process/service_task.hh>
#include <sched/scheduler.hh>

namespace osprey::proc {

result<refptr<task>> create_service_task(process& owner, std::string_view name,
                                         void (*entry)(void*), void* argument) noexcept {
    auto made = TRY(task_access::create_unlisted(owner, name, entry, argument));
    made->space = owner.space.get();
    made->context().page_table = owner.space->root();
    made->blocked = signal_set{~u64{0}};
    return made;
}

void end_service_task() noexcept {
    task& self = current_task();
    self.owner().user_ns.fetch_add(self.cpu_time_ns(), std::memory_order_relaxed);
    sched::exit_current();
}

}  // namespace osprey::proc
