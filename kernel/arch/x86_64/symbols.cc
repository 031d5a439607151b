// SPDX-License-Identifier: BSD-3-Clause
// The symbol table that the build makes from a first link of the kernel (symbols.awk).
#include <arch/backtrace.hh>
#include <arch/paging.hh>
#include <cstring>

namespace osprey::arch {
namespace {

extern "C" {
// Absent in the first link
[[gnu::weak]] extern const u32 kernel_symbol_count;
[[gnu::weak]] extern const u32 kernel_symbol_offsets[];  // from kernel_image_base, ascending
[[gnu::weak]] extern const char kernel_symbol_text[];    // names, each ended by NUL
[[gnu::weak]] extern const u32 kernel_symbol_marks[];    // where every 64th name begins
}

}  // namespace

symbol find_symbol(virtual_address address) noexcept {
    if (!&kernel_symbol_count || !is_kernel_text(address))
        return {};
    const u32 offset = static_cast<u32>(address - kernel_image_base);
    u32 low = 0, high = kernel_symbol_count;
    while (low < high) {
        const u32 middle = low + (high - low) / 2;
        if (kernel_symbol_offsets[middle] <= offset)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == 0)
        return {};
    constexpr u32 between_marks = 64;
    const u32 index = low - 1;
    const char* name = kernel_symbol_text + kernel_symbol_marks[index / between_marks];
    for (u32 i = index % between_marks; i > 0; --i)
        name += std::strlen(name) + 1;
    return {name, offset - kernel_symbol_offsets[index]};
}

void for_each_symbol(bool (*visit)(virtual_address, std::string_view, void*),
                     void* context) noexcept {
    if (!&kernel_symbol_count)
        return;
    const char* name = kernel_symbol_text;
    for (u32 i = 0; i < kernel_symbol_count; ++i, name += std::strlen(name) + 1)
        if (!visit(kernel_image_base + kernel_symbol_offsets[i], name, context))
            return;
}

}  // namespace osprey::arch
