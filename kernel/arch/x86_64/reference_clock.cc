// SPDX-License-Identifier: BSD-3-Clause
#include <arch/early_map.hh>
#include <arch/io.hh>
#include <arch/platform.hh>
#include <arch/reference_clock.hh>

namespace osprey::arch {
namespace {

// IA-PC HPET specification 1.0a, §2.3
constinit volatile u8* hpet = nullptr;
constexpr usize hpet_capabilities = 0, hpet_configuration = 0x10, hpet_counter = 0xf0;
constexpr u64 hpet_64bit = 1 << 13, femtoseconds = 1'000'000'000'000'000;

volatile u64& hpet_register(usize offset) noexcept {
    return *reinterpret_cast<volatile u64*>(hpet + offset);
}
u64 read_hpet() noexcept {
    return hpet_register(hpet_counter);
}

// ACPI 6.4 §4.8.3.3
constinit u16 pm_timer_port = 0;
u64 read_pm_timer() noexcept {
    return port_in32(pm_timer_port);
}

// Intel 8254, channel 2: its gate is in our hand, and nobody else uses it
constexpr u16 pit_channel2 = 0x42, pit_command = 0x43, pit_gate = 0x61;
u64 read_pit() noexcept {
    port_out8(pit_command, 0x80);  // latch channel 2
    const u64 low = port_in8(pit_channel2);
    return low | u64{port_in8(pit_channel2)} << 8;
}

bool start_hpet() noexcept {
    const auto address = platform().hpet;
    if (raw(address) == 0)
        return false;
    hpet = static_cast<volatile u8*>(map_early(address, 1024, caching::uncached));
    const u64 capabilities = hpet_register(hpet_capabilities);
    const u64 period = capabilities >> 32;  // femtoseconds
    if (period == 0 || period > 100'000'000)
        return false;
    hpet_register(hpet_configuration) = hpet_register(hpet_configuration) | 1;
    return true;
}

bool start_pit() noexcept {
    port_out8(pit_gate, static_cast<u8>((port_in8(pit_gate) & ~2) | 1));  // speaker off, gate on
    port_out8(pit_command, 0xb0);  // channel 2, both bytes, mode 0
    port_out8(pit_channel2, 0xff);
    port_out8(pit_channel2, 0xff);
    const u64 first = read_pit();
    for (unsigned i = 0; i < 1000; ++i)
        if (read_pit() != first)
            return true;
    return false;
}

}  // namespace

reference_clock find_reference_clock() noexcept {
    // Costs no exit to the hypervisor, which every other one does
    if (const hypervisor_clock* c = platform().clock) {
        c->enable();
        return {c->name, c->read, 1'000'000'000, ~u64{0}, 100'000, false, false};
    }
    if (start_hpet()) {
        const u64 capabilities = hpet_register(hpet_capabilities);
        const bool wide = capabilities & hpet_64bit;
        return {"HPET",
                read_hpet,
                femtoseconds / (capabilities >> 32),
                wide ? ~u64{0} : 0xffff'ffff,
                100'000,
                false,
                wide};
    }
    if ((pm_timer_port = platform().pm_timer_port) != 0)
        return {"ACPI PM timer",
                read_pm_timer,
                3'579'545,
                platform().pm_timer_32bit ? u64{0xffff'ffff} : u64{0xff'ffff},
                500'000,
                false,
                false};
    if (start_pit())
        return {"PIT", read_pit, 1'193'182, 0xffff, 1'000'000, true, false};
    return {};
}

}  // namespace osprey::arch
