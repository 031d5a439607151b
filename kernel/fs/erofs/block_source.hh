// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <base/result.hh>
#include <base/types.hh>
#include <fs/erofs/format.hh>
#include <utility>

namespace osprey::fs::erofs {

/// Where the blocks of an image come from: a disk with its page cache, or memory in host tests.
/// Context: threads, may sleep.
class block_source {
public:
    /// Whole blocks that can be read.
    [[nodiscard]] virtual u64 blocks() const noexcept = 0;
    /// A block of metadata, kept in a cache; valid until `unpin`.
    virtual result<const u8*> pin(u64 block) noexcept = 0;
    virtual void unpin(const u8* data) noexcept = 0;
    /// Reads consecutive blocks of file data past the cache, each into its own `block_bytes`.
    virtual result<void> read(u64 first, void* const* to, usize count) noexcept = 0;

protected:
    ~block_source() = default;
};

/// Looks at metadata; holds on to the block it saw last, so that neighbours cost nothing.
class metadata_reader {
public:
    explicit metadata_reader(block_source& source) noexcept : source_{source} {}
    metadata_reader(const metadata_reader&) = delete;
    ~metadata_reader() { release(); }

    /// `bytes` at `offset` of the image, which must lie in one block. Valid until the next call.
    /// @return `errc::structure_needs_cleaning` outside the image or across blocks.
    result<const u8*> at(u64 offset, u64 bytes) noexcept {
        const u64 block = offset >> block_shift;
        const u64 inside = offset & (block_bytes - 1);
        if (bytes > block_bytes - inside || block >= source_.blocks())
            return errc::structure_needs_cleaning;
        if (!data_ || block != block_) {
            release();
            data_ = TRY(source_.pin(block));
            block_ = block;
        }
        return data_ + inside;
    }

    /// Copies `bytes` from `offset` on, across blocks if need be.
    result<void> copy(u64 offset, void* to, usize bytes) noexcept {
        auto* out = static_cast<u8*>(to);
        while (bytes) {
            const u64 rest = block_bytes - (offset & (block_bytes - 1));
            const usize part = bytes < rest ? bytes : static_cast<usize>(rest);
            std::memcpy(out, TRY(at(offset, part)), part);
            out += part;
            offset += part;
            bytes -= part;
        }
        return {};
    }
    template <typename T>
    result<T> load(u64 offset) noexcept {
        T value;
        TRY_VOID(copy(offset, &value, sizeof value));
        return value;
    }

private:
    void release() noexcept {
        if (const u8* data = std::exchange(data_, nullptr))
            source_.unpin(data);
    }
    block_source& source_;
    const u8* data_ = nullptr;
    u64 block_ = 0;
};

}  // namespace osprey::fs::erofs
