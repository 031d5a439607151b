// SPDX-License-Identifier: BSD-3-Clause
#include <arch/cpu.hh>
#include <arch/machine.hh>
#include <arch/per_cpu.hh>
#include <arch/start.hh>

namespace osprey::arch {
namespace {

constinit cpu_block boot_cpu_block{};

}  // namespace

void initialize_boot_cpu() noexcept {
    boot_cpu_block.self = &boot_cpu_block;
    write_msr(msr::gs_base, reinterpret_cast<u64>(&boot_cpu_block));
}

void halt_forever() noexcept {
    for (;;)
        asm volatile("cli; hlt");
}

}  // namespace osprey::arch
