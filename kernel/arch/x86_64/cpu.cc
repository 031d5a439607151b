// SPDX-License-Identifier: BSD-3-Clause
#include <arch/cpu.hh>
#include <arch/descriptors.hh>
#include <arch/fpu.hh>
#include <arch/interrupts.hh>
#include <arch/machine.hh>
#include <arch/per_cpu.hh>
#include <arch/start.hh>
#include <arch/string_functions.hh>
#include <cstring>

namespace osprey::arch {
namespace {

constinit cpu_area boot_cpu_area{};
constinit cpu_block* boot_cpu_only[1] = {&boot_cpu_area.block};
constinit cpu_block** blocks = boot_cpu_only;
constinit u32 running_cpus = 1;
constinit u64 entry_cycles = 0;

extern "C" char boot_percpu_area[], boot_stack_top[];

}  // namespace

void initialize_boot_cpu() noexcept {
    entry_cycles = cycle_counter();
    std::memcpy(boot_percpu_area, percpu_template_start,
                static_cast<usize>(percpu_template_end - percpu_template_start));
    cpu_block& block = boot_cpu_area.block;
    block.percpu_base =
        reinterpret_cast<u64>(boot_percpu_area) - reinterpret_cast<u64>(percpu_template_start);
    block.kernel_stack_top = reinterpret_cast<u64>(boot_stack_top);
    load_cpu(boot_cpu_area);
    initialize_fpu();
    choose_string_functions();
}

const char* missing_cpu_feature() noexcept {
    const struct {
        const char* name;
        u32 leaf;
        bool in_edx;
        u8 bit;
    } needed[] = {
        {"tsc", 1, true, 4},
        {"msr", 1, true, 5},
        {"apic", 1, true, 9},
        {"fxsr", 1, true, 24},
        {"sse2", 1, true, 26},
        {"syscall", 0x80000001, true, 11},
        {"lahf_lm", 0x80000001, false, 0},
    };
    for (const auto& feature : needed) {
        const auto answer = cpuid(feature.leaf);
        if (!((feature.in_edx ? answer.edx : answer.ecx) >> feature.bit & 1))
            return feature.name;
    }
    return nullptr;
}

void preempt_enable_slow() noexcept {
    // With interrupts off the switch waits for the next interrupt or preempt_enable
    if (interrupts_enabled())
        reschedule();
}

u64 boot_cycles() noexcept {
    return entry_cycles;
}

u32 cpu_count() noexcept {
    return running_cpus;
}

cpu_block& cpu(u32 id) noexcept {
    return *blocks[id];
}

void publish_cpus(cpu_block** all, u32 count) noexcept {
    blocks = all;
    running_cpus = count;
}

void halt_forever() noexcept {
    for (;;)
        asm volatile("cli; hlt");
}

}  // namespace osprey::arch
