// SPDX-License-Identifier: BSD-3-Clause
#include <base/log.hh>
#include <fs/erofs/cluster_map.hh>

namespace osprey::fs::erofs {
namespace {

constexpr auto damaged = errc::structure_needs_cleaning;

/// One entry of a pack: `type` in the two bits above the 12 (or more) bits of `low`.
struct packed_entry {
    cluster_type type;
    u32 low;
};
packed_entry entry_of(const u8* pack, u32 bit, u32 low_bits) noexcept {
    const u32 word = erofs::load<u32>(pack + bit / 8) >> (bit & 7);
    return {static_cast<cluster_type>(word >> low_bits & 3), word & ((1u << low_bits) - 1)};
}

}  // namespace

result<void> cluster_map::open() noexcept {
    const u64 header_at = align_up(file_.body, 8);
    const bool full = file_.layout == data_layout::compressed_full;
    if (!full || (features_ & (compression_configurations | tail_packing))) {
        const auto header = TRY(reader_.load<compression_header>(header_at));
        constexpr u16 known =
            two_byte_indexes | big_clusters_1 | big_clusters_2 | inline_tail_cluster;
        if (header.algorithms != 0 || (header.advise & ~known) || (header.cluster_bits & 0x80)) {
            log::error("erofs: file {}: compression {:#x} advise {:#x} is not supported", file_.nid,
                       header.algorithms, header.advise);
            return errc::not_supported;
        }
        advise_ = header.advise;
        shift_ = block_shift + (header.cluster_bits & 7);
        // The 12 bits of an offset in an index would not do, and mkfs never asks for more.
        if (shift_ > 14)
            return errc::not_supported;
        if (advise_ & inline_tail_cluster)
            inline_bytes_ = header.inline_tail_bytes;
    }
    clusters_ = (file_.size >> shift_) + ((file_.size & ((u64{1} << shift_) - 1)) != 0);
    // Eight bytes of padding stand before full indexes.
    indexes_ = header_at + sizeof(compression_header) + (full ? 8 : 0);
    if (inline_bytes_) {
        // It belongs to the extent of the last byte, and is stored behind the last index.
        tail_stored_ = TRY(load(clusters_ - 1)).after_indexes;
        tail_head_ = TRY(head_of(file_.size - 1)).number;
        if ((tail_stored_ & (block_bytes - 1)) + inline_bytes_ > block_bytes)
            return damaged;
    }
    return {};
}

result<cluster_map::cluster> cluster_map::load(u64 number) noexcept {
    if (number >= clusters_)
        return damaged;
    cluster c = TRY(file_.layout == data_layout::compressed_full ? load_full(number)
                                                                 : load_compact(number));
    if (c.type != cluster_type::inner && c.offset >= u32{1} << shift_)
        return damaged;
    return c;
}

result<cluster_map::cluster> cluster_map::load_full(u64 number) noexcept {
    const u64 position = indexes_ + number * sizeof(cluster_index);
    const auto index = TRY(reader_.load<cluster_index>(position));
    cluster c;
    c.type = static_cast<cluster_type>(index.advise & 3);
    c.after_indexes = position + sizeof(cluster_index);
    if (c.type == cluster_type::inner) {
        c.back = index.delta[0];
        if (c.back & delta_counts_blocks) {
            if (!(advise_ & (big_clusters_1 | big_clusters_2)))
                return damaged;
            c.stored_blocks = c.back & ~delta_counts_blocks;
            c.back = 1;
        }
        return c;
    }
    c.offset = index.offset;
    c.block = index.block;
    return c;
}

/// Compact indexes come in packs that end with one block number: 8 bytes for 2 clusters ("4 bytes
/// each"), or 32 bytes for 16 clusters ("2 bytes each"). Packs of 4-byte entries fill up to a
/// multiple of 32 bytes, packs of 2-byte entries follow, the rest has 4 bytes each again.
result<cluster_map::cluster> cluster_map::load_compact(u64 number) noexcept {
    const u64 to_alignment = (32 - indexes_ % 32) % 32 / 4;
    u64 short_ones = 0;
    if ((advise_ & two_byte_indexes) && to_alignment < clusters_)
        short_ones = (clusters_ - to_alignment) / 16 * 16;
    u64 position = indexes_;
    if (number < to_alignment)
        return unpack_compact(position + number * 4, 4);
    position += to_alignment * 4;
    number -= to_alignment;
    if (number < short_ones)
        return unpack_compact(position + number * 2, 2);
    position += short_ones * 2;
    number -= short_ones;
    return unpack_compact(position + number * 4, 4);
}

result<cluster_map::cluster> cluster_map::unpack_compact(u64 position, u32 entry_bytes) noexcept {
    const u32 count = entry_bytes == 4 ? 2 : 16;
    if (entry_bytes == 2 && shift_ != 12)
        return errc::not_supported;
    const u32 pack_bytes = count * entry_bytes;
    const u32 entry_bits = (pack_bytes - 4) * 8 / count;
    const u32 low_bits = shift_;
    const u64 pack_start = align_down(position, pack_bytes);
    const u8* pack = TRY(reader_.at(pack_start, pack_bytes));
    int i = static_cast<int>((position - pack_start) / entry_bytes);
    const auto entry = [&](int n) {
        return entry_of(pack, entry_bits * static_cast<u32>(n), low_bits);
    };

    const packed_entry mine = entry(i);
    cluster c;
    c.type = mine.type;
    c.after_indexes = pack_start + pack_bytes;
    const bool big = advise_ & (big_clusters_1 | big_clusters_2);
    if (mine.type == cluster_type::inner) {
        if (mine.low & delta_counts_blocks) {
            if (!big)
                return damaged;
            c.stored_blocks = mine.low & (delta_counts_blocks - 1);
            c.back = 1;
        } else if (i + 1 != static_cast<int>(count)) {
            c.back = mine.low;
        } else {
            // The last entry of a pack tells the way forward; the way back follows from the
            // entry before.
            const packed_entry before = entry(i - 1);
            u32 back = before.low;
            if (before.type != cluster_type::inner)
                back = 0;
            else if (back & delta_counts_blocks)
                back = 1;
            c.back = back + 1;
        }
        return c;
    }

    c.offset = mine.low;
    // The pack's block number counts from its first head: add what the heads before this one took.
    u64 blocks = big ? 0 : 1;
    while (i > 0) {
        --i;
        const packed_entry before = entry(i);
        if (before.type != cluster_type::inner) {
            ++blocks;
            continue;
        }
        if (!big) {
            i -= static_cast<int>(before.low);
            if (i >= 0)
                ++blocks;
        } else if (before.low & delta_counts_blocks) {
            --i;
            blocks += before.low & (delta_counts_blocks - 1);
        } else {
            if (before.low <= 1)
                return damaged;
            i -= static_cast<int>(before.low) - 2;
        }
    }
    c.block = u64{erofs::load<u32>(pack + pack_bytes - 4)} + blocks;
    return c;
}

/// Where in the file the extent of cluster `head` ends: the start of the next, or the file's end.
result<u64> cluster_map::end_of(u64 head) noexcept {
    const u64 most = (extent_limit >> shift_) + 2;
    for (u64 number = head + 1; number < clusters_; ++number) {
        if (number - head > most)
            return damaged;
        const cluster next = TRY(load(number));
        if (next.type != cluster_type::inner) {
            const u64 end = (number << shift_) + next.offset;
            return end < file_.size ? end : file_.size;
        }
    }
    return file_.size;
}

/// The first inner cluster of an extent says how many blocks it takes, if that is not one cluster.
result<u64> cluster_map::stored_length(u64 head, cluster_type type) noexcept {
    const u64 one = u64{1} << shift_;
    if ((type != cluster_type::head1 || !(advise_ & big_clusters_1)) &&
        (type != cluster_type::head2 || !(advise_ & big_clusters_2)))
        return one;
    if (head + 1 >= clusters_)
        return one;
    const cluster first = TRY(load(head + 1));
    if (first.type != cluster_type::inner)
        return one;
    if (first.back != 1 || first.stored_blocks == 0)
        return damaged;
    return u64{first.stored_blocks} << shift_;
}

/// The cluster in which the extent of byte `offset` begins. A head's own extent begins at its
/// offset; what lies before still belongs to the extent before.
result<cluster_map::head> cluster_map::head_of(u64 offset) noexcept {
    u64 number = offset >> shift_;
    cluster at = TRY(load(number));
    if (at.type != cluster_type::inner && (offset & ((u64{1} << shift_) - 1)) < at.offset) {
        if (number == 0)
            return damaged;
        at = TRY(load(--number));
    }
    while (at.type == cluster_type::inner) {  // ends: `number` only falls
        if (at.back == 0 || at.back > number)
            return damaged;
        number -= at.back;
        at = TRY(load(number));
    }
    return head{number, at};
}

result<extent> cluster_map::find(u64 offset) noexcept {
    const auto [number, at] = TRY(head_of(offset));
    extent e{};
    e.start = (number << shift_) + at.offset;
    const u64 end = TRY(end_of(number));
    if (e.start > offset || end <= offset || end - e.start > extent_limit)
        return damaged;
    e.bytes = end - e.start;
    e.packed = at.type != cluster_type::plain;
    if (number == tail_head_) {
        e.stored = tail_stored_;
        e.stored_bytes = inline_bytes_;
    } else {
        e.stored = at.block << block_shift;
        e.stored_bytes = TRY(stored_length(number, at.type));
        if (e.stored_bytes > stored_cluster_limit || at.block >= image_blocks_ ||
            e.stored_bytes > (image_blocks_ - at.block) << block_shift)
            return damaged;
    }
    if (!e.packed && e.bytes > e.stored_bytes)
        return damaged;
    return e;
}

}  // namespace osprey::fs::erofs
