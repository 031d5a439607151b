// SPDX-License-Identifier: BSD-3-Clause
// Weak stand-ins for parts that have not landed; removed as they do.
#include <arch/backtrace.hh>
#include <arch/clock.hh>
#include <arch/interrupts.hh>
#include <base/assert.hh>

namespace osprey::arch {

[[gnu::weak]] instant now() noexcept {
    return {};
}
[[gnu::weak]] void stop_other_cpus() noexcept {}

}  // namespace osprey::arch
