// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <base/types.hh>

/// KVM's clock: Linux Documentation/virt/kvm/x86/msr.rst and cpuid.rst.
namespace osprey::hypervisor::kvm {

/// Does this machine offer kvmclock (with the MSRs of its second edition)?
bool has_clock() noexcept;
/// Registers the running CPU's clock page. Once per CPU, interrupts off.
void enable_clock() noexcept;
/// Nanoseconds of the hypervisor's clock; never goes backward on any CPU. Any context.
u64 read_clock() noexcept;
/// Frequency of the time-stamp counter in Hz, as the clock page says.
u64 cycle_frequency() noexcept;
/// Seconds since 1970 at the start of the hypervisor's clock plus its present value.
i64 read_wall_clock() noexcept;

}  // namespace osprey::hypervisor::kvm
