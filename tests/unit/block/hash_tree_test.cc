// SPDX-License-Identifier: BSD-3-Clause
#include <gtest/gtest.h>
#include <arch/crc32c.hh>
#include <base/crc32c.hh>
#include <base/sha256.hh>
#include <cstring>
#include <drivers/block/verity/hash_tree.hh>
#include <string>
#include <vector>

using namespace osprey;
using namespace osprey::drivers::verity;

namespace {

std::string sha256_of(std::string_view text, usize piece = ~usize{0}) {
    sha256 sum;
    const auto* at = reinterpret_cast<const u8*>(text.data());
    for (usize done = 0; done < text.size();) {
        const usize part = std::min(piece, text.size() - done);
        sum.update({at + done, part});
        done += part;
    }
    u8 digest[32];
    sum.finish(digest);
    std::string hex;
    for (u8 byte : digest) {
        hex += "0123456789abcdef"[byte >> 4];
        hex += "0123456789abcdef"[byte & 15];
    }
    return hex;
}

std::vector<u8> make_superblock(const char* name, u64 data_blocks) {
    superblock super{};
    std::memcpy(super.signature, signature.data(), 8);
    super.version = super.hash_type = 1;
    std::strcpy(super.algorithm, name);
    super.data_block_bytes = super.hash_block_bytes = 4096;
    super.data_blocks = data_blocks;
    super.salt_bytes = 3;
    std::memcpy(super.salt, "abc", 3);
    std::vector<u8> block(4096);
    std::memcpy(block.data(), &super, sizeof super);
    return block;
}

result<hash_tree> parse(const std::vector<u8>& block, u64 data_blocks, u64 disk_blocks = 1 << 30) {
    const char* reason = nullptr;
    auto tree = read_superblock(block.data(), data_blocks, data_blocks, disk_blocks, reason);
    EXPECT_EQ(tree.has_value(), reason == nullptr);
    return tree;
}

}  // namespace

// FIPS 180-2, appendix B, and the empty text.
TEST(sha256_test, texts_of_the_specification) {
    EXPECT_EQ(sha256_of(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    EXPECT_EQ(sha256_of("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    EXPECT_EQ(sha256_of("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"),
              "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
    EXPECT_EQ(sha256_of(std::string(1'000'000, 'a')),
              "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST(sha256_test, pieces_do_not_matter) {
    for (usize bytes : {55, 56, 63, 64, 65, 119, 120, 128, 300}) {
        const std::string text(bytes, 'x');
        for (usize piece : {1, 7, 63, 64, 65})
            EXPECT_EQ(sha256_of(text, piece), sha256_of(text));
    }
}

// RFC 3720 appendix B.4.
TEST(crc32c_test, texts_of_the_specification) {
    u8 data[32] = {};
    EXPECT_EQ(~arch::crc32c(~u32{0}, data, 32), 0x8a9136aau);
    std::memset(data, 0xff, 32);
    EXPECT_EQ(~arch::crc32c(~u32{0}, data, 32), 0x62a8ab43u);
    for (u8 i = 0; i < 32; ++i)
        data[i] = i;
    EXPECT_EQ(~arch::crc32c(~u32{0}, data, 32), 0x46dd794eu);
}

TEST(crc32c_test, instruction_and_table_agree) {
    std::vector<u8> data(4096);
    for (usize i = 0; i < data.size(); ++i)
        data[i] = static_cast<u8>(i * 131 >> 3);
    for (usize bytes : {0, 1, 7, 8, 9, 63, 64, 65, 200, 4096})
        EXPECT_EQ(arch::crc32c(7, data.data(), bytes), crc32c_by_table(7, data.data(), bytes));
}

TEST(hash_tree_test, levels_lie_from_the_root_down) {
    const u64 data = 128 * 128 * 2 + 1;  // one block too many for two levels above the leaves
    auto tree = parse(make_superblock("sha256", data), data);
    ASSERT_TRUE(tree.has_value());
    EXPECT_EQ(tree->levels, 3u);
    EXPECT_EQ(tree->starts[2], data + 1);
    EXPECT_EQ(tree->starts[1], data + 2);
    EXPECT_EQ(tree->starts[0], data + 2 + 3);
    EXPECT_EQ(tree->end, data + 2 + 3 + 257);
}

TEST(hash_tree_test, every_block_has_its_own_place) {
    for (const char* name : {"crc32c", "sha256"})
        for (u64 data : {2, 127, 128, 129, 1024, 1025, 20'000}) {
            auto tree = parse(make_superblock(name, data), data);
            ASSERT_TRUE(tree.has_value());
            std::vector<bool> used((tree->end - tree->start) * 4096);
            u64 roots = 0;
            for (u64 number = 0; number < tree->end; ++number) {
                if (number == data)
                    continue;  // the superblock
                const auto by = tree->voucher_of(tree->place_of(number));
                if (by.block == 0) {
                    ++roots;
                    EXPECT_EQ(number, tree->start);
                    continue;
                }
                // Its voucher is in the tree, on the level above, which lies before it.
                ASSERT_GE(by.block, tree->start);
                ASSERT_LT(by.block, tree->end);
                if (number > data) {
                    EXPECT_LT(by.block, number);
                }
                ASSERT_LE(by.offset + tree->digest_bytes(), 4096u);
                for (usize i = 0; i < tree->digest_bytes(); ++i) {
                    const usize at = (by.block - tree->start) * 4096 + by.offset + i;
                    EXPECT_FALSE(used[at]);
                    used[at] = true;
                }
            }
            EXPECT_EQ(roots, 1u);
        }
}

TEST(hash_tree_test, salt_comes_first) {
    auto tree = parse(make_superblock("sha256", 200), 200);
    ASSERT_TRUE(tree.has_value());
    const std::string block(4096, 'z');
    const digest d = tree->hash(reinterpret_cast<const u8*>(block.data()));
    auto wanted = parse_digest(sha256_of("abc" + block), *tree);
    ASSERT_TRUE(wanted.has_value());
    EXPECT_EQ(d, *wanted);
}

TEST(hash_tree_test, refuses_every_flipped_bit) {
    const auto good = make_superblock("crc32c", 5000);
    ASSERT_TRUE(parse(good, 5000).has_value());
    for (usize bit = 0; bit < 4096 * 8; ++bit) {
        auto block = good;
        block[bit / 8] ^= static_cast<u8>(1 << bit % 8);
        const usize byte = bit / 8;
        auto tree = parse(block, 5000);
        if (byte >= offsetof(superblock, uuid) && byte < offsetof(superblock, algorithm))
            continue;  // means nothing here
        // Another salt makes other digests: every block is damaged then.
        if (byte >= offsetof(superblock, salt) && byte < offsetof(superblock, salt) + 3)
            EXPECT_NE(std::memcmp(tree->salt, "abc", 3), 0);
        else if (byte == offsetof(superblock, salt_bytes) && tree)
            EXPECT_GT(tree->salt_bytes, 3u);
        else
            EXPECT_FALSE(tree.has_value()) << bit;
    }
}

TEST(hash_tree_test, refuses_what_is_cut_short) {
    const auto block = make_superblock("crc32c", 5000);
    EXPECT_TRUE(parse(block, 5000, 5000 + 1 + 1 + 5).has_value());
    EXPECT_FALSE(parse(block, 5000, 5000 + 1 + 1 + 4).has_value());
    EXPECT_FALSE(parse(block, 5001).has_value());
}

TEST(hash_tree_test, digests_are_read_exactly) {
    auto tree = parse(make_superblock("crc32c", 5000), 5000);
    ASSERT_TRUE(tree.has_value());
    auto d = parse_digest("0aFf1234", *tree);
    ASSERT_TRUE(d.has_value());
    EXPECT_EQ(d->bytes[0], 0x0a);
    EXPECT_EQ(d->bytes[1], 0xff);
    for (const char* wrong : {"", "0aff123", "0aff12345", "0aff123g", "0x0aff12"})
        EXPECT_FALSE(parse_digest(wrong, *tree).has_value());
}
