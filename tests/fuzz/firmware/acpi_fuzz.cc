// SPDX-License-Identifier: BSD-3-Clause
// ACPI tables of a machine whose firmware is broken. The input is the low memory; checksums are
// made right, as otherwise nothing would be read.
#include <bus/acpi.cc>  // its tables are looked at and emptied here
#include <cstdlib>

using namespace osprey;
using namespace osprey::bus;

namespace {

void require(bool holds) {
    if (!holds)
        std::abort();
}

void forget_all() {
    acpi::table_count = acpi::processor_count = acpi::controller_count = 0;
    acpi::override_count = acpi::window_count = 0;
    acpi::fadt = {};
    acpi::hpet = {};
}

/// Makes the sums of all that looks like a table right.
void set_checksums(std::vector<u8>& memory) {
    for (usize at = 64; at + 36 <= memory.size(); at += 64) {
        u32 length;
        std::memcpy(&length, &memory[at + 4], 4);
        if (length < 36 || length > memory.size() - at)
            continue;
        u8 sum = 0;
        memory[at + 9] = 0;
        for (usize i = 0; i < length; ++i)
            sum = static_cast<u8>(sum + memory[at + i]);
        memory[at + 9] = static_cast<u8>(-sum);
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const u8* data, usize size) {
    forget_all();
    fuzz::memory.assign(arch::early_direct_map_bytes, 0);
    fuzz::memory.shrink_to_fit();
    std::memcpy(fuzz::memory.data() + 64, data, size);
    u64 root = 64;
    if (size >= 8 && data[0] == 1)
        std::memcpy(&root, data, 8);
    else
        std::memcpy(fuzz::memory.data() + 64, "RSD PTR ", 8);
    set_checksums(fuzz::memory);
    if (setjmp(fuzz::refused))
        return 0;
    if (root == 0)
        return 0;  // searches the BIOS area, which this machine lacks
    acpi::initialize(physical_address{root});
    for (const char* name : {"APIC", "FACP", "HPET", "MCFG", "DSDT", "SRAT"})
        for (unsigned i = 0; i < 3; ++i) {
            auto table = acpi::find_table(name, i);
            u8 sum = 0;
            for (u8 byte : table)
                sum = static_cast<u8>(sum + byte);
            require(table.empty() || (table.size() >= 36 && sum == 0));
        }
    for (unsigned irq = 0; irq < 256; ++irq)
        (void)acpi::gsi_of_irq(static_cast<u8>(irq));
    require(acpi::processors().size() <= 1024 && acpi::io_apics().size() <= 8);
    return 0;
}
