// SPDX-License-Identifier: BSD-3-Clause
#include <fs/erofs/image.hh>

namespace osprey::fs::erofs {
namespace {
constexpr auto damaged = errc::structure_needs_cleaning;
constexpr usize longest_name = 255;
}  // namespace

/// One block of a directory: entries, then their names. The whole directory is sorted by name, so
/// that look-ups are binary searches, first over blocks, then inside one.
struct image::directory_block {
    const u8* data = nullptr;
    u32 bytes = 0;
    u32 count = 0;

    [[nodiscard]] directory_entry entry(u32 i) const noexcept {
        return load<directory_entry>(data + i * sizeof(directory_entry));
    }
    [[nodiscard]] result<std::string_view> name(u32 i) const noexcept {
        const u32 start = entry(i).name_offset;
        const bool last = i + 1 == count;
        const u32 end = last ? bytes : entry(i + 1).name_offset;
        if (start < count * sizeof(directory_entry) || start >= end || end > bytes)
            return damaged;
        const auto* text = reinterpret_cast<const char*>(data + start);
        usize length = end - start;
        if (last)  // zeros fill the block up
            if (const void* zero = std::memchr(text, 0, length))
                length = static_cast<usize>(static_cast<const char*>(zero) - text);
        if (length == 0 || length > longest_name)
            return damaged;
        return std::string_view{text, length};
    }
};

result<void> image::open_directory_block(metadata_reader& reader, const inode& directory, u64 block,
                                         directory_block& out) noexcept {
    u64 place;
    const u64 rest = directory.size - (block << block_shift);
    out.bytes = static_cast<u32>(rest < block_bytes ? rest : block_bytes);
    if (directory.layout == data_layout::inline_tail && block + 1 == directory.blocks())
        place = directory.body;
    else if (directory.layout == data_layout::inline_tail || directory.layout == data_layout::plain)
        place = (directory.where + block) << block_shift;
    else
        return errc::not_supported;
    if (out.bytes < sizeof(directory_entry))
        return damaged;
    out.data = TRY(reader.at(place, out.bytes));
    const u32 names = load<directory_entry>(out.data).name_offset;
    if (names < sizeof(directory_entry) || names % sizeof(directory_entry) || names >= out.bytes)
        return damaged;
    out.count = names / sizeof(directory_entry);
    return {};
}

result<image::found_name> image::lookup(const inode& directory, std::string_view name) noexcept {
    metadata_reader reader{source_};
    directory_block block;
    // The last block that begins with a name not after the wanted one
    u64 low = 0, high = directory.blocks();
    while (high - low > 1) {
        const u64 middle = low + (high - low) / 2;
        TRY_VOID(open_directory_block(reader, directory, middle, block));
        if (TRY(block.name(0)) <= name)
            low = middle;
        else
            high = middle;
    }
    if (low == high)
        return errc::no_entry;
    TRY_VOID(open_directory_block(reader, directory, low, block));
    u32 first = 0, last = block.count;
    while (first < last) {
        const u32 middle = first + (last - first) / 2;
        const int order = TRY(block.name(middle)).compare(name);
        if (order == 0) {
            const auto entry = block.entry(middle);
            return found_name{entry.nid, entry.type};
        }
        if (order < 0)
            first = middle + 1;
        else
            last = middle;
    }
    return errc::no_entry;
}

result<void> image::list(const inode& directory, u64 cookie, entry_sink& to) noexcept {
    metadata_reader reader{source_};
    directory_block block;
    u32 i = static_cast<u32>(cookie & (block_bytes - 1));
    for (u64 number = cookie >> block_shift; number < directory.blocks(); ++number, i = 0) {
        TRY_VOID(open_directory_block(reader, directory, number, block));
        for (; i < block.count; ++i) {
            const auto entry = block.entry(i);
            const u64 next = number << block_shift | (i + 1);
            if (!to.add({TRY(block.name(i)), entry.nid, entry.type, next}))
                return {};
        }
    }
    return {};
}

}  // namespace osprey::fs::erofs
