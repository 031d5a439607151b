// SPDX-License-Identifier: BSD-3-Clause
// The hash tree that may lie behind an image: how it is found.
#include <base/log.hh>
#include <drivers/block/verity/verified_disk.hh>
#include <fs/erofs/image.hh>
#include <fs/erofs/integrity.hh>
#include <memory/frame.hh>

namespace osprey::fs::erofs {
namespace {

/// Block 0 alone, which tells how long the image is.
class first_block final : public block_source {
public:
    first_block(const u8* data, u64 blocks) noexcept : data_{data}, blocks_{blocks} {}
    [[nodiscard]] u64 blocks() const noexcept override { return blocks_; }
    result<const u8*> pin(u64 block) noexcept override {
        if (block != 0)
            return errc::io_error;
        return data_;
    }
    void unpin(const u8*) noexcept override {}
    result<void> read(u64, void* const*, usize) noexcept override { return errc::io_error; }

private:
    const u8* data_;
    u64 blocks_;
};

}  // namespace

result<refptr<drivers::block_device>> with_integrity(refptr<drivers::block_device> disk,
                                                     std::string_view root_hash) noexcept {
    memory::frame* page = TRY(memory::allocate_frames());
    auto* const data = static_cast<u8*>(memory::data_of(page));
    const drivers::block_device::buffer buffer{data, block_bytes};
    const char* reason = nullptr;
    result<image_facts> facts = errc::io_error;
    const u64 blocks = disk->sectors() / (block_bytes / 512);
    if (blocks != 0 && disk->read(0, {&buffer, 1})) {
        first_block source{data, blocks};
        facts = read_superblock(source, reason);
    }
    memory::release_frame(page);
    if (!facts)
        return disk;  // mounting it tells why it is none
    const std::string_view name = disk->name();
    auto checked = drivers::verity::verify(std::move(disk), facts->blocks, root_hash, reason);
    if (!checked)
        log::error("erofs: {} is refused: {} ({})", name, reason, name_of(checked.error()));
    return checked;
}

}  // namespace osprey::fs::erofs
