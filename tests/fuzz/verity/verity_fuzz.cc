// SPDX-License-Identifier: BSD-3-Clause
// Superblocks of hash trees: whatever is taken must describe a tree that lies on its disk.
#include <cstdlib>
#include <cstring>
#include <drivers/block/verity/hash_tree.hh>

using namespace osprey;
using namespace osprey::drivers::verity;

namespace {

void require(bool holds) {
    if (!holds)
        std::abort();
}

void check(const hash_tree& tree, u64 where, u64 disk_blocks) {
    require(tree.start == where + 1 && tree.end <= disk_blocks && tree.end >= tree.start);
    require(tree.salt_bytes <= sizeof tree.salt && tree.levels <= most_levels);
    const u64 numbers[] = {0, where / 2, where - 1, tree.start, tree.end - 1};
    for (u64 number : numbers) {
        if ((number >= where && number < tree.start) || number >= tree.end)
            continue;
        const auto by = tree.voucher_of(tree.place_of(number));
        require(by.block == 0 || (by.block >= tree.start && by.block < tree.end));
        require(by.offset + tree.digest_bytes() <= block_bytes);
        require(number < where || by.block < number);
    }
}

}  // namespace

/// 16 bytes with the sizes, then what differs from a good superblock.
extern "C" int LLVMFuzzerTestOneInput(const u8* data, usize size) {
    u64 sizes[2];
    if (size < sizeof sizes)
        return 0;
    std::memcpy(sizes, data, sizeof sizes);
    superblock super{};
    std::memcpy(super.signature, signature.data(), signature.size());
    super.version = super.hash_type = 1;
    std::memcpy(super.algorithm, data[0] & 1 ? "crc32c" : "sha256", 6);
    super.data_block_bytes = super.hash_block_bytes = block_bytes;
    u8 block[block_bytes] = {};
    std::memcpy(block, &super, sizeof super);
    for (usize i = 0; i < sizeof block && i + sizeof sizes < size; ++i)
        block[i] ^= data[i + sizeof sizes];
    const u64 where = sizes[0] >> 12 | 1, disk = sizes[1] >> 9;
    if (size % 4 == 0)  // most sizes do not fit: let them
        std::memcpy(block + offsetof(superblock, data_blocks), &where, 8);
    const char* reason = nullptr;
    if (where < disk)
        if (auto tree = read_superblock(block, where, where, disk, reason)) {
            check(*tree, where, disk);
            (void)parse_digest({reinterpret_cast<const char*>(data), size}, *tree);
        }
    return 0;
}
