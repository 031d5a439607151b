// SPDX-License-Identifier: BSD-3-Clause
#include <base/log.hh>
#include <memory/out_of_memory.hh>
#include <process/out_of_memory.hh>
#include <process/task.hh>

namespace osprey::proc {
namespace {

bool end_owner(memory::account& victim) noexcept {
    struct search {
        memory::account* victim;
        bool found;
    } s{&victim, false};
    for_each_process(
        [](process& p, void* context) {
            auto& s = *static_cast<search*>(context);
            if (&p.account != s.victim || p.is_zombie())
                return true;
            log::error("pid {}: ended with SIGKILL for lack of memory", p.pid());
            (void)send_signal(p, make_signal(signal::kill, 0x80));
            s.found = true;
            return false;
        },
        &s);
    return s.found;
}

}  // namespace

void watch_out_of_memory() noexcept {
    memory::set_out_of_memory_handler(end_owner);
}

}  // namespace osprey::proc
