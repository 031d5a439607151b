// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <base/result.hh>
#include <base/types.hh>

namespace osprey::arch {

inline constexpr virtual_address application_limit = 0x0000'7fff'ffff'f000;  // Linux TASK_SIZE
inline constexpr virtual_address direct_map_base = 0xffff'8000'0000'0000;
inline constexpr virtual_address frame_table_base = 0xffff'c000'0000'0000;
inline constexpr virtual_address kernel_map_base = 0xffff'e000'0000'0000;  // stacks, MMIO
inline constexpr virtual_address kernel_map_end = 0xffff'e080'0000'0000;
inline constexpr virtual_address kernel_image_base = 0xffff'ffff'8000'0000;

/// Where physical memory is seen by the kernel. Valid for all RAM once memory/ is up.
template <typename T = void>
T* direct(physical_address a) noexcept {
    return reinterpret_cast<T*>(raw(a) + direct_map_base);
}
inline physical_address physical_of_direct(const void* p) noexcept {
    return physical_address{reinterpret_cast<u64>(p) - direct_map_base};
}

enum class protection : u8 { none = 0, read = 1, write = 2, execute = 4 };
constexpr protection operator|(protection a, protection b) noexcept {
    return static_cast<protection>(static_cast<u8>(a) | static_cast<u8>(b));
}
constexpr bool allows(protection p, protection wanted) noexcept {
    return (static_cast<u8>(p) & static_cast<u8>(wanted)) == static_cast<u8>(wanted);
}
enum class caching : u8 { write_back, uncached, write_combining };

/// One page-table entry, at level 0 (4 KB) or 1 (2 MB). Intel SDM vol. 3A §4.5.
class page_table_entry {
public:
    constexpr page_table_entry() noexcept = default;
    constexpr explicit page_table_entry(u64 bits) noexcept : bits_{bits} {}
    /// A leaf that maps `frame` with `prot`; `none` gives a present-less entry that keeps the
    /// frame.
    static page_table_entry leaf(physical_address frame, protection prot, bool large,
                                 caching mode = caching::write_back) noexcept;
    static page_table_entry table(physical_address next) noexcept;

    [[nodiscard]] constexpr u64 bits() const noexcept { return bits_; }
    [[nodiscard]] constexpr bool empty() const noexcept { return bits_ == 0; }
    [[nodiscard]] constexpr bool present() const noexcept { return bits_ & 1; }
    [[nodiscard]] constexpr bool writable() const noexcept { return bits_ & 2; }
    [[nodiscard]] constexpr bool accessed() const noexcept { return bits_ & 0x20; }
    [[nodiscard]] constexpr bool dirty() const noexcept { return bits_ & 0x40; }
    [[nodiscard]] constexpr bool large() const noexcept { return bits_ & 0x80; }
    [[nodiscard]] constexpr physical_address frame() const noexcept {
        return physical_address{bits_ & 0x000f'ffff'ffff'f000};
    }

private:
    u64 bits_ = 0;
};
static_assert(sizeof(page_table_entry) == 8);

inline constexpr unsigned page_table_levels = 4;
inline constexpr usize page_table_entries = 512;

/// Loads the page table whose root is `root` on this CPU (nothing is done if it is loaded).
void load_page_table(physical_address root) noexcept;
/// Drops this CPU's translations. `flush_local(address)`: one page; `flush_local()`: all.
void flush_local(virtual_address address) noexcept;
void flush_local() noexcept;
/// TLB shootdown: drops translations of [start, start+bytes) on every CPU in `cpus` (bit mask by
/// CPU number, in words) that is not idle-flushed, and waits. Context: threads, interrupts on.
void flush_everywhere(virtual_address start, usize bytes) noexcept;

}  // namespace osprey::arch
