// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <drivers/block/block_device.hh>
#include <fs/erofs/block_source.hh>
#include <memory/vm_object.hh>

namespace osprey::fs::erofs {

/// Blocks of a disk. Metadata goes through a page cache of its own, whose pages memory pressure
/// may take; file data is read straight into the frames of the files' pages.
class disk_source final : public block_source, private memory::pager {
public:
    explicit disk_source(refptr<drivers::block_device> disk) noexcept : disk_{std::move(disk)} {}
    /// Before anything else. @return `errc::out_of_memory`.
    result<void> open() noexcept;

    [[nodiscard]] u64 blocks() const noexcept override {
        return disk_->sectors() / (block_bytes / 512);
    }
    result<const u8*> pin(u64 block) noexcept override;
    void unpin(const u8* data) noexcept override;
    result<void> read(u64 first, void* const* to, usize count) noexcept override;
    [[nodiscard]] drivers::block_device& disk() noexcept { return *disk_; }

private:
    result<void> read_pages(u64 index, void* const* pages, usize count) noexcept override {
        return read(index, pages, count);
    }
    refptr<drivers::block_device> disk_;
    refptr<memory::vm_object> metadata_;
};

}  // namespace osprey::fs::erofs
