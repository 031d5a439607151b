// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <base/types.hh>

/// PCI configuration through the machine's own mechanism, where there is one: on PCs the ports
/// 0xcf8 and 0xcfc (PCI Local Bus 3.0, §3.2.2.3.2).
namespace osprey::arch::pci_ports {

bool present() noexcept;
/// `reg` below 256; `bytes` 1, 2 or 4. Context: any.
u32 read(u8 bus, u8 device, u8 function, u8 reg, unsigned bytes) noexcept;
void write(u8 bus, u8 device, u8 function, u8 reg, unsigned bytes, u32 value) noexcept;

/// Input and output ports of a device's I/O base address. Context: any.
u32 in(u16 port, unsigned bytes) noexcept;
void out(u16 port, unsigned bytes, u32 value) noexcept;

}  // namespace osprey::arch::pci_ports
