// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <base/types.hh>

namespace osprey::hypervisor {

enum class kind : u8 { none, kvm, xen, vmware, hyperv, virtualbox, emulator, unknown };

/// Asks CPUID (leaf 0x40000000 and on) who runs this machine. Boot CPU, once.
void detect() noexcept;

kind running() noexcept;
const char* name() noexcept;
/// First CPUID leaf of the hypervisor found; 0 when there is none. KVM moves up by 0x100 when it
/// also imitates Hyper-V.
u32 base_leaf() noexcept;

}  // namespace osprey::hypervisor
