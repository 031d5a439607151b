// SPDX-License-Identifier: BSD-3-Clause
#include <arch/cpu.hh>
#include <arch/io.hh>
#include <arch/pci_ports.hh>

namespace osprey::arch::pci_ports {
namespace {

constexpr u16 address_port = 0xcf8, data_port = 0xcfc;
constexpr u32 enable = 0x8000'0000;

void select(u8 bus, u8 device, u8 function, u8 reg) noexcept {
    port_out32(address_port,
               enable | u32{bus} << 16 | u32{device} << 11 | u32{function} << 8 | (reg & 0xfcu));
}

}  // namespace

// Drivers are attached by one thread; interrupts are off so that a handler cannot come between
// the two ports.
bool present() noexcept {
    irq_guard guard;
    port_out32(address_port, enable);
    return port_in32(address_port) == enable;
}

u32 read(u8 bus, u8 device, u8 function, u8 reg, unsigned bytes) noexcept {
    irq_guard guard;
    select(bus, device, function, reg);
    return in(data_port + (reg & 3), bytes);
}

void write(u8 bus, u8 device, u8 function, u8 reg, unsigned bytes, u32 value) noexcept {
    irq_guard guard;
    select(bus, device, function, reg);
    out(data_port + (reg & 3), bytes, value);
}

u32 in(u16 port, unsigned bytes) noexcept {
    switch (bytes) {
        case 1:
            return port_in8(port);
        case 2:
            return port_in16(port);
        default:
            return port_in32(port);
    }
}

void out(u16 port, unsigned bytes, u32 value) noexcept {
    switch (bytes) {
        case 1:
            return port_out8(port, static_cast<u8>(value));
        case 2:
            return port_out16(port, static_cast<u16>(value));
        default:
            return port_out32(port, value);
    }
}

}  // namespace osprey::arch::pci_ports
