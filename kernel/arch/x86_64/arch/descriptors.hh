// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <arch/cpu.hh>
#include <arch/trace_site.hh>
#include <base/types.hh>

namespace osprey::arch {

/// 64-bit task state segment: only its stack table is of use (Intel SDM vol. 3A §8.7).
struct [[gnu::packed]] task_state {
    u32 reserved0 = 0;
    u64 privilege_stacks[3] = {};
    u64 reserved1 = 0;
    u64 interrupt_stacks[7] = {};  // IST 1…7
    u64 reserved2 = 0;
    u16 reserved3 = 0;
    u16 io_map = 0;  // set by load_cpu
};
static_assert(sizeof(task_state) == 104);

/// Which IST stack serves what.
enum class interrupt_stack : u8 { bounce = 1, fault = 2, nmi = 3 };

/// Everything the processor itself needs of one CPU. The bounce stack holds one frame for a few
/// instructions; double faults and machine checks end on the fault stack, and so does the report
/// of a kernel stack overflow, on its upper part.
struct alignas(64) cpu_area {
    cpu_block block{};
    alignas(16) u64 descriptors[5] = {};
    alignas(128) task_state task{};
    alignas(16) u8 bounce_stack[256];
    alignas(16) u8 nmi_stack[2048];
    alignas(16) u8 fault_stack[6 * 1024];
    alignas(16) u8 emergency_stack[6 * 1024];
    u64 event_counts[event_capacity];  // see arch/trace_site.hh
};

/// Makes `cpu` and `cpu_count` answer for more than the boot CPU; `all` must stay.
void publish_cpus(cpu_block** all, u32 count) noexcept;

/// Loads descriptor table, task state, interrupt table, GS base, system-call registers and the
/// control registers of the running CPU. Interrupts off.
void load_cpu(cpu_area& area) noexcept;

}  // namespace osprey::arch
