// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <base/types.hh>

namespace osprey::arch {

inline u8 port_in8(u16 port) noexcept {
    u8 value;
    asm volatile("inb %1, %0" : "=a"(value) : "Nd"(port));
    return value;
}
inline u16 port_in16(u16 port) noexcept {
    u16 value;
    asm volatile("inw %1, %0" : "=a"(value) : "Nd"(port));
    return value;
}
inline u32 port_in32(u16 port) noexcept {
    u32 value;
    asm volatile("inl %1, %0" : "=a"(value) : "Nd"(port));
    return value;
}
inline void port_out8(u16 port, u8 value) noexcept {
    asm volatile("outb %0, %1" ::"a"(value), "Nd"(port));
}
inline void port_out16(u16 port, u16 value) noexcept {
    asm volatile("outw %0, %1" ::"a"(value), "Nd"(port));
}
inline void port_out32(u16 port, u32 value) noexcept {
    asm volatile("outl %0, %1" ::"a"(value), "Nd"(port));
}

}  // namespace osprey::arch
