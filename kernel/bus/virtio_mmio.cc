// SPDX-License-Identifier: BSD-3-Clause
#include <arch/pci_ports.hh>
#include <base/log.hh>
#include <bus/acpi.hh>
#include <bus/virtio_mmio.hh>
#include <cstring>

namespace osprey::bus {
namespace {

using visitor = void (*)(const virtio_mmio_window&);

template <typename T>
T get(std::span<const u8> table, usize at) noexcept {
    T value{};
    if (at + sizeof(T) <= table.size())
        std::memcpy(&value, table.data() + at, sizeof(T));
    return value;
}

/// There is no AML interpreter. A virtio-mmio device of the name space is a hardware id and a
/// buffer of resource descriptors behind it (ACPI 6.4 §6.4.3.4 and §6.4.3.6), found by their bytes.
usize visit_acpi(std::span<const u8> dsdt, visitor visit) noexcept {
    constexpr std::string_view hardware_id = "LNRO0005";
    constexpr usize farthest = 96;
    constexpr u8 fixed_memory = 0x86, extended_interrupt = 0x89;
    const std::string_view bytes{reinterpret_cast<const char*>(dsdt.data()), dsdt.size()};
    usize found = 0;
    for (usize at = 0; (at = bytes.find(hardware_id, at)) != bytes.npos;) {
        at += hardware_id.size();
        virtio_mmio_window window;
        const usize end = at + farthest < dsdt.size() ? at + farthest : dsdt.size();
        for (usize i = at; i + 9 <= end; ++i) {
            if (dsdt[i] == fixed_memory && get<u16>(dsdt, i + 1) == 9 && window.bytes == 0) {
                window.start = physical_address{get<u32>(dsdt, i + 4)};
                window.bytes = get<u32>(dsdt, i + 8);
                i += 11;
            } else if (dsdt[i] == extended_interrupt && window.bytes != 0 &&
                       get<u16>(dsdt, i + 1) >= 6) {
                window.gsi = get<u32>(dsdt, i + 5);
                visit(window);
                ++found;
                break;
            }
        }
    }
    return found;
}

u64 take_number(std::string_view& text) noexcept {
    u64 value = 0, base = 10;
    if (text.starts_with("0x")) {
        base = 16;
        text.remove_prefix(2);
    }
    while (!text.empty()) {
        const char c = text.front();
        u64 digit = c >= '0' && c <= '9' ? static_cast<u64>(c - '0') : ~u64{0};
        if (base == 16 && c >= 'a' && c <= 'f')
            digit = static_cast<u64>(c - 'a' + 10);
        if (digit >= base)
            break;
        value = value * base + digit;
        text.remove_prefix(1);
    }
    return value;
}

usize visit_command_line(std::string_view line, visitor visit) noexcept {
    constexpr std::string_view key = "virtio_mmio.device=";
    usize found = 0;
    for (usize at = 0; (at = line.find(key, at)) != line.npos;) {
        at += key.size();
        std::string_view text = line.substr(at);
        virtio_mmio_window window;
        u64 bytes = take_number(text);
        if (text.starts_with('K')) {
            bytes *= 1024;
            text.remove_prefix(1);
        }
        if (!text.starts_with('@'))
            continue;
        text.remove_prefix(1);
        window.start = physical_address{take_number(text)};
        if (!text.starts_with(':'))
            continue;
        text.remove_prefix(1);
        window.gsi = static_cast<u32>(take_number(text));
        window.bytes = static_cast<u32>(bytes);
        visit(window);
        ++found;
    }
    return found;
}

}  // namespace

void for_each_virtio_mmio_window(std::string_view command_line, visitor visit) noexcept {
    if (visit_command_line(command_line, visit) != 0)
        return;
    if (acpi::present()) {
        visit_acpi(acpi::find_table("DSDT"), visit);
        return;
    }
    if (arch::pci_ports::present())
        return;
    // QEMU hw/i386/microvm.c: eight transports without ACPI, the first on input 5
    for (u32 i = 0; i < 8; ++i)
        visit({physical_address{0xfeb0'0000} + u64{i} * 512, 512, 5 + i});
}

}  // namespace osprey::bus
