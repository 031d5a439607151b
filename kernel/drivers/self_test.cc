// SPDX-License-Identifier: BSD-3-Clause
#include <drivers/self_test.hh>

#include <arch/clock.hh>
#include <arch/cpu.hh>
#include <atomic>
#include <base/log.hh>
#include <bus/pci.hh>
#include <sched/scheduler.hh>

namespace osprey::drivers {
namespace {

// QEMU's docs/specs/edu
constexpr u16 vendor_qemu = 0x1234, device_edu = 0x11e8;
constexpr usize identification = 0x00 / 4, status = 0x24 / 4, raise = 0x60 / 4,
                acknowledge = 0x64 / 4;
constexpr u32 identity_mask = 0xffff, identity = 0x00ed;
constexpr u32 rounds = 50;

constinit volatile u32* registers = nullptr;
constinit std::atomic<u32> arrived{0};
constinit std::atomic<u32> arrived_on{0};

void handle(void*) noexcept {
    if (const u32 reasons = registers[status]) {
        registers[acknowledge] = reasons;
        arrived_on = arch::cpu_id();
        arrived.fetch_add(1);
    }
}

bool interrupts_come(u32 cpu) noexcept {
    for (u32 i = 1; i <= rounds; ++i) {
        const u32 before = arrived;
        registers[raise] = i;
        const instant give_up = arch::now() + duration::seconds(10);
        while (arrived == before && arch::now() < give_up)
            sched::yield();
        if (arrived != before + 1 || arrived_on != cpu) {
            log::error("selftest: interrupt {} for CPU {}: {} came, the last on CPU {}", i, cpu,
                       arrived.load() - before, arrived_on.load());
            return false;
        }
    }
    return true;
}

constinit bool held = false;

result<void> attach(bus::pci::function& device) noexcept {
    registers = static_cast<volatile u32*>(TRY(device.map(0, 0, page_size)));
    if ((registers[identification] & identity_mask) != identity)
        return errc::no_device;
    device.set_command(bus::pci::memory_decoding);
    held = true;
    for (u32 cpu = 0; cpu < arch::cpu_count() && held; ++cpu) {
        TRY_VOID(device.bind_single(cpu, handle, nullptr, "edu"));
        held = interrupts_come(cpu);
    }
    log::notice("selftest: {} interrupts by MSI on {} CPUs", arrived.load(), arch::cpu_count());
    return ok;
}

}  // namespace

bool message_self_test() noexcept {
    static constexpr bus::pci::match drivers[] = {{vendor_qemu, device_edu, device_edu, attach}};
    bus::pci::attach(bus::pci::find(drivers, 1));
    return held;
}

}  // namespace osprey::drivers
