// SPDX-License-Identifier: BSD-3-Clause
#include <fs/erofs/image.hh>

namespace osprey::fs::erofs {
namespace {

constexpr auto damaged = errc::structure_needs_cleaning;

enum mode_bits : u32 {
    type_mask = 0170000,
    fifo = 0010000,
    character_device = 0020000,
    directory = 0040000,
    block_device = 0060000,
    regular = 0100000,
    symlink = 0120000,
    socket = 0140000,
};

bool has_data(u32 mode) noexcept {
    const u32 type = mode & type_mask;
    return type == regular || type == directory || type == symlink;
}
bool known_type(u32 mode) noexcept {
    switch (mode & type_mask) {
        case fifo:
        case character_device:
        case directory:
        case block_device:
        case regular:
        case symlink:
        case socket:
            return true;
        default:
            return false;
    }
}

/// Could the data of `node` lie in an image of `image_bytes`? Catches sizes that only a damaged
/// image has before anybody makes plans with them.
bool plausible(const inode& node, u64 image_bytes) noexcept {
    const u64 image_blocks = image_bytes >> block_shift;
    const u64 blocks = node.blocks();
    const auto is_inside = [&](u64 count) {
        return count == 0 || (node.where < image_blocks && count <= image_blocks - node.where);
    };
    switch (node.layout) {
        case data_layout::plain:
            return is_inside(blocks);
        case data_layout::inline_tail: {
            if (blocks == 0)
                return true;
            const u64 tail = node.size - (blocks - 1) * block_bytes;
            return is_inside(blocks - 1) && (node.body & (block_bytes - 1)) + tail <= block_bytes &&
                   node.body + tail <= image_bytes;
        }
        case data_layout::chunks: {
            const u64 chunks = node.size >> (block_shift + (node.where & chunk_size_bits));
            return chunks <= image_bytes / 4;
        }
        default:
            return blocks / 4 <= image_bytes / 2;  // at least 2 bytes for 4 blocks
    }
}

}  // namespace

result<inode> image::read_inode(u64 nid) noexcept {
    const u64 image_bytes = facts_.blocks << block_shift;
    if (nid >= image_bytes / inode_slot_bytes)
        return damaged;
    const u64 place = facts_.metadata_start + nid * inode_slot_bytes;
    if (place > image_bytes - sizeof(compact_inode))
        return damaged;
    metadata_reader reader{source_};
    const auto compact = TRY(reader.load<compact_inode>(place));

    inode node;
    node.nid = nid;
    if (compact.format >> 4 || compact.format >> 1 > static_cast<u16>(data_layout::chunks))
        return damaged;
    node.layout = static_cast<data_layout>(compact.format >> 1 & 7);
    node.mode = compact.mode;
    if (compact.xattr_count)
        node.xattr_bytes = sizeof(xattr_header) + 4 * (compact.xattr_count - 1u);
    const bool extended = compact.format & 1;
    if (extended) {
        const auto full = TRY(reader.load<extended_inode>(place));
        node.size = full.size;
        node.where = full.where;
        node.links = full.links;
        node.uid = full.uid;
        node.gid = full.gid;
        node.seconds = static_cast<i64>(full.seconds);
        node.nanoseconds = full.nanoseconds;
    } else {
        node.size = compact.size;
        node.where = compact.where;
        node.links = compact.links;
        node.uid = compact.uid;
        node.gid = compact.gid;
        node.seconds = facts_.build_seconds;
        node.nanoseconds = facts_.build_nanoseconds;
    }
    node.xattr_start = place + (extended ? sizeof(extended_inode) : sizeof(compact_inode));
    node.body = node.xattr_start + node.xattr_bytes;
    if (!known_type(node.mode) || node.nanoseconds >= 1'000'000'000 || node.body > image_bytes)
        return damaged;
    if (!has_data(node.mode))
        node.size = 0;
    else if (static_cast<i64>(node.size) < 0 || !plausible(node, image_bytes))
        return damaged;
    if (node.layout == data_layout::chunks &&
        (node.where & 0xffff & ~u32{chunk_size_bits | chunk_has_indexes}))
        return errc::not_supported;
    return node;
}

}  // namespace osprey::fs::erofs
