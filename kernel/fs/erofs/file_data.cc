// SPDX-License-Identifier: BSD-3-Clause
#include <fs/erofs/image.hh>
#include <fs/erofs/lz4.hh>

namespace osprey::fs::erofs {
namespace {

constexpr auto damaged = errc::structure_needs_cleaning;

void zero_from(void* page, u64 used) noexcept {
    std::memset(static_cast<u8*>(page) + used, 0, block_bytes - used);
}

template <typename T>
constexpr T least(T a, T b) noexcept {
    return a < b ? a : b;
}

}  // namespace

result<void> image::read_blocks(u64 first, void* const* to, u64 count) noexcept {
    if (first >= facts_.blocks || count > facts_.blocks - first)
        return damaged;
    return source_.read(first, to, static_cast<usize>(count));
}

result<void> image::read_pages(const inode& file, u64 index, void* const* pages,
                               usize count) noexcept {
    const u64 present = index < file.blocks() ? least<u64>(count, file.blocks() - index) : 0;
    for (usize i = static_cast<usize>(present); i < count; ++i)
        zero_from(pages[i], 0);
    if (present == 0)
        return {};
    const auto n = static_cast<usize>(present);
    if (file.compressed())
        TRY_VOID(read_compressed(file, index, pages, n));
    else if (file.layout == data_layout::chunks)
        TRY_VOID(read_chunks(file, index, pages, n));
    else
        TRY_VOID(read_flat(file, index, pages, n));
    if (index + n == file.blocks() && file.size % block_bytes)
        zero_from(pages[n - 1], file.size % block_bytes);
    return {};
}

result<void> image::read_flat(const inode& file, u64 index, void* const* pages,
                              usize count) noexcept {
    const u64 raw_blocks = file.blocks() - (file.layout == data_layout::inline_tail);
    const u64 raw = index < raw_blocks ? least<u64>(count, raw_blocks - index) : 0;
    if (raw)
        TRY_VOID(read_blocks(file.where + index, pages, raw));
    if (raw < count) {
        metadata_reader reader{source_};
        const u64 tail = file.size - (raw_blocks << block_shift);
        std::memcpy(pages[raw], TRY(reader.at(file.body, tail)), tail);
    }
    return {};
}

result<void> image::read_chunks(const inode& file, u64 index, void* const* pages,
                                usize count) noexcept {
    metadata_reader reader{source_};
    const u32 shift = file.where & chunk_size_bits;
    const u64 unit = file.where & chunk_has_indexes ? sizeof(chunk_index) : sizeof(u32);
    const u64 table = align_up(file.body, unit);
    const auto block_of = [&](u64 page) -> result<u64> {
        const u64 entry = table + (page >> shift) * unit;
        u32 first;
        if (unit == sizeof(u32)) {
            first = TRY(reader.load<u32>(entry));
        } else {
            const auto chunk = TRY(reader.load<chunk_index>(entry));
            if (chunk.device != 0)
                return damaged;
            first = chunk.block;
        }
        if (first == no_block)
            return ~u64{0};
        return first + (page & ((u64{1} << shift) - 1));
    };

    for (usize done = 0; done < count;) {
        const u64 first = TRY(block_of(index + done));
        if (first == ~u64{0}) {
            zero_from(pages[done++], 0);
            continue;
        }
        usize run = 1;
        while (done + run < count && TRY(block_of(index + done + run)) == first + run)
            ++run;
        TRY_VOID(read_blocks(first, pages + done, run));
        done += run;
    }
    return {};
}

/// Stored blocks of neighbouring extents, fetched by one request.
class image::stored_window {
public:
    explicit stored_window(image& of) noexcept : image_{of} {}
    stored_window(const stored_window&) = delete;
    ~stored_window() { deallocate(data_, capacity_ << block_shift); }

    /// `count` blocks from `first` on in one piece; fetches up to `ahead` in all when it must
    /// fetch.
    result<const u8*> get(u64 first, u64 count, u64 ahead) noexcept {
        if (first < first_ || first - first_ >= count_ || count > count_ - (first - first_)) {
            ahead = least(ahead, image_.facts_.blocks - least(first, image_.facts_.blocks));
            const u64 wanted = ahead > count ? ahead : count;
            TRY_VOID(make_room(wanted, count));
            count_ = 0;
            const u64 fetched = least<u64>(wanted, capacity_);
            for (u64 done = 0; done < fetched;) {
                void* blocks[32];
                const u64 part = least<u64>(fetched - done, std::size(blocks));
                for (u64 i = 0; i < part; ++i)
                    blocks[i] = data_ + ((done + i) << block_shift);
                TRY_VOID(image_.read_blocks(first + done, blocks, part));
                done += part;
            }
            first_ = first;
            count_ = fetched;
        }
        return data_ + ((first - first_) << block_shift);
    }

private:
    result<void> make_room(u64 wanted, u64 least_blocks) noexcept {
        if (capacity_ >= wanted || (capacity_ >= least_blocks && capacity_ >= 16))
            return {};
        deallocate(data_, capacity_ << block_shift);
        count_ = capacity_ = 0;
        data_ = static_cast<u8*>(allocate(wanted << block_shift, block_bytes));
        if (!data_) {
            wanted = least_blocks;
            data_ = static_cast<u8*>(allocate(wanted << block_shift, block_bytes));
        }
        if (!data_)
            return errc::out_of_memory;
        capacity_ = wanted;
        return {};
    }
    image& image_;
    u8* data_ = nullptr;
    u64 capacity_ = 0;  // blocks
    u64 first_ = 0, count_ = 0;
};

result<void> image::unpack(const inode& file, const extent& what, stored_window& window, u64 ahead,
                           unpacked_extent& into) noexcept {
    into.bytes = 0;
    if (into.capacity < what.bytes) {
        deallocate(into.data, into.capacity);
        into.capacity = 0;
        into.data = static_cast<u8*>(allocate(what.bytes));
        if (!into.data)
            return errc::out_of_memory;
        into.capacity = what.bytes;
    }
    metadata_reader reader{source_};
    const u8* stored;
    if (what.stored % block_bytes || what.stored_bytes < block_bytes)  // behind the indexes
        stored = TRY(reader.at(what.stored, what.stored_bytes));
    else
        stored =
            TRY(window.get(what.stored >> block_shift, what.stored_bytes >> block_shift, ahead));
    if (!what.packed) {
        std::memcpy(into.data, stored, what.bytes);
    } else {
        u64 padding = 0;
        if (facts_.features & zero_padding)
            while (padding < what.stored_bytes && stored[padding] == 0)
                ++padding;
        TRY_VOID(
            lz4_unpack({stored + padding, what.stored_bytes - padding}, {into.data, what.bytes}));
    }
    into.nid = file.nid;
    into.start = what.start;
    into.bytes = what.bytes;
    return {};
}

result<void> image::read_compressed(const inode& file, u64 index, void* const* pages,
                                    usize count) noexcept {
    constexpr u64 most_ahead = 16;  // blocks
    unpacked_extent* at_hand = kept_.exchange(nullptr, std::memory_order_acq_rel);
    unique_ptr<unpacked_extent> piece{at_hand};
    if (!piece)
        piece = TRY(make_unique<unpacked_extent>());

    const u64 start = index << block_shift;
    const u64 end = least(start + (u64{count} << block_shift), file.size);
    stored_window window{*this};
    cluster_map map{source_, file, facts_.features};
    bool map_open = false;
    for (u64 offset = start; offset < end;) {
        if (!piece->covers(file.nid, offset)) {
            if (!map_open) {
                TRY_VOID(map.open());
                map_open = true;
            }
            const extent next = TRY(map.find(offset));
            // Packed data is never longer than what it unpacks to.
            const u64 ahead = least(((end - offset) >> block_shift) + 1, most_ahead);
            TRY_VOID(unpack(file, next, window, ahead, *piece));
        }
        const u64 inside = offset - piece->start;
        const u64 in_page = offset & (block_bytes - 1);
        const u64 part = least(least(piece->bytes - inside, end - offset), block_bytes - in_page);
        std::memcpy(static_cast<u8*>(pages[(offset - start) >> block_shift]) + in_page,
                    piece->data + inside, part);
        offset += part;
    }
    delete kept_.exchange(piece.release(), std::memory_order_acq_rel);
    return {};
}

result<usize> image::read(const inode& file, u64 offset, void* to, usize bytes) noexcept {
    if (offset >= file.size)
        return usize{0};
    bytes = static_cast<usize>(least<u64>(bytes, file.size - offset));
    void* page = allocate(block_bytes, block_bytes);
    if (!page)
        return errc::out_of_memory;
    usize done = 0;
    errc failure{};
    while (done < bytes) {
        if (auto read = read_pages(file, (offset + done) >> block_shift, &page, 1); !read) {
            failure = read.error();
            break;
        }
        const u64 in_page = (offset + done) & (block_bytes - 1);
        const auto part = static_cast<usize>(least<u64>(bytes - done, block_bytes - in_page));
        std::memcpy(static_cast<u8*>(to) + done, static_cast<u8*>(page) + in_page, part);
        done += part;
    }
    deallocate(page, block_bytes);
    if (failure != errc{})
        return failure;
    return done;
}

}  // namespace osprey::fs::erofs
