// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <atomic>
#include <base/heap.hh>
#include <fs/erofs/block_source.hh>
#include <fs/erofs/cluster_map.hh>
#include <fs/erofs/inode.hh>
#include <string_view>

namespace osprey::fs::erofs {

/// What the image's superblock says, checked.
struct image_facts {
    u64 blocks = 0;
    u64 inodes = 0;
    u64 root_nid = 0;
    u64 metadata_start = 0;  // bytes
    u64 xattr_start = 0;     // bytes
    i64 build_seconds = 0;
    u32 build_nanoseconds = 0;
    u32 features = 0;  // incompatible ones
    u8 uuid[16] = {};
};

/// Reads a superblock. A refusal says why in `reason` (a text that lives for ever).
/// @return `errc::invalid_argument`: not EROFS; `errc::not_supported`: made with features that
/// are unknown here; `errc::structure_needs_cleaning`: damaged or cut short.
result<image_facts> read_superblock(block_source& source, const char*& reason) noexcept;

/// An extent that has been unpacked, kept because the next read probably goes on in it.
struct unpacked_extent {
    u64 nid = 0;
    u64 start = 0;  // in the file
    u64 bytes = 0;
    u8* data = nullptr;
    usize capacity = 0;
    ~unpacked_extent() { deallocate(data, capacity); }
    [[nodiscard]] bool covers(u64 file, u64 offset) const noexcept {
        return bytes != 0 && nid == file && offset >= start && offset - start < bytes;
    }
};

/// One entry of a directory.
struct listed_entry {
    std::string_view name;
    u64 nid;
    u8 type;
    u64 next_cookie;
};

/// Receives directory entries; false: stop, this one was not taken.
class entry_sink {
public:
    virtual bool add(const listed_entry& entry) noexcept = 0;

protected:
    ~entry_sink() = default;
};

/// Receives names of extended attributes in two parts: "user." and "colour".
class xattr_sink {
public:
    virtual void add(std::string_view prefix, std::string_view name) noexcept = 0;

protected:
    ~xattr_sink() = default;
};

/// A readable EROFS image. Everything that comes from it is checked before it is used: a damaged
/// image gives `errc::structure_needs_cleaning`, never an access outside a block, never an endless
/// loop. No state but one cached extent, so any number of threads may read.
/// Context: threads, may sleep. All calls can also answer `errc::io_error` and
/// `errc::out_of_memory`.
class image {
public:
    image(block_source& source, const image_facts& facts) noexcept
        : source_{source}, facts_{facts} {}
    image(const image&) = delete;
    ~image() { delete kept_.load(std::memory_order_relaxed); }

    [[nodiscard]] const image_facts& facts() const noexcept { return facts_; }
    [[nodiscard]] block_source& source() noexcept { return source_; }

    result<inode> read_inode(u64 nid) noexcept;

    struct found_name {
        u64 nid;
        u8 type;
    };
    /// @return `errc::no_entry`.
    result<found_name> lookup(const inode& directory, std::string_view name) noexcept;
    /// Entries from `cookie` (0: the start) on, "." and ".." included.
    result<void> list(const inode& directory, u64 cookie, entry_sink& to) noexcept;

    /// Fills `count` pages of the file from page `index` on; what lies behind its end is zero.
    result<void> read_pages(const inode& file, u64 index, void* const* pages, usize count) noexcept;
    /// Reads a few bytes: symbolic links. @return bytes read, less at the end of the file.
    result<usize> read(const inode& file, u64 offset, void* to, usize bytes) noexcept;

    /// @param room 0: only ask for the size. @return the value's size; `errc::no_data`,
    /// `errc::range` when `room` is too small.
    result<usize> get_xattr(const inode& of, std::string_view name, void* to, usize room) noexcept;
    result<void> list_xattrs(const inode& of, xattr_sink& to) noexcept;

private:
    struct directory_block;
    result<void> open_directory_block(metadata_reader& reader, const inode& directory, u64 block,
                                      directory_block& out) noexcept;
    result<void> read_flat(const inode& file, u64 index, void* const* pages, usize count) noexcept;
    result<void> read_chunks(const inode& file, u64 index, void* const* pages,
                             usize count) noexcept;
    result<void> read_compressed(const inode& file, u64 index, void* const* pages,
                                 usize count) noexcept;
    result<void> read_blocks(u64 first, void* const* to, u64 count) noexcept;
    class stored_window;
    result<void> unpack(const inode& file, const extent& what, stored_window& window, u64 ahead,
                        unpacked_extent& into) noexcept;

    block_source& source_;
    const image_facts facts_;
    std::atomic<unpacked_extent*> kept_{nullptr};
};

}  // namespace osprey::fs::erofs
