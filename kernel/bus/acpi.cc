// SPDX-License-Identifier: BSD-3-Clause
#include <arch/cpu.hh>
#include <arch/early_map.hh>
#include <arch/io.hh>
#include <base/log.hh>
#include <bus/acpi.hh>
#include <cstring>

namespace osprey::bus::acpi {
namespace {

constexpr usize most_tables = 48, most_io_apics = 8, most_overrides = 24, most_windows = 4;
constexpr usize most_processors = 1024;

constinit std::span<const u8> tables[most_tables];
constinit usize table_count = 0;
constinit u32 processor_ids[most_processors];
constinit usize processor_count = 0;
constinit io_apic controllers[most_io_apics];
constinit usize controller_count = 0;
constinit interrupt_override overrides[most_overrides];
constinit usize override_count = 0;
constinit configuration_window windows[most_windows];
constinit usize window_count = 0;
constinit physical_address apic_address{0xfee00000};
constinit physical_address hpet{};
constinit fixed_hardware fadt;
constinit void* reset_mapping = nullptr;
constinit void* sleep_mapping = nullptr;

constexpr usize header_size = 36;
constexpr usize longest_table = 1024 * 1024;

/// Could a table or register lie there? Physical addresses have 52 bits at most.
bool plausible(physical_address at) noexcept {
    return raw(at) != 0 && raw(at) < (u64{1} << 52) - longest_table;
}

template <typename T>
T get(std::span<const u8> bytes, usize offset) noexcept {
    T value{};
    if (offset + sizeof(T) <= bytes.size())
        std::memcpy(&value, bytes.data() + offset, sizeof(T));
    return value;
}

/// All bytes of a table sum to zero. Eight at a time in four lanes of 16 bits: tables are long, and
/// boot should be short.
bool checksum_holds(std::span<const u8> bytes) noexcept {
    constexpr u64 even = 0x00ff'00ff'00ff'00ff;
    u64 sum = 0;
    usize at = 0;
    for (; at + 8 <= bytes.size(); at += 8) {
        u64 word;
        __builtin_memcpy(&word, bytes.data() + at, 8);
        sum = ((sum & even) + (word & even)) + (word >> 8 & even);
    }
    sum = (sum & 0xffff) + (sum >> 16 & 0xffff) + (sum >> 32 & 0xffff) + (sum >> 48);
    for (; at < bytes.size(); ++at)
        sum += bytes[at];
    return (sum & 0xff) == 0;
}

std::string_view signature_of(std::span<const u8> table) noexcept {
    return {reinterpret_cast<const char*>(table.data()), 4};
}

/// Memory below 1 GB is shown by the early direct map; the rest gets a mapping of its own.
std::span<const u8> view(physical_address at, usize bytes) noexcept {
    const u8* data =
        bytes <= arch::early_direct_map_bytes && raw(at) <= arch::early_direct_map_bytes - bytes
            ? arch::direct<const u8>(at)
            : static_cast<const u8*>(arch::map_early(at, bytes, arch::caching::write_back));
    return {data, bytes};
}

std::span<const u8> read_table(physical_address at) noexcept {
    if (!plausible(at))
        return {};
    const u32 length = get<u32>(view(at, header_size), 4);
    if (length < header_size || length > longest_table)
        return {};
    auto table = view(at, length);
    if (!checksum_holds(table)) {
        log::warning("acpi: table {} has a wrong checksum, ignored", signature_of(table));
        return {};
    }
    return table;
}

void add_table(physical_address at) noexcept {
    if (table_count == most_tables)
        return;
    auto table = read_table(at);
    if (!table.empty())
        tables[table_count++] = table;
}

physical_address search_bios_area() noexcept {
    for (u64 at = 0xe0000; at < 0x100000; at += 16) {
        auto candidate = view(physical_address{at}, 20);
        if (std::memcmp(candidate.data(), "RSD PTR ", 8) == 0 && checksum_holds(candidate))
            return physical_address{at};
    }
    return {};
}

void read_root(physical_address at) noexcept {
    if (!plausible(at))
        return;
    auto rsdp = view(at, 36);
    if (std::memcmp(rsdp.data(), "RSD PTR ", 8) != 0)
        return;
    const u64 xsdt = get<u8>(rsdp, 15) >= 2 ? get<u64>(rsdp, 24) : 0;
    const usize entry_size = xsdt ? 8 : 4;
    auto root = read_table(physical_address{xsdt ? xsdt : get<u32>(rsdp, 16)});
    for (usize offset = header_size; offset + entry_size <= root.size(); offset += entry_size)
        add_table(physical_address{xsdt ? get<u64>(root, offset) : get<u32>(root, offset)});
}

void read_madt(std::span<const u8> madt) noexcept {
    apic_address = physical_address{get<u32>(madt, 36)};
    constexpr u32 usable = 3;  // enabled, or can be
    auto add_processor = [](u32 id, u32 flags) {
        if ((flags & 1) && (flags & usable) && processor_count < most_processors)
            processor_ids[processor_count++] = id;
    };
    for (usize at = 44; at + 2 <= madt.size();) {
        const u8 type = madt[at], length = madt[at + 1];
        if (length < 2 || at + length > madt.size())
            break;
        auto entry = madt.subspan(at, length);
        if (type == 0)
            add_processor(get<u8>(entry, 3), get<u32>(entry, 4));
        else if (type == 9)
            add_processor(get<u32>(entry, 4), get<u32>(entry, 8));
        else if (type == 1 && controller_count < most_io_apics)
            controllers[controller_count++] = {physical_address{get<u32>(entry, 4)},
                                               get<u8>(entry, 2), get<u32>(entry, 8)};
        else if (type == 2 && override_count < most_overrides)
            overrides[override_count++] = {get<u32>(entry, 4), get<u8>(entry, 3),
                                           (get<u16>(entry, 8) >> 2 & 3) == 3,
                                           (get<u16>(entry, 8) & 3) == 3};
        else if (type == 5)
            apic_address = physical_address{get<u64>(entry, 4)};
        at += length;
    }
}

generic_register get_register(std::span<const u8> table, usize offset) noexcept {
    return {physical_address{get<u64>(table, offset + 4)}, get<u8>(table, offset),
            get<u8>(table, offset + 1)};
}

/// Finds `Name (_S5, Package () {a, b, …})` in AML (§20.2): its encoding is fixed enough.
void read_s5(std::span<const u8> aml) noexcept {
    auto integer = [&aml](usize& at) -> u8 {
        constexpr u8 byte_prefix = 0x0a;
        if (get<u8>(aml, at) == byte_prefix)
            ++at;
        return get<u8>(aml, at++);
    };
    constexpr u32 name = '_' | 'S' << 8 | '5' << 16 | '_' << 24;
    constexpr u8 package = 0x12;
    u32 last_four = 0;
    for (usize at = header_size; at < aml.size(); ++at) {
        last_four = last_four >> 8 | u32{aml[at]} << 24;
        if (last_four != name || get<u8>(aml, at + 1) != package)
            continue;
        at += 2;
        at += 1 + (get<u8>(aml, at) >> 6);  // package length
        ++at;                               // number of elements
        fadt.s5_type_a = integer(at) & 7;
        fadt.s5_type_b = integer(at) & 7;
        fadt.can_switch_off = true;
        return;
    }
}

void read_fadt(std::span<const u8> table) noexcept {
    constexpr u32 flag_timer_32bit = 1 << 8, flag_reset = 1 << 10, flag_reduced = 1 << 20;
    const u32 flags = get<u32>(table, 112);
    fadt.boot_architecture = get<u16>(table, 109);
    fadt.century_register = get<u8>(table, 108);
    if (flags & flag_reduced) {
        fadt.sleep_control = get_register(table, 244);
    } else {
        fadt.pm_timer_port = static_cast<u16>(get<u32>(table, 76));
        fadt.pm_timer_32bit = flags & flag_timer_32bit;
        fadt.pm1a_control = {physical_address{get<u32>(table, 64)}, 1, 16};
        fadt.pm1b_control = {physical_address{get<u32>(table, 68)}, 1, 16};
    }
    if (flags & flag_reset) {
        fadt.reset = get_register(table, 116);
        fadt.reset_value = get<u8>(table, 128);
    }
    u64 dsdt = table.size() >= 148 ? get<u64>(table, 140) : 0;
    if (dsdt == 0)
        dsdt = get<u32>(table, 40);
    if (dsdt != 0) {
        const auto definitions = read_table(physical_address{dsdt});
        read_s5(definitions);
        if (!definitions.empty() && table_count < most_tables)
            tables[table_count++] = definitions;
    }
    auto map = [](const generic_register& reg) -> void* {
        return reg && reg.space == 0 && plausible(reg.address)
                   ? arch::map_early(reg.address, 8, arch::caching::uncached)
                   : nullptr;
    };
    reset_mapping = map(fadt.reset);
    sleep_mapping = map(fadt.sleep_control);
}

void read_mcfg(std::span<const u8> mcfg) noexcept {
    for (usize at = 44; at + 16 <= mcfg.size() && window_count < most_windows; at += 16)
        windows[window_count++] = {physical_address{get<u64>(mcfg, at)}, get<u16>(mcfg, at + 8),
                                   get<u8>(mcfg, at + 10), get<u8>(mcfg, at + 11)};
}

}  // namespace

void initialize(physical_address rsdp) noexcept {
    if (raw(rsdp) == 0)
        rsdp = search_bios_area();
    if (raw(rsdp) != 0)
        read_root(rsdp);
    if (table_count == 0) {
        log::warning("acpi: no tables, assuming one CPU");
        return;
    }
    if (auto madt = find_table("APIC"); !madt.empty())
        read_madt(madt);
    if (auto table = find_table("FACP"); !table.empty())
        read_fadt(table);
    if (auto table = find_table("HPET"); !table.empty())
        hpet = get_register(table, 40).address;
    if (auto table = find_table("MCFG"); !table.empty())
        read_mcfg(table);
    log::debug("acpi: {} tables, {} CPUs, {} I/O APICs", table_count, processor_count,
               controller_count);
}

bool present() noexcept {
    return table_count != 0;
}

std::span<const u8> find_table(std::string_view signature, unsigned index) noexcept {
    for (usize i = 0; i < table_count; ++i)
        if (signature_of(tables[i]) == signature && index-- == 0)
            return tables[i];
    return {};
}

physical_address local_apic_address() noexcept {
    return apic_address;
}
std::span<const u32> processors() noexcept {
    return {processor_ids, processor_count};
}
std::span<const io_apic> io_apics() noexcept {
    return {controllers, controller_count};
}
std::span<const interrupt_override> interrupt_overrides() noexcept {
    return {overrides, override_count};
}
u32 gsi_of_irq(u8 irq) noexcept {
    for (const auto& o : interrupt_overrides())
        if (o.irq == irq)
            return o.gsi;
    return irq;
}
physical_address hpet_address() noexcept {
    return hpet;
}
std::span<const configuration_window> configuration_windows() noexcept {
    return {windows, window_count};
}
const fixed_hardware& fixed() noexcept {
    return fadt;
}

void write_register(const generic_register& reg, u32 value) noexcept {
    if (reg.space == 1) {
        const u16 port = static_cast<u16>(raw(reg.address));
        if (reg.bits == 16)
            arch::port_out16(port, static_cast<u16>(value));
        else if (reg.bits == 32)
            arch::port_out32(port, value);
        else
            arch::port_out8(port, static_cast<u8>(value));
        return;
    }
    void* mapping = &reg == &fadt.reset ? reset_mapping : sleep_mapping;
    if (mapping)
        *static_cast<volatile u8*>(mapping) = static_cast<u8>(value);
}

}  // namespace osprey::bus::acpi
