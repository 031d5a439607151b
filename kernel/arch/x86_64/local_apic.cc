// SPDX-License-Identifier: BSD-3-Clause
#include <arch/cpu.hh>
#include <arch/early_map.hh>
#include <arch/local_apic.hh>
#include <arch/machine.hh>
#include <arch/platform.hh>
#include <arch/vectors.hh>

namespace osprey::arch::local_apic {
namespace {

// Offsets in the register page; in x2APIC mode register N is MSR 0x800 + N / 16
enum class reg : u32 {
    id = 0x20,
    task_priority = 0x80,
    end_of_interrupt = 0xb0,
    spurious = 0xf0,
    command = 0x300,
    command_high = 0x310,
    timer = 0x320,
    line0 = 0x350,
    line1 = 0x360,
    error = 0x370,
    timer_initial = 0x380,
    timer_current = 0x390,
    timer_divide = 0x3e0,
};

constexpr u64 base_enable = 1 << 11, base_x2apic = 1 << 10;
constexpr u32 spurious_enable = 0x100, masked = 0x10000, deadline_mode = 0x40000;
constexpr u32 divide_by_one = 0xb;
constexpr u32 delivery_nmi = 4 << 8, delivery_init = 5 << 8, delivery_startup = 6 << 8;
constexpr u32 level_assert = 1 << 14, command_pending = 1 << 12, all_but_self = 3 << 18;

constinit volatile u32* registers = nullptr;  // null: x2APIC

msr msr_of(reg r) noexcept {
    return static_cast<msr>(static_cast<u32>(msr::x2apic_base) + static_cast<u32>(r) / 16);
}

u32 read(reg r) noexcept {
    if (registers)
        return registers[static_cast<u32>(r) / 4];
    return static_cast<u32>(read_msr(msr_of(r)));
}

void write(reg r, u32 value) noexcept {
    if (registers)
        registers[static_cast<u32>(r) / 4] = value;
    else
        write_msr(msr_of(r), value);
}

void send_command(u32 target, u32 command) noexcept {
    if (!registers) {
        // x2APIC writes are not ordered against earlier stores; §11.12.3
        asm volatile("mfence; lfence" ::: "memory");
        write_msr(msr_of(reg::command), u64{target} << 32 | command);
        return;
    }
    irq_guard guard;  // two registers
    while (read(reg::command) & command_pending)
        relax();
    write(reg::command_high, target << 24);
    write(reg::command, command);
}

}  // namespace

void initialize() noexcept {
    constexpr u32 has_x2apic = 1 << 21;
    if (!(cpuid(1).ecx & has_x2apic))
        registers = static_cast<volatile u32*>(
            map_early(platform().local_apic, page_size, caching::uncached));
    enable();
}

void enable() noexcept {
    u64 base = read_msr(msr::apic_base) | base_enable;
    if (!registers)
        base |= base_x2apic;
    write_msr(msr::apic_base, base);
    write(reg::task_priority, 0);
    // Before the controller is switched on, lest an interrupt of the 8259 be accepted and then
    // have no source; all other entries after, as they stay masked until then (§11.4.7.2).
    write(reg::line0, masked);
    write(reg::spurious, spurious_enable | vectors::spurious);
    write(reg::line1, delivery_nmi);
    write(reg::error, vectors::apic_error);
    write(reg::timer_divide, divide_by_one);
    write(reg::timer, vectors::timer);
}

u32 id() noexcept {
    const u32 value = read(reg::id);
    return registers ? value >> 24 : value;
}

void end_of_interrupt() noexcept {
    write(reg::end_of_interrupt, 0);
}

void send(u32 target, u8 vector) noexcept {
    send_command(target, level_assert | vector);
}
void send_init(u32 target) noexcept {
    send_command(target, delivery_init | level_assert);
}
void send_startup(u32 target, u8 page) noexcept {
    send_command(target, delivery_startup | level_assert | page);
}
void send_nmi_to_others() noexcept {
    send_command(0, delivery_nmi | level_assert | all_but_self);
}

void start_timer(u32 ticks) noexcept {
    write(reg::timer_initial, ticks);
}
u32 timer_left() noexcept {
    return read(reg::timer_current);
}
void use_deadline_timer() noexcept {
    write(reg::timer, deadline_mode | vectors::timer);
    // Writes to the register page and to the deadline MSR are not ordered otherwise; §11.5.4.1
    asm volatile("mfence" ::: "memory");
}

}  // namespace osprey::arch::local_apic
