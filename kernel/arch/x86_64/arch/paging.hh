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
constexpr protection operator&(protection a, protection b) noexcept {
    return static_cast<protection>(static_cast<u8>(a) & static_cast<u8>(b));
}
constexpr protection operator~(protection a) noexcept {
    return static_cast<protection>(~static_cast<u8>(a) & 7);
}
constexpr bool allows(protection p, protection wanted) noexcept {
    return (static_cast<u8>(p) & static_cast<u8>(wanted)) == static_cast<u8>(wanted);
}
enum class caching : u8 { write_back, uncached, write_combining };

/// One page-table entry, at level 0 (4 KB), 1 (2 MB) or 2 (1 GB, kernel only). Intel SDM vol. 3A
/// §4.5. Application and kernel share ring 0, so no entry carries the user bit; accessed and dirty
/// are preset where the CPU would set them at once.
class page_table_entry {
    enum bit : u64 {
        present_bit = 1,
        writable_bit = 2,
        write_through_bit = 8,
        cache_disable_bit = 0x10,
        accessed_bit = 0x20,
        dirty_bit = 0x40,
        large_bit = 0x80,
        global_bit = 0x100,
        private_bit = 0x200,  // ours: the frame belongs to this mapping, not to a vm_object
        no_execute_bit = u64{1} << 63,
        frame_bits = 0x000f'ffff'ffff'f000,
    };

public:
    constexpr page_table_entry() noexcept = default;
    constexpr explicit page_table_entry(u64 bits) noexcept : bits_{bits} {}
    /// A leaf that maps `frame` with `prot`; `none` gives a present-less entry that keeps the
    /// frame.
    static constexpr page_table_entry leaf(physical_address frame, protection prot, bool large,
                                           caching mode = caching::write_back) noexcept {
        u64 bits = raw(frame) | (large ? u64{large_bit} : 0);
        // Without programming PAT there is no write-combining entry; uncached is correct, slower.
        if (mode != caching::write_back)
            bits |= cache_disable_bit | write_through_bit;
        return page_table_entry{bits}.with_protection(prot);
    }
    static constexpr page_table_entry table(physical_address next) noexcept {
        return page_table_entry{raw(next) | present_bit | writable_bit | accessed_bit};
    }

    [[nodiscard]] constexpr u64 bits() const noexcept { return bits_; }
    [[nodiscard]] constexpr bool empty() const noexcept { return bits_ == 0; }
    [[nodiscard]] constexpr bool present() const noexcept { return bits_ & present_bit; }
    [[nodiscard]] constexpr bool writable() const noexcept { return bits_ & writable_bit; }
    [[nodiscard]] constexpr bool executable() const noexcept { return !(bits_ & no_execute_bit); }
    [[nodiscard]] constexpr bool accessed() const noexcept { return bits_ & accessed_bit; }
    [[nodiscard]] constexpr bool dirty() const noexcept { return bits_ & dirty_bit; }
    [[nodiscard]] constexpr bool large() const noexcept { return bits_ & large_bit; }
    [[nodiscard]] constexpr bool is_private() const noexcept { return bits_ & private_bit; }
    [[nodiscard]] constexpr physical_address frame() const noexcept {
        return physical_address{bits_ & frame_bits};
    }

    /// The same frame with other rights.
    [[nodiscard]] constexpr page_table_entry with_protection(protection prot) const noexcept {
        u64 bits = bits_ & ~(present_bit | writable_bit | no_execute_bit);
        if (prot != protection::none)
            bits |= present_bit | accessed_bit;
        if (allows(prot, protection::write))
            bits |= writable_bit | dirty_bit;
        if (!allows(prot, protection::execute))
            bits |= no_execute_bit;
        return page_table_entry{bits};
    }
    [[nodiscard]] constexpr page_table_entry as_private() const noexcept {
        return page_table_entry{bits_ | private_bit};
    }
    [[nodiscard]] constexpr page_table_entry as_global() const noexcept {
        return page_table_entry{bits_ | global_bit};
    }
    [[nodiscard]] constexpr page_table_entry read_only() const noexcept {
        return page_table_entry{bits_ & ~(writable_bit | dirty_bit)};
    }
    [[nodiscard]] constexpr page_table_entry not_accessed() const noexcept {
        return page_table_entry{bits_ & ~u64{accessed_bit}};
    }
    /// One of the 512 small entries that together map what this large one does.
    [[nodiscard]] constexpr page_table_entry part(usize index) const noexcept {
        return page_table_entry{(bits_ & ~u64{large_bit}) + index * page_size};
    }

private:
    u64 bits_ = 0;
};
static_assert(sizeof(page_table_entry) == 8);

inline constexpr unsigned page_table_levels = 4;
inline constexpr usize page_table_entries = 512;
/// Which entry of its table, at `level` (0: lowest), translates `address`.
constexpr usize table_index(virtual_address address, unsigned level) noexcept {
    return address >> (page_shift + 9 * level) & (page_table_entries - 1);
}
/// Bytes that one entry at `level` covers.
constexpr u64 entry_span(unsigned level) noexcept {
    return page_size << 9 * level;
}
/// The entries of the root from here on are the kernel's, equal in all page tables.
inline constexpr usize first_kernel_root_entry = 256;

/// Has the CPU 1 GB pages?
bool has_huge_pages() noexcept;

/// The root that this CPU has loaded.
physical_address loaded_page_table() noexcept;
/// Loads the page table whose root is `root` on this CPU (nothing is done if it is loaded and no
/// shootdown was missed). Context: preemption off, or the scheduler.
void load_page_table(physical_address root) noexcept;
/// Makes every CPU that has `root` loaded load `instead`: before `root` is freed.
void leave_page_table(physical_address root, physical_address instead) noexcept;
/// Drops this CPU's translations. `flush_local(address)`: one page, even a global one;
/// `flush_local()`: all but global ones.
void flush_local(virtual_address address) noexcept;
void flush_local() noexcept;
/// TLB shootdown of application addresses: drops translations of [start, start+bytes) on every CPU
/// that has `root` loaded, and waits. CPUs that never ran the space, or left it, are not disturbed.
/// Context: threads, interrupts on.
void flush_page_table(physical_address root, virtual_address start, usize bytes) noexcept;
/// The same when page tables are about to be freed, which even idle CPUs must not walk any more.
void flush_freed_tables(physical_address root, virtual_address start, usize bytes) noexcept;
/// Tells that this CPU runs nothing that uses application addresses until `load_page_table` is
/// called again: shootdowns of application addresses leave it alone. Context: scheduler.
void enter_lazy_page_table() noexcept;
/// The same for kernel addresses, on every CPU.
void flush_everywhere(virtual_address start, usize bytes) noexcept;

/// Fills memory with zeros; fastest for whole pages, aligned.
inline void clear_memory(void* at, usize bytes) noexcept {
    __builtin_memset(at, 0, bytes);
}
inline void copy_page(void* to, const void* from) noexcept {
    __builtin_memcpy(to, from, page_size);
}

}  // namespace osprey::arch
