// SPDX-License-Identifier: BSD-3-Clause
// Weak stand-ins for parts that have not landed; removed as they do.
#include <arch/interrupts.hh>
#include <base/assert.hh>
#include <base/errc.hh>
#include <boot/crash.hh>

namespace osprey::arch {

[[gnu::weak]] trap_verdict handle_page_fault(register_frame&, const page_fault&) noexcept {
    return trap_verdict::unhandled;
}
[[gnu::weak]] void handle_application_trap(register_frame& frame, u64) noexcept {
    boot::crash("exception in the application", &frame);
}
[[gnu::weak]] void handle_return_work(register_frame& frame) noexcept {
    boot::crash("work for the application's return", &frame);
}
[[gnu::weak]] void dispatch_system_call(register_frame& frame) noexcept {
    frame.set_syscall_result(static_cast<u64>(-static_cast<i64>(errc::not_implemented)));
}

}  // namespace osprey::arch
