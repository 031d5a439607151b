// SPDX-License-Identifier: BSD-3-Clause
// The start information of the PVH protocol: Xen public headers, arch-x86/hvm/start_info.h.
#include <arch/cpu.hh>
#include <arch/early_map.hh>
#include <base/assert.hh>
#include <base/log.hh>
#include <boot/boot_info.hh>
#include <cstring>

namespace osprey::boot {
namespace {

struct start_information {
    u32 magic;
    u32 version;
    u32 flags;
    u32 module_count;
    u64 modules;
    u64 command_line;
    u64 rsdp;
    // version 1
    u64 memory_map;
    u32 memory_map_entries;
    u32 reserved;
};
static_assert(sizeof(start_information) == 56);

struct map_entry {
    u64 start;
    u64 bytes;
    u32 type;
    u32 reserved;
};
static_assert(sizeof(map_entry) == 24);

struct module_entry {
    u64 start;
    u64 bytes;
    u64 command_line;
    u64 reserved;
};

constexpr usize map_capacity = 128, module_capacity = 4, command_line_capacity = 4096;

constinit memory_range map[map_capacity];
constinit memory_range modules[module_capacity];
constinit char command_line[command_line_capacity];
constinit boot_info loader_info;

constinit memory::boot_range ram[map_capacity];
constinit memory::boot_range unoccupied[map_capacity + 8];
constinit usize ram_count = 0, unoccupied_count = 0;
constinit u64 trampoline = 0;

extern "C" char kernel_image_start[], kernel_image_end[];

template <typename T>
const T* visible(u64 physical, u64 bytes = sizeof(T)) noexcept {
    ensure(
        bytes <= arch::early_direct_map_bytes && physical <= arch::early_direct_map_bytes - bytes,
        "boot information lies above 1 GB");
    return arch::direct<const T>(physical_address{physical});
}

/// Entry `index` of the loader's array at `physical`. Copied, as nobody promises an alignment.
template <typename T>
T entry_of(u64 physical, u32 index) noexcept {
    T entry;
    std::memcpy(&entry, visible<u8>(physical + u64{index} * sizeof(T), sizeof(T)), sizeof(T));
    return entry;
}

/// Sorts by address. Loaders hand over a few sorted entries, so insertion is the right way.
void sort(memory_range* ranges, usize count) noexcept {
    for (usize i = 1; i < count; ++i)
        for (usize j = i; j > 0 && ranges[j].start < ranges[j - 1].start; --j)
            std::swap(ranges[j], ranges[j - 1]);
}

/// Collects the usable ranges, cut to whole pages and joined where they touch.
void collect_ram(usize count) noexcept {
    for (usize i = 0; i < count; ++i) {
        // Physical addresses have 52 bits at most; what claims to lie above is no memory.
        constexpr u64 limit = u64{1} << 52;
        if (map[i].kind != memory_kind::usable || map[i].start >= limit ||
            map[i].bytes > limit - map[i].start)
            continue;
        u64 start = align_up(map[i].start, page_size);
        const u64 end = align_down(map[i].start + map[i].bytes, page_size);
        if (ram_count != 0) {
            auto& last = ram[ram_count - 1];
            const u64 last_end = raw(last.start) + last.bytes;
            if (start < last_end)
                start = last_end;
            if (start == last_end && end > start) {
                last.bytes += end - start;
                continue;
            }
        }
        if (end > start)
            ram[ram_count++] = {physical_address{start}, end - start};
    }
}

/// Takes [start, start+bytes), widened to whole pages, out of the free memory.
void occupy(u64 start, u64 bytes) noexcept {
    constexpr u64 highest = align_down(~u64{0}, page_size);  // a module may claim to end beyond it
    const u64 end =
        start > highest || bytes > highest - start ? highest : align_up(start + bytes, page_size);
    start = align_down(start, page_size);
    for (usize i = 0; i < unoccupied_count; ++i) {
        auto& r = unoccupied[i];
        const u64 r_start = raw(r.start), r_end = r_start + r.bytes;
        if (end <= r_start || start >= r_end)
            continue;
        if (start > r_start && end < r_end) {  // splits: the upper part becomes a new entry
            ensure(unoccupied_count < std::size(unoccupied), "memory map too fragmented");
            std::memmove(unoccupied + i + 2, unoccupied + i + 1,
                         (unoccupied_count - i - 1) * sizeof r);
            ++unoccupied_count;
            unoccupied[i + 1] = {physical_address{end}, r_end - end};
            r.bytes = start - r_start;
            return;
        }
        if (start > r_start) {
            r.bytes = start - r_start;
        } else if (end < r_end) {
            r = {physical_address{end}, r_end - end};
        } else {
            std::memmove(unoccupied + i, unoccupied + i + 1, (unoccupied_count - i - 1) * sizeof r);
            --unoccupied_count;
            --i;
        }
    }
}

void choose_trampoline() noexcept {
    for (usize i = 0; i < unoccupied_count; ++i) {
        const u64 end = raw(unoccupied[i].start) + unoccupied[i].bytes;
        if (unoccupied[i].bytes >= page_size && end <= 0xa0000) {
            trampoline = end - page_size;
            occupy(trampoline, page_size);
            return;
        }
    }
}

}  // namespace

const boot_info& info() noexcept {
    return loader_info;
}

memory::boot_memory early_memory() noexcept {
    return {{ram, ram_count}, {unoccupied, unoccupied_count}, arch::early_direct_map_bytes};
}

physical_address trampoline_page() noexcept {
    return physical_address{trampoline};
}

void read_pvh_start_info(u32 start_info) noexcept {
    const auto start = entry_of<start_information>(start_info, 0);
    loader_info.rsdp = physical_address{start.rsdp};

    if (start.command_line != 0) {
        const char* text = visible<char>(start.command_line, command_line_capacity);
        usize length = 0;
        while (length < command_line_capacity && text[length] != '\0')
            ++length;
        std::memcpy(command_line, text, length);
        loader_info.command_line = {command_line, length};
    }

    usize count = 0;
    if (start.version >= 1 && start.memory_map != 0) {
        for (u32 i = 0; i < start.memory_map_entries && count < map_capacity; ++i) {
            const auto entry = entry_of<map_entry>(start.memory_map, i);
            map[count++] = {entry.start, entry.bytes, static_cast<memory_kind>(entry.type)};
        }
    }
    sort(map, count);
    loader_info.memory_map = {map, count};

    usize module_count = 0;
    if (start.modules != 0) {
        for (u32 i = 0; i < start.module_count && module_count < module_capacity; ++i) {
            const auto entry = entry_of<module_entry>(start.modules, i);
            modules[module_count++] = {entry.start, entry.bytes, memory_kind::reserved};
        }
    }
    loader_info.modules = {modules, module_count};

    collect_ram(count);
    std::memcpy(unoccupied, ram, ram_count * sizeof ram[0]);
    unoccupied_count = ram_count;
    occupy(0, page_size);  // address 0 stays nobody's
    const u64 image = reinterpret_cast<u64>(kernel_image_start) - arch::kernel_image_base;
    occupy(image, static_cast<u64>(kernel_image_end - kernel_image_start));
    for (usize i = 0; i < module_count; ++i)
        occupy(modules[i].start, modules[i].bytes);
    choose_trampoline();
}

}  // namespace osprey::boot
