// SPDX-License-Identifier: BSD-3-Clause
#include <arch/descriptors.hh>
#include <arch/machine.hh>

namespace osprey::arch {
namespace {

struct gate {
    u16 offset_low;
    u16 selector;
    u8 stack;
    u8 type;
    u16 offset_middle;
    u32 offset_high;
    u32 reserved;
};
static_assert(sizeof(gate) == 16);

constexpr u8 interrupt_gate = 0x8e;  // present, ring 0, interrupts off on entry
constexpr unsigned vector_nmi = 2, vector_double_fault = 8, vector_machine_check = 18;
constexpr u64 flag_trap = 0x100, flag_interrupt = 0x200, flag_direction = 0x400;
constexpr u64 flag_nested = 0x4000, flag_alignment = 0x40000;

constinit gate interrupt_table[256];

struct [[gnu::packed]] table_pointer {
    u16 limit;
    u64 base;
};

extern "C" char interrupt_stubs[], nmi_entry[], double_fault_entry[], machine_check_entry[];
extern "C" char system_call_entry[];

void set_gate(unsigned vector, const void* target, interrupt_stack stack) noexcept {
    const u64 address = reinterpret_cast<u64>(target);
    interrupt_table[vector] = {static_cast<u16>(address),
                               code_selector,
                               static_cast<u8>(stack),
                               interrupt_gate,
                               static_cast<u16>(address >> 16),
                               static_cast<u32>(address >> 32),
                               0};
}

void fill_interrupt_table() noexcept {
    for (unsigned vector = 0; vector < 256; ++vector)
        set_gate(vector, interrupt_stubs + 8 * vector, interrupt_stack::bounce);
    set_gate(vector_nmi, nmi_entry, interrupt_stack::nmi);
    set_gate(vector_double_fault, double_fault_entry, interrupt_stack::fault);
    set_gate(vector_machine_check, machine_check_entry, interrupt_stack::fault);
}

template <usize N>
u64 end_of(u8 (&stack)[N]) noexcept {
    return reinterpret_cast<u64>(stack + N);
}

}  // namespace

void load_cpu(cpu_area& area) noexcept {
    if (interrupt_table[0].type == 0)
        fill_interrupt_table();

    auto set_stack = [&area](interrupt_stack which, u64 end) {
        area.task.interrupt_stacks[static_cast<u8>(which) - 1] = end;
    };
    set_stack(interrupt_stack::bounce, end_of(area.bounce_stack));
    set_stack(interrupt_stack::fault, end_of(area.fault_stack));
    set_stack(interrupt_stack::nmi, end_of(area.nmi_stack));
    area.task.io_map = sizeof(task_state);
    area.block.emergency_stack = end_of(area.emergency_stack);

    const u64 task = reinterpret_cast<u64>(&area.task);
    area.descriptors[code_selector / 8] = 0x00af'9b00'0000'ffff;
    area.descriptors[data_selector / 8] = 0x00cf'9300'0000'ffff;
    area.descriptors[task_selector / 8] = (sizeof(task_state) - 1) | (task & 0xff'ffff) << 16 |
                                          u64{0x89} << 40 | (task >> 24 & 0xff) << 56;
    area.descriptors[task_selector / 8 + 1] = task >> 32;
    const table_pointer descriptors{sizeof(area.descriptors) - 1,
                                    reinterpret_cast<u64>(area.descriptors)};
    const table_pointer interrupts{sizeof(interrupt_table) - 1,
                                   reinterpret_cast<u64>(interrupt_table)};
    asm volatile("lgdt %0; lidt %1; ltr %w2" ::"m"(descriptors), "m"(interrupts),
                 "r"(task_selector));

    area.block.self = &area.block;
    write_msr(msr::gs_base, reinterpret_cast<u64>(&area.block));

    // SYSCALL stays in ring 0: its code selector is the kernel's, the stack selector follows it
    write_msr(msr::efer, read_msr(msr::efer) | 1);
    write_msr(msr::star, u64{code_selector} << 32);
    write_msr(msr::lstar, reinterpret_cast<u64>(system_call_entry));
    write_msr(msr::syscall_mask,
              flag_trap | flag_interrupt | flag_direction | flag_nested | flag_alignment);
}

}  // namespace osprey::arch
