// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <base/log.hh>
#include <drivers/block/verity/hash_tree.hh>
#include <drivers/block/verity/verified_disk.hh>
#include <memory/vm_object.hh>

namespace osprey::drivers::verity {
namespace {

constexpr u64 block_sectors = block_bytes / 512;

constinit std::atomic<u64> damages{0};
using watcher = void (*)(std::string_view, u64);
constinit watcher damage_watcher = nullptr;

void report_damage(std::string_view disk, u64 block) noexcept {
    constexpr u64 told = 8;  // more lines than that help nobody
    const u64 before = damages.fetch_add(1, std::memory_order_relaxed);
    if (before < told)
        log::error("image damaged: block {} of {} does not match its checksum", block, disk);
    if (before == 0 && damage_watcher)
        damage_watcher(disk, block);
}

result<void> read_block(block_device& disk, u64 block, void* to) noexcept {
    const block_device::buffer buffer{to, block_bytes};
    return disk.read(block * block_sectors, {&buffer, 1});
}

/// The tree's blocks live in a page cache of their own, numbered from `hash_tree::start` on, and
/// are checked as they come in, so that each costs one check for as long as it stays.
class verified_disk final : public block_device, private memory::pager {
public:
    verified_disk(refptr<block_device> disk, const hash_tree& tree) noexcept
        : disk_{std::move(disk)}, tree_{tree} {}
    result<void> open() noexcept {
        blocks_ = TRY(memory::vm_object::create((tree_.end - tree_.start) << block_shift, this));
        return {};
    }
    void set_root(const digest& root) noexcept {
        root_ = root;
        has_root_ = true;
    }

    [[nodiscard]] std::string_view name() const noexcept override { return disk_->name(); }
    [[nodiscard]] u64 sectors() const noexcept override {
        return tree_.data_blocks * block_sectors;
    }
    [[nodiscard]] bool read_only() const noexcept override { return true; }
    result<void> read(u64 sector, std::span<const buffer> to) noexcept override;
    result<void> write(u64, std::span<const buffer>) noexcept override { return errc::read_only; }
    result<void> flush() noexcept override { return ok; }
    usize identify(std::span<char> to) noexcept override { return disk_->identify(to); }

private:
    result<void> read_pages(u64 index, void* const* pages, usize count) noexcept override;
    result<void> check(hash_tree::place at, const u8* data, const u8* vouching) noexcept;
    result<void> check_by_cache(hash_tree::place at, const u8* data) noexcept;

    refptr<block_device> disk_;
    const hash_tree tree_;
    refptr<memory::vm_object> blocks_;
    digest root_;
    bool has_root_ = false;
};

/// @param vouching the block with the digest, null for the highest level.
result<void> verified_disk::check(hash_tree::place at, const u8* data,
                                  const u8* vouching) noexcept {
    const digest found = tree_.hash(data);
    const bool good = vouching
                          ? std::memcmp(found.bytes.data(), vouching + tree_.voucher_of(at).offset,
                                        tree_.digest_bytes()) == 0
                          : !has_root_ || found == root_;
    if (good) [[likely]]
        return ok;
    report_damage(name(), at.level < 0 ? at.index : tree_.starts[at.level] + at.index);
    return errc::io_error;
}

result<void> verified_disk::check_by_cache(hash_tree::place at, const u8* data) noexcept {
    const u64 block = tree_.voucher_of(at).block;
    if (block == 0)
        return check(at, data, nullptr);
    memory::frame* page =
        TRY(blocks_->get_page(block - tree_.start, memory::vm_object::access::read));
    const auto outcome = check(at, data, static_cast<const u8*>(memory::data_of(page)));
    memory::release_frame(page);
    return outcome;
}

/// Levels come in falling order, so what vouches for a block of the tree lies before it: among the
/// pages of this call, already checked, or in the cache. Waiting for the latter cannot go round in
/// a circle, as whoever fills it needs pages before that one only.
result<void> verified_disk::read_pages(u64 index, void* const* pages, usize count) noexcept {
    for (usize i = 0; i < count; ++i) {
        const u64 number = tree_.start + index + i;
        auto* const data = static_cast<u8*>(pages[i]);
        TRY_VOID(read_block(*disk_, number, data));
        const auto at = tree_.place_of(number);
        const u64 voucher = tree_.voucher_of(at).block;
        if (voucher >= tree_.start + index)
            TRY_VOID(check(at, data, static_cast<u8*>(pages[voucher - tree_.start - index])));
        else
            TRY_VOID(check_by_cache(at, data));
    }
    return ok;
}

result<void> verified_disk::read(u64 sector, std::span<const buffer> to) noexcept {
    u64 bytes = 0;
    for (const buffer& b : to) {
        if (b.bytes % block_bytes)
            return errc::invalid_argument;
        bytes += b.bytes;
    }
    if (sector % block_sectors || sector > sectors() || bytes / 512 > sectors() - sector)
        return errc::invalid_argument;
    TRY_VOID(disk_->read(sector, to));
    u64 block = sector / block_sectors;
    memory::frame* page = nullptr;
    u64 page_block = 0;
    result<void> outcome = ok;
    for (const buffer& b : to)
        for (usize at = 0; at < b.bytes && outcome; at += block_bytes, ++block) {
            const hash_tree::place place{-1, block};
            const u64 voucher = tree_.voucher_of(place).block;
            if (voucher != page_block) {
                if (page)
                    memory::release_frame(std::exchange(page, nullptr));
                page_block = 0;
                auto got =
                    blocks_->get_page(voucher - tree_.start, memory::vm_object::access::read);
                if (!got) {
                    outcome = got.error();
                    break;
                }
                page = *got;
                page_block = voucher;
            }
            outcome = check(place, static_cast<const u8*>(b.data) + at,
                            page ? static_cast<const u8*>(memory::data_of(page)) : nullptr);
        }
    if (page)
        memory::release_frame(page);
    return outcome;
}

bool is_zero(const u8* block) noexcept {
    return std::all_of(block, block + block_bytes, [](u8 byte) { return byte == 0; });
}

result<refptr<block_device>> open_tree(refptr<block_device> disk, const u8* block, u64 data_blocks,
                                       std::string_view root_hash, const char*& reason) noexcept {
    const hash_tree tree = TRY(
        read_superblock(block, data_blocks, data_blocks, disk->sectors() / block_sectors, reason));
    auto checked = TRY(make_ref<verified_disk>(disk, tree));
    TRY_VOID(checked->open());
    if (!root_hash.empty()) {
        auto root = parse_digest(root_hash, tree);
        if (!root) {
            reason = "--root-hash is no digest of its algorithm";
            return root.error();
        }
        checked->set_root(*root);
    }
    log::info("verity: {} is checked by {} over {} blocks", disk->name(), name_of(tree.kind),
              data_blocks);
    return refptr<block_device>{std::move(checked)};
}

}  // namespace

result<refptr<block_device>> verify(refptr<block_device> disk, u64 data_blocks,
                                    std::string_view root_hash, const char*& reason) noexcept {
    reason = "the superblock of its hash tree cannot be read";
    memory::frame* page = TRY(memory::allocate_frames());
    auto* const block = static_cast<u8*>(memory::data_of(page));
    const bool longer = disk->sectors() / block_sectors > data_blocks;
    result<void> seen = longer ? read_block(*disk, data_blocks, block) : ok;
    result<refptr<block_device>> outcome = disk;
    if (!seen) {
        outcome = seen.error();
    } else if (longer && !is_zero(block)) {
        outcome = open_tree(std::move(disk), block, data_blocks, root_hash, reason);
    } else if (!root_hash.empty()) {
        reason = "there is no hash tree for --root-hash";
        outcome = errc::invalid_argument;
    } else {
        log::info("verity: {} has no hash tree, so damage in it may go unnoticed", disk->name());
    }
    memory::release_frame(page);
    return outcome;
}

u64 damage_count() noexcept {
    return damages.load(std::memory_order_relaxed);
}

void watch_damage(void (*function)(std::string_view, u64)) noexcept {
    damage_watcher = function;
}

}  // namespace osprey::drivers::verity
