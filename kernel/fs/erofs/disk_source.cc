// SPDX-License-Identifier: BSD-3-Clause
#include <fs/erofs/disk_source.hh>

namespace osprey::fs::erofs {

result<void> disk_source::open() noexcept {
    metadata_ = TRY(memory::vm_object::create(blocks() << block_shift, this));
    return {};
}

result<const u8*> disk_source::pin(u64 block) noexcept {
    memory::frame* page = TRY(metadata_->get_page(block, memory::vm_object::access::read));
    return static_cast<const u8*>(memory::data_of(page));
}

void disk_source::unpin(const u8* data) noexcept {
    memory::release_frame(memory::frame_of(arch::physical_of_direct(data)));
}

namespace {

/// Large pieces of the heap may be mapped page by page; disks reach the direct map only.
bool reachable(const void* memory) noexcept {
    const auto at = reinterpret_cast<virtual_address>(memory);
    return at >= arch::direct_map_base && at < arch::frame_table_base;
}

}  // namespace

/// One request of the disk per `group` blocks; neighbouring frames share a buffer.
result<void> disk_source::read(u64 first, void* const* to, usize count) noexcept {
    constexpr usize group = 64;
    drivers::block_device::buffer buffers[group];
    while (count) {
        if (!reachable(*to)) {
            memory::frame* bounce = TRY(memory::allocate_frames());
            void* data = memory::data_of(bounce);
            const drivers::block_device::buffer buffer{data, block_bytes};
            const auto done = disk_->read(first * (block_bytes / 512), {&buffer, 1});
            if (done)
                std::memcpy(*to, data, block_bytes);
            memory::release_frame(bounce);
            TRY_VOID(done ? result<void>{} : done.error());
            ++first;
            ++to;
            --count;
            continue;
        }
        usize used = 0, taken = 0;
        for (; taken < count; ++taken) {
            u8* const page = static_cast<u8*>(to[taken]);
            if (!reachable(page))
                break;
            if (used != 0 &&
                static_cast<u8*>(buffers[used - 1].data) + buffers[used - 1].bytes == page)
                buffers[used - 1].bytes += block_bytes;
            else if (used < group)
                buffers[used++] = {page, block_bytes};
            else
                break;
        }
        TRY_VOID(disk_->read(first * (block_bytes / 512), {buffers, used}));
        first += taken;
        to += taken;
        count -= taken;
    }
    return {};
}

}  // namespace osprey::fs::erofs
