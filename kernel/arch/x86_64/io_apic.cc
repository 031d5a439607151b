// SPDX-License-Identifier: BSD-3-Clause
#include <arch/cpu.hh>
#include <arch/early_map.hh>
#include <arch/io.hh>
#include <arch/io_apic.hh>
#include <arch/platform.hh>

namespace osprey::arch::io_apic {
namespace {

struct controller {
    volatile u32* registers = nullptr;
    u32 first_gsi = 0;
    u32 inputs = 0;
};
constinit controller controllers[std::size(platform_description{}.io_apics)];
constinit usize controller_count = 0;

constexpr usize window = 4;  // in words: register select is word 0
constexpr u32 register_version = 1, first_entry = 0x10;
constexpr u32 active_low = 1 << 13, level_triggered = 1 << 15, masked = 1 << 16;
constexpr physical_address usual_address{0xfec00000};

u32 read(const controller& c, u32 index) noexcept {
    c.registers[0] = index;
    return c.registers[window];
}
void write(const controller& c, u32 index, u32 value) noexcept {
    c.registers[0] = index;
    c.registers[window] = value;
}

void add(physical_address address, u32 first_gsi) noexcept {
    if (controller_count == std::size(controllers))
        return;
    controller& c = controllers[controller_count];
    c.registers = static_cast<volatile u32*>(map_early(address, page_size, caching::uncached));
    c.first_gsi = first_gsi;
    const u32 version = read(c, register_version);
    if (version == ~u32{0})
        return;
    c.inputs = (version >> 16 & 0xff) + 1;
    for (u32 i = 0; i < c.inputs; ++i)
        write(c, first_entry + 2 * i, masked);
    ++controller_count;
}

controller* find(u32 gsi) noexcept {
    for (usize i = 0; i < controller_count; ++i)
        if (gsi - controllers[i].first_gsi < controllers[i].inputs)
            return &controllers[i];
    return nullptr;
}

}  // namespace

void initialize() noexcept {
    port_out8(0x21, 0xff);
    port_out8(0xa1, 0xff);
    const platform_description& p = platform();
    for (u32 i = 0; i < p.io_apic_count; ++i)
        add(p.io_apics[i].address, p.io_apics[i].first_interrupt);
    if (controller_count == 0 && !p.has_tables)
        add(usual_address, 0);
}

result<void> route(u32 gsi, u8 vector, u32 target, trigger mode) noexcept {
    controller* c = find(gsi);
    if (!c)
        return errc::no_device;
    u32 low = vector;
    if (mode == trigger::level_low)
        low |= active_low | level_triggered;
    else if (mode == trigger::level_high)
        low |= level_triggered;
    irq_guard guard;  // the register pair is set up with interrupts off, by one CPU at boot time
    const u32 entry = first_entry + 2 * (gsi - c->first_gsi);
    write(*c, entry, masked);
    write(*c, entry + 1, target << 24);
    write(*c, entry, low);
    return ok;
}

void mask(u32 gsi) noexcept {
    if (controller* c = find(gsi)) {
        irq_guard guard;
        write(*c, first_entry + 2 * (gsi - c->first_gsi), masked);
    }
}

}  // namespace osprey::arch::io_apic
