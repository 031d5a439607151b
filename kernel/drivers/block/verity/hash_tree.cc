// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <arch/crc32c.hh>
#include <base/endian.hh>
#include <base/sha256.hh>
#include <drivers/block/verity/hash_tree.hh>

namespace osprey::drivers::verity {

std::string_view name_of(algorithm which) noexcept {
    return which == algorithm::crc32c ? "crc32c" : "sha256";
}

digest hash_tree::hash(const u8* block) const noexcept {
    digest d;
    if (kind == algorithm::crc32c) {
        const u32 state = arch::crc32c(~u32{0}, salt, salt_bytes);
        store_little(d.bytes.data(), ~arch::crc32c(state, block, block_bytes));
    } else {
        sha256 sum;
        sum.update({salt, salt_bytes});
        sum.update({block, block_bytes});
        sum.finish(d.bytes);
    }
    return d;
}

hash_tree::place hash_tree::place_of(u64 number) const noexcept {
    if (number < data_blocks)
        return {-1, number};
    int level = 0;  // levels lie in falling order
    while (level + 1 < static_cast<int>(levels) && number < starts[level])
        ++level;
    return {level, number - starts[level]};
}

hash_tree::voucher hash_tree::voucher_of(place of) const noexcept {
    const auto above = static_cast<unsigned>(of.level + 1);
    if (above >= levels)
        return {0, 0};
    const u64 in_block = of.index & ((u64{1} << fan_out_shift()) - 1);
    return {starts[above] + (of.index >> fan_out_shift()),
            static_cast<usize>(in_block) * digest_bytes()};
}

bool has_signature(const u8* block) noexcept {
    return std::memcmp(block, signature.data(), signature.size()) == 0;
}

namespace {

constexpr auto damaged = errc::structure_needs_cleaning;

bool all_zero(const u8* from, const u8* to) noexcept {
    return std::all_of(from, to, [](u8 byte) { return byte == 0; });
}

/// The field is filled up with zeros; nothing may hide behind the name.
bool is_called(const superblock& super, std::string_view name) noexcept {
    return std::memcmp(super.algorithm, name.data(), name.size()) == 0 &&
           all_zero(reinterpret_cast<const u8*>(super.algorithm) + name.size(),
                    reinterpret_cast<const u8*>(std::end(super.algorithm)));
}

/// Lays out the levels from the highest one down. @return false if there are too many.
bool lay_out(hash_tree& tree) noexcept {
    const unsigned shift = tree.fan_out_shift();
    u64 counts[most_levels];
    for (u64 below = tree.data_blocks; below > 1; ++tree.levels) {
        if (tree.levels == most_levels)
            return false;
        below = (below >> shift) + ((below & ((u64{1} << shift) - 1)) != 0);
        counts[tree.levels] = below;
    }
    tree.end = tree.start;
    for (unsigned level = tree.levels; level-- > 0;) {
        tree.starts[level] = tree.end;
        tree.end += counts[level];
    }
    return true;
}

}  // namespace

result<hash_tree> read_superblock(const u8* block, u64 where, u64 data_blocks, u64 disk_blocks,
                                  const char*& reason) noexcept {
    const auto refuse = [&reason](errc error, const char* why) {
        reason = why;
        return error;
    };
    superblock super;
    std::memcpy(&super, block, sizeof super);
    if (!has_signature(block))
        return refuse(damaged, "what lies behind the filesystem is no hash tree");
    if (super.version != 1 || super.hash_type != 1)
        return refuse(errc::not_supported, "its hash tree is of an unknown version");
    hash_tree tree;
    if (is_called(super, name_of(algorithm::crc32c)))
        tree.kind = algorithm::crc32c;
    else if (is_called(super, name_of(algorithm::sha256)))
        tree.kind = algorithm::sha256;
    else
        return refuse(errc::not_supported, "its hash tree is made by an unknown algorithm");
    if (super.data_block_bytes != block_bytes || super.hash_block_bytes != block_bytes)
        return refuse(errc::not_supported, "its hash tree has blocks of another size than 4096");
    if (super.data_blocks != data_blocks)
        return refuse(damaged, "its hash tree is for another number of blocks");
    if (super.salt_bytes > sizeof super.salt)
        return refuse(damaged, "the salt of its hash tree is too long");
    if (!all_zero(super.padding, std::end(super.padding)) ||
        !all_zero(super.salt + super.salt_bytes, std::end(super.salt)) ||
        !all_zero(super.padding_2, std::end(super.padding_2)) ||
        !all_zero(block + sizeof super, block + block_bytes))
        return refuse(damaged, "the superblock of its hash tree is damaged");
    tree.salt_bytes = super.salt_bytes;
    std::memcpy(tree.salt, super.salt, super.salt_bytes);
    tree.data_blocks = data_blocks;
    tree.start = where + 1;
    if (!lay_out(tree) || tree.end > disk_blocks)
        return refuse(damaged, "its hash tree is cut short");
    reason = nullptr;
    return tree;
}

result<digest> parse_digest(std::string_view text, const hash_tree& tree) noexcept {
    const auto value_of = [](char c) -> int {
        if (c >= '0' && c <= '9')
            return c - '0';
        if (c >= 'a' && c <= 'f')
            return c - 'a' + 10;
        if (c >= 'A' && c <= 'F')
            return c - 'A' + 10;
        return -1;
    };
    if (text.size() != 2 * tree.digest_bytes())
        return errc::invalid_argument;
    digest d;
    for (usize i = 0; i < text.size(); ++i) {
        const int value = value_of(text[i]);
        if (value < 0)
            return errc::invalid_argument;
        d.bytes[i / 2] = static_cast<u8>(d.bytes[i / 2] << 4 | value);
    }
    return d;
}

}  // namespace osprey::drivers::verity
