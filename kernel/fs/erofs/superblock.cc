// SPDX-License-Identifier: BSD-3-Clause
#include <base/crc32c.hh>
#include <base/log.hh>
#include <fs/erofs/image.hh>

namespace osprey::fs::erofs {
namespace {

bool checksum_holds(const u8* block, u32 wanted) noexcept {
    constexpr usize field = offsetof(superblock, checksum);
    constexpr u8 zeros[4] = {};
    const u8* start = block + superblock_offset;
    u32 sum = crc32c_by_table(~u32{0}, start, field);
    sum = crc32c_by_table(sum, zeros, sizeof zeros);
    sum = crc32c_by_table(sum, start + field + 4, block_bytes - superblock_offset - field - 4);
    return sum == wanted;
}

constexpr u32 supported_features =
    zero_padding | compression_configurations | chunked_files | device_table | tail_packing;

}  // namespace

result<image_facts> read_superblock(block_source& source, const char*& reason) noexcept {
    const auto refuse = [&reason](errc error, const char* why) {
        reason = why;
        return error;
    };
    reason = "the superblock cannot be read";
    if (source.blocks() == 0)
        return refuse(errc::invalid_argument, "it is smaller than one block");
    metadata_reader reader{source};
    const u8* block = TRY(reader.at(0, block_bytes));
    const auto super = load<superblock>(block + superblock_offset);
    if (super.magic != superblock_magic)
        return refuse(errc::invalid_argument, "it is not an EROFS image");
    if ((super.compatible_features & has_checksum) && !checksum_holds(block, super.checksum))
        return refuse(errc::structure_needs_cleaning, "the superblock's checksum is wrong");
    if (super.block_shift != block_shift || super.directory_block_shift != 0)
        return refuse(errc::not_supported, "its blocks are not of 4096 bytes");
    if (super.incompatible_features & ~supported_features) {
        log::error("erofs: unknown incompatible features {:#x}",
                   super.incompatible_features & ~supported_features);
        return refuse(errc::not_supported, "it uses features that are not supported");
    }
    if (super.extra_devices != 0)
        return refuse(errc::not_supported, "it is spread over several devices");
    if ((super.incompatible_features & compression_configurations) &&
        (super.compression_algorithms & ~1u))
        return refuse(errc::not_supported, "it is compressed by something else than LZ4");
    if (super.blocks == 0 || super.blocks > source.blocks())
        return refuse(errc::structure_needs_cleaning, "the image is cut short");
    if (super.metadata_block >= super.blocks)
        return refuse(errc::structure_needs_cleaning, "its metadata lies outside");

    image_facts facts;
    facts.blocks = super.blocks;
    facts.inodes = super.inodes;
    facts.root_nid = super.root_nid;
    facts.metadata_start = u64{super.metadata_block} << block_shift;
    facts.xattr_start = u64{super.xattr_block} << block_shift;
    facts.build_seconds = static_cast<i64>(super.build_seconds);
    facts.build_nanoseconds = super.build_nanoseconds;
    facts.features = super.incompatible_features;
    std::memcpy(facts.uuid, super.uuid, sizeof facts.uuid);
    reason = nullptr;
    return facts;
}

}  // namespace osprey::fs::erofs
