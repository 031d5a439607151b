// SPDX-License-Identifier: BSD-3-Clause
// Interrupts of PCI functions: MSI-X (PCI 3.0 §6.8.2), MSI (§6.8.1), and wires.
#include <base/log.hh>
#include <bus/acpi.hh>
#include <bus/pci.hh>

namespace osprey::bus::pci {
namespace {

constexpr u8 msi_capability = 0x05, msix_capability = 0x11;
constexpr u16 msix_enable = 0x8000, msix_mask_all = 0x4000, msix_size = 0x7ff;
constexpr u16 msi_enable = 1, msi_wide = 0x80, msi_count = 0x70;
constexpr u32 entry_words = 4, entry_masked = 1;

}  // namespace

u32 function::message_vectors() const noexcept {
    const u16 at = find_capability(msix_capability);
    return at ? (read(at + 2, 2) & msix_size) + 1 : 0;
}

result<void> function::enable_messages() noexcept {
    const u16 at = find_capability(msix_capability);
    if (!at)
        return errc::no_device_or_address;
    const u32 count = (read(at + 2, 2) & msix_size) + 1;
    const u32 table = read(at + 4, 4);
    message_table_ = static_cast<volatile u32*>(
        TRY(map(table & 7, table & ~7u, u64{count} * entry_words * sizeof(u32))));
    set_command(memory_decoding | bus_mastering | wired_interrupt_off);
    write(at + 2, 2, msix_enable | msix_mask_all);
    for (u32 i = 0; i < count; ++i)
        message_table_[i * entry_words + 3] = entry_masked;
    write(at + 2, 2, msix_enable);
    return ok;
}

result<void> function::bind_message(u32 index, u32 cpu, arch::interrupt_handler handler,
                                    void* context, const char* name) noexcept {
    const auto bound = TRY(arch::bind_interrupt(cpu, handler, context, name));
    volatile u32* entry = message_table_ + index * entry_words;
    entry[0] = static_cast<u32>(bound.message.address);
    entry[1] = static_cast<u32>(bound.message.address >> 32);
    entry[2] = bound.message.data;
    entry[3] = 0;
    return ok;
}

result<void> function::bind_single(u32 cpu, arch::interrupt_handler handler, void* context,
                                   const char* name) noexcept {
    if (const u16 at = find_capability(msi_capability)) {
        const auto bound = TRY(arch::bind_interrupt(cpu, handler, context, name));
        const u32 control = read(at + 2, 2);
        const bool wide = control & msi_wide;
        write(at + 4, 4, static_cast<u32>(bound.message.address));
        if (wide)
            write(at + 8, 4, static_cast<u32>(bound.message.address >> 32));
        write(at + (wide ? 12 : 8), 2, bound.message.data);
        set_command(bus_mastering | wired_interrupt_off);
        write(at + 2, 2, (control & ~u32{msi_count}) | msi_enable);
        return ok;
    }
    // Without an AML interpreter the firmware's routing is known by the line it wrote down. The
    // chipsets drive that input of the I/O APIC as long as their own routing is untouched.
    const u32 line = read(interrupt_line_register, 1);
    if (read(interrupt_pin_register, 1) == 0 || line == 0 || line >= 24)
        return errc::no_device_or_address;
    set_command(0, wired_interrupt_off);
    const u32 gsi = acpi::gsi_of_irq(static_cast<u8>(line));
    auto mode = arch::trigger::level_low;
    for (const auto& o : acpi::interrupt_overrides())
        if (o.gsi == gsi && o.level && !o.low)
            mode = arch::trigger::level_high;
    return arch::bind_gsi(gsi, mode, handler, context, name);
}

}  // namespace osprey::bus::pci
