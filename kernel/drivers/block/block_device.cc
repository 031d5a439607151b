// SPDX-License-Identifier: BSD-3-Clause
#include <drivers/block/block_device.hh>
#include <sync/mutex.hh>

namespace osprey::drivers {
namespace {
constinit sync::mutex lock{sync::lock_rank::block_device};
constinit intrusive_list<block_device, &block_device::link> disks;
}  // namespace

void register_block_device(refptr<block_device> device) noexcept {
    sync::lock_guard guard{lock};
    disks.push_back(*device.release());  // the list keeps the reference: disks never go away
}

refptr<block_device> find_block_device(std::string_view name) noexcept {
    sync::lock_guard guard{lock};
    for (auto& disk : disks)
        if (disk.name() == name)
            return refptr<block_device>{&disk};
    return {};
}

void for_each_block_device(bool (*visit)(block_device&, void*), void* context) noexcept {
    // Disks never leave the list, so only the steps need the lock, and `visit` may look for others.
    auto step = [](auto at) {
        sync::lock_guard guard{lock};
        auto next = at == disks.end() ? disks.begin() : ++at;
        return next == disks.end() ? nullptr : &*next;
    };
    for (block_device* disk = step(disks.end()); disk;
         disk = step(decltype(disks)::iterator{&disk->link}))
        if (!visit(*disk, context))
            return;
}

}  // namespace osprey::drivers
