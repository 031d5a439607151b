// SPDX-License-Identifier: BSD-3-Clause
#include <arch/platform.hh>
#include <base/log.hh>
#include <boot/boot_info.hh>
#include <boot/platform.hh>
#include <bus/acpi.hh>
#include <hypervisor/detect.hh>
#include <hypervisor/kvm.hh>

namespace osprey::boot {
namespace {

constexpr arch::hypervisor_clock kvmclock{
    "kvmclock", hypervisor::kvm::enable_clock, hypervisor::kvm::read_clock,
    hypervisor::kvm::cycle_frequency, hypervisor::kvm::read_wall_clock};

}  // namespace

void describe_platform() noexcept {
    namespace acpi = bus::acpi;
    hypervisor::detect();
    acpi::initialize(info().rsdp);
    arch::platform_description p;
    p.has_tables = acpi::present();
    p.local_apic = acpi::local_apic_address();
    p.processors = acpi::processors();
    for (const auto& c : acpi::io_apics()) {
        if (p.io_apic_count == std::size(p.io_apics)) {
            log::error("acpi: I/O APICs after the first {} stay unused", p.io_apic_count);
            break;
        }
        p.io_apics[p.io_apic_count++] = {c.address, c.first_gsi};
    }
    p.hpet = acpi::hpet_address();
    p.pm_timer_port = acpi::fixed().pm_timer_port;
    p.pm_timer_32bit = acpi::fixed().pm_timer_32bit;
    p.century_register = acpi::fixed().century_register;
    if (hypervisor::kvm::has_clock())
        p.clock = &kvmclock;
    arch::set_platform(p);
}

}  // namespace osprey::boot
