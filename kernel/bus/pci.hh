// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <arch/interrupts.hh>
#include <base/refptr.hh>
#include <base/result.hh>
#include <base/types.hh>

/// PCI as the firmware set it up (PCI Local Bus 3.0, PCI Express 5.0 chapter 7). Buses behind
/// bridges are followed by the numbers the firmware gave them; nothing is renumbered.
namespace osprey::bus::pci {

struct location {
    u8 bus, device, function;
};

/// Registers of the common configuration header.
enum header_register : u16 {
    vendor_register = 0x00,
    command_register = 0x04,
    status_register = 0x06,
    class_register = 0x08,
    header_type_register = 0x0e,
    first_bar_register = 0x10,
    secondary_bus_register = 0x19,
    subsystem_register = 0x2c,
    capabilities_register = 0x34,
    interrupt_line_register = 0x3c,
    interrupt_pin_register = 0x3d,
};
enum command_bit : u16 {
    io_decoding = 1,
    memory_decoding = 2,
    bus_mastering = 4,
    wired_interrupt_off = 0x400,
};

/// Configuration space, 4 KB with the memory window (ECAM), else 256 bytes. Context: any.
u32 read_config(location at, u16 reg, unsigned bytes) noexcept;
void write_config(location at, u16 reg, unsigned bytes, u32 value) noexcept;

/// Where a device's registers are.
struct base_address {
    u64 start = 0;  // 0: not there, or the firmware gave it no place
    u64 bytes = 0;
    bool ports = false;
    bool wide = false;  // takes the next register, too
};

class function;

/// A driver's interest in a device; `any` fits all.
struct match {
    static constexpr u16 any = 0xffff;
    u16 vendor;
    u16 first_device, last_device;
    /// Takes the device over. The function object stays valid for ever.
    /// Errors are logged by the caller. Context: threads, may sleep.
    result<void> (*attach)(function& device) noexcept;
};

/// One function. Lives for ever once found.
class function {
public:
    function(location at, u32 ids, u32 class_and_revision, const match& driver) noexcept
        : at_{at}, ids_{ids}, class_{class_and_revision}, driver_{driver} {}

    [[nodiscard]] location where() const noexcept { return at_; }
    [[nodiscard]] const match& driver() const noexcept { return driver_; }
    [[nodiscard]] u16 vendor() const noexcept { return static_cast<u16>(ids_); }
    [[nodiscard]] u16 device() const noexcept { return static_cast<u16>(ids_ >> 16); }
    [[nodiscard]] u8 revision() const noexcept { return static_cast<u8>(class_); }
    /// Class, subclass and programming interface, 24 bits.
    [[nodiscard]] u32 class_code() const noexcept { return class_ >> 8; }
    [[nodiscard]] u16 subsystem_device() const noexcept {
        return static_cast<u16>(read(subsystem_register + 2, 2));
    }

    [[nodiscard]] u32 read(u16 reg, unsigned bytes) const noexcept {
        return read_config(at_, reg, bytes);
    }
    void write(u16 reg, unsigned bytes, u32 value) const noexcept {
        write_config(at_, reg, bytes, value);
    }
    void set_command(u16 set, u16 clear = 0) const noexcept {
        const u32 now = read(command_register, 2), wanted = (now | set) & ~u32{clear};
        if (wanted != now)
            write(command_register, 2, wanted);
    }

    /// Offset of the next capability with this number behind `after` (0: the first); 0: none.
    [[nodiscard]] u16 find_capability(u8 number, u16 after = 0) const noexcept;
    /// Finds out sizes and places of all base addresses, and lets the device reach memory. On QEMU
    /// each is a change of the machine's memory map.
    void prepare() noexcept;
    /// Size and place of base address `index` (0…5). After `prepare`.
    [[nodiscard]] const base_address& get_base_address(unsigned index) const noexcept {
        return bases_[index];
    }
    /// Maps `bytes` at `offset` of a memory base address.
    /// @return `errc::no_device_or_address` when it is not there or too small.
    result<void*> map(unsigned index, u64 offset, u64 bytes) const noexcept;

    /// Number of MSI-X vectors; 0: none.
    [[nodiscard]] u32 message_vectors() const noexcept;
    /// Turns MSI-X on with every vector masked, and wired interrupts off.
    result<void> enable_messages() noexcept;
    /// Binds vector `index` of MSI-X to a handler on CPU `cpu`. After `enable_messages`.
    result<void> bind_message(u32 index, u32 cpu, arch::interrupt_handler handler, void* context,
                              const char* name) noexcept;
    /// Binds the one interrupt of a device without MSI-X: by MSI, else by its wire. The handler
    /// must tell by itself whether its device asked, as wires are shared.
    result<void> bind_single(u32 cpu, arch::interrupt_handler handler, void* context,
                             const char* name) noexcept;

    function* next_found = nullptr;

private:
    [[nodiscard]] base_address probe(unsigned index) const noexcept;

    location at_;
    u32 ids_;
    u32 class_;
    const match& driver_;
    base_address bases_[6];
    volatile u32* message_table_ = nullptr;
};

/// Looks at every bus that the firmware made reachable for functions that one of `drivers` fits,
/// and prepares them. Costs about one configuration read for each empty slot of bus 0. Best before
/// the other CPUs start: under QEMU's translator (before 8.2) a CPU that reaches for a device while
/// another changes the memory map may end QEMU.
/// @return the first, linked by `next_found`. Context: the boot CPU, or threads.
function* find(const match* drivers, usize count) noexcept;
/// Hands each function to its driver. Context: threads.
void attach(function* first) noexcept;

}  // namespace osprey::bus::pci
