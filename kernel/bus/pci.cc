// SPDX-License-Identifier: BSD-3-Clause
#include <arch/pci_ports.hh>
#include <base/bitmap.hh>
#include <base/log.hh>
#include <bus/acpi.hh>
#include <bus/pci.hh>
#include <memory/kernel_map.hh>

namespace osprey::bus::pci {
namespace {

constexpr u32 nothing = 0xffff'ffff;
constexpr u64 ecam_bus_bytes = u64{1} << 20;
constexpr u8 bridge_header = 1, multiple_functions = 0x80;

enum class mechanism : u8 { unknown, none, ports, window };
constinit mechanism how = mechanism::unknown;
constinit volatile u8* bus_windows[256] = {};  // ECAM, one per bus, mapped when first needed

volatile u8* bus_window(u8 bus) noexcept {
    if (bus_windows[bus])
        return bus_windows[bus];
    for (const auto& w : acpi::configuration_windows()) {
        if (w.segment != 0 || bus < w.first_bus || bus > w.last_bus)
            continue;
        auto mapped = memory::map_device(
            w.address + u64{static_cast<u8>(bus - w.first_bus)} * ecam_bus_bytes, ecam_bus_bytes);
        if (mapped)
            bus_windows[bus] = static_cast<volatile u8*>(*mapped);
    }
    return bus_windows[bus];
}

volatile u8* register_in_window(location at, u16 reg) noexcept {
    volatile u8* bus = bus_window(at.bus);
    return bus ? bus + (u32{at.device} << 15 | u32{at.function} << 12 | reg) : nullptr;
}

/// The ports reach all that drivers need of the first 256 bytes and cost no mapping, so the
/// window is for machines without them and for extended registers.
bool use_ports(u16 reg) noexcept {
    return how == mechanism::ports && reg < 256;
}

struct scan {
    const match* drivers;
    usize driver_count;
    u8 waiting[256];  // buses found but not looked at yet
    u32 waiting_count;
    bool known[256];
    function* first_found;
    function** last_link;

    void add_bus(u8 bus) noexcept {
        if (known[bus])
            return;
        known[bus] = true;
        waiting[waiting_count++] = bus;
    }
    void look_at_function(location at, u32 ids) noexcept {
        const u8 type = static_cast<u8>(read_config(at, header_type_register, 1));
        if ((type & 0x7f) == bridge_header) {
            add_bus(static_cast<u8>(read_config(at, secondary_bus_register, 1)));
            return;
        }
        const u32 class_and_revision = read_config(at, class_register, 4);
        log::debug("pci {:02x}:{:02x}.{}: {:04x}:{:04x} class {:06x}", at.bus, at.device,
                   at.function, ids & 0xffff, ids >> 16, class_and_revision >> 8);
        const match* driver = driver_for(ids);
        if (!driver)
            return;
        auto found = make_unique<function>(at, ids, class_and_revision, *driver);
        if (!found) {
            log::error("pci: no memory for a device");
            return;
        }
        function* f = found->release();  // drivers keep it
        f->prepare();
        *last_link = f;
        last_link = &f->next_found;
    }
    [[nodiscard]] const match* driver_for(u32 ids) const noexcept {
        for (const match* m = drivers; m != drivers + driver_count; ++m)
            if ((m->vendor == match::any || m->vendor == (ids & 0xffff)) &&
                ids >> 16 >= m->first_device && ids >> 16 <= m->last_device)
                return m;
        return nullptr;
    }
    void look_at_bus(u8 bus) noexcept {
        for (u8 device = 0; device < 32; ++device) {
            location at{bus, device, 0};
            const u32 ids = read_config(at, vendor_register, 4);
            if (ids == nothing || ids == 0)
                continue;
            look_at_function(at, ids);
            if (!(read_config(at, header_type_register, 1) & multiple_functions))
                continue;
            for (at.function = 1; at.function < 8; ++at.function)
                if (const u32 more = read_config(at, vendor_register, 4);
                    more != nothing && more != 0)
                    look_at_function(at, more);
        }
    }
};

}  // namespace

u32 read_config(location at, u16 reg, unsigned bytes) noexcept {
    if (use_ports(reg))
        return arch::pci_ports::read(at.bus, at.device, at.function, static_cast<u8>(reg), bytes);
    volatile u8* place = register_in_window(at, reg);
    if (!place)
        return nothing;
    switch (bytes) {
        case 1:
            return *place;
        case 2:
            return *reinterpret_cast<volatile u16*>(place);
        default:
            return *reinterpret_cast<volatile u32*>(place);
    }
}

void write_config(location at, u16 reg, unsigned bytes, u32 value) noexcept {
    if (use_ports(reg)) {
        arch::pci_ports::write(at.bus, at.device, at.function, static_cast<u8>(reg), bytes, value);
        return;
    }
    volatile u8* place = register_in_window(at, reg);
    if (!place)
        return;
    switch (bytes) {
        case 1:
            *place = static_cast<u8>(value);
            break;
        case 2:
            *reinterpret_cast<volatile u16*>(place) = static_cast<u16>(value);
            break;
        default:
            *reinterpret_cast<volatile u32*>(place) = value;
            break;
    }
}

u16 function::find_capability(u8 number, u16 after) const noexcept {
    constexpr u32 has_list = 0x10;
    if (!(read(status_register, 2) & has_list))
        return 0;
    const u16 link = after ? static_cast<u16>(after + 1) : u16{capabilities_register};
    u8 at = static_cast<u8>(read(link, 1));
    for (int left = 48; at >= 0x40 && left > 0; --left) {  // a list longer than that has a loop
        at &= 0xfc;
        const u32 entry = read(at, 2);
        if ((entry & 0xff) == number)
            return at;
        at = static_cast<u8>(entry >> 8);
    }
    return 0;
}

/// §6.2.5.1: all ones are written, the bits that stay zero tell the size.
base_address function::probe(unsigned index) const noexcept {
    const u16 reg = static_cast<u16>(first_bar_register + 4 * index);
    base_address result;
    const u32 low = read(reg, 4);
    if (low == 0)
        return result;
    write(reg, 4, nothing);
    const u32 low_mask = read(reg, 4);
    write(reg, 4, low);
    if (low_mask == 0 || low_mask == nothing)
        return result;
    if (low & 1) {
        result.ports = true;
        result.start = low & 0xfffcu;
        result.bytes = (~(low_mask & 0xfffcu) & 0xffff) + 1;
        return result;
    }
    result.start = low & ~0xfu;
    u64 mask = 0xffff'ffff'0000'0000 | (low_mask & ~0xfu);
    result.wide = (low >> 1 & 3) == 2;
    if (result.wide) {
        const u16 high_reg = static_cast<u16>(reg + 4);
        const u32 high = read(high_reg, 4);
        write(high_reg, 4, nothing);
        mask = u64{read(high_reg, 4)} << 32 | (low_mask & ~0xfu);
        write(high_reg, 4, high);
        result.start |= u64{high} << 32;
    }
    result.bytes = ~mask + 1;
    return result;
}

void function::prepare() noexcept {
    // Decoding is off meanwhile, so that nothing answers at the wrong place.
    const u32 command = read(command_register, 2);
    write(command_register, 2, command & ~u32{io_decoding | memory_decoding});
    for (unsigned i = 0; i < std::size(bases_); ++i) {
        bases_[i] = probe(i);
        if (bases_[i].wide)
            ++i;  // the next one is its upper half
    }
    write(command_register, 2, command | bus_mastering);
}

result<void*> function::map(unsigned index, u64 offset, u64 bytes) const noexcept {
    const base_address& bar = get_base_address(index);
    if (bar.start == 0 || bar.ports || offset > bar.bytes || bytes > bar.bytes - offset)
        return errc::no_device_or_address;
    return memory::map_device(physical_address{bar.start + offset}, bytes);
}

function* find(const match* drivers, usize count) noexcept {
    if (how == mechanism::unknown) {
        how = arch::pci_ports::present()               ? mechanism::ports
              : !acpi::configuration_windows().empty() ? mechanism::window
                                                       : mechanism::none;
    }
    if (how == mechanism::none)
        return nullptr;
    auto all = make_unique<scan>();
    if (!all) {
        log::error("pci: no memory to look for devices");
        return nullptr;
    }
    scan& s = **all;
    s.drivers = drivers;
    s.driver_count = count;
    s.last_link = &s.first_found;
    s.add_bus(0);
    for (u32 next = 0; next < s.waiting_count; ++next)
        s.look_at_bus(s.waiting[next]);
    return s.first_found;
}

void attach(function* first) noexcept {
    for (function* f = first; f; f = f->next_found)
        if (auto done = f->driver().attach(*f); !done)
            log::error("pci {:02x}:{:02x}.{}: {:04x}:{:04x} does not work: {}", f->where().bus,
                       f->where().device, f->where().function, f->vendor(), f->device(),
                       name_of(done.error()));
}

}  // namespace osprey::bus::pci
