// SPDX-License-Identifier: BSD-3-Clause
#include <fs/erofs/image.hh>

namespace osprey::fs::erofs {
namespace {

constexpr auto damaged = errc::structure_needs_cleaning;

/// Number of a prefix on disk (EROFS_XATTR_INDEX_*) = place in this table.
constexpr std::string_view prefixes[] = {
    "",        "user.",     "system.posix_acl_access", "system.posix_acl_default", "trusted.",
    "lustre.", "security.",
};

/// One attribute as found: its name is in memory, its value still in the image.
struct found_attribute {
    std::string_view prefix;
    std::string_view name;
    u64 value;  // bytes into the image
    u32 value_bytes;
};

/// Calls `visit` for each attribute of `of`: the inode's own, and those it shares with others.
/// `visit` returns true to stop.
template <typename Visit>
result<void> for_each_attribute(metadata_reader& reader, const inode& of, u64 shared_start,
                                Visit&& visit) noexcept {
    char text[256];
    const auto look = [&](u64 place, u64& bytes) -> result<bool> {
        const auto entry = TRY(reader.load<xattr_entry>(place));
        TRY_VOID(reader.copy(place + sizeof entry, text, entry.name_bytes));
        bytes = align_up(sizeof entry + u64{entry.name_bytes} + entry.value_bytes, 4);
        if (entry.prefix == 0 || entry.prefix >= std::size(prefixes))
            return false;  // a kind of attribute that Linux would not show either
        return visit(found_attribute{prefixes[entry.prefix],
                                     {text, entry.name_bytes},
                                     place + sizeof entry + entry.name_bytes,
                                     entry.value_bytes});
    };

    if (of.xattr_bytes < sizeof(xattr_header))
        return {};
    const auto header = TRY(reader.load<xattr_header>(of.xattr_start));
    u64 place = of.xattr_start + sizeof header + u64{header.shared_count} * 4;
    const u64 end = of.xattr_start + of.xattr_bytes;
    if (place > end)
        return damaged;
    u64 bytes = 0;
    while (end - place >= sizeof(xattr_entry)) {
        if (TRY(look(place, bytes)))
            return {};
        if (bytes > end - place)
            return damaged;
        place += bytes;
    }
    for (u32 i = 0; i < header.shared_count; ++i) {
        const auto number = TRY(reader.load<u32>(of.xattr_start + sizeof header + u64{i} * 4));
        if (TRY(look(shared_start + u64{number} * 4, bytes)))
            return {};
    }
    return {};
}

}  // namespace

result<usize> image::get_xattr(const inode& of, std::string_view name, void* to,
                               usize room) noexcept {
    metadata_reader reader{source_};
    found_attribute found{};
    bool any = false;
    TRY_VOID(for_each_attribute(reader, of, facts_.xattr_start, [&](const found_attribute& a) {
        any = name.starts_with(a.prefix) && name.substr(a.prefix.size()) == a.name;
        if (any)
            found = a;
        return any;
    }));
    if (!any)
        return errc::no_data;
    if (room == 0)
        return found.value_bytes;
    if (room < found.value_bytes)
        return errc::range;
    TRY_VOID(reader.copy(found.value, to, found.value_bytes));
    return found.value_bytes;
}

result<void> image::list_xattrs(const inode& of, xattr_sink& to) noexcept {
    metadata_reader reader{source_};
    return for_each_attribute(reader, of, facts_.xattr_start, [&](const found_attribute& a) {
        to.add(a.prefix, a.name);
        return false;
    });
}

}  // namespace osprey::fs::erofs
