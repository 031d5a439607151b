// SPDX-License-Identifier: BSD-3-Clause
#include <arch/clock.hh>
#include <drivers/block/block_device.hh>
#include <sched/thread.hh>
#include <sync/mutex.hh>
#include <trace/tracepoint.hh>

namespace osprey::drivers {
namespace {
constinit sync::mutex lock{sync::lock_rank::block_device};
constinit intrusive_list<block_device, &block_device::link> disks;
}  // namespace

disk_request::disk_request(disk_counters& of, kind what, u64 sectors) noexcept
    : counters_{of},
      direction_{what == kind::read    ? of.reads
                 : what == kind::write ? of.writes
                                       : of.flushes},
      sectors_{sectors},
      started_{arch::now().ns} {
    if (of.in_flight.fetch_add(1, std::memory_order_relaxed) == 0)
        of.busy_since.store(started_, std::memory_order_relaxed);
}

TRACEPOINT(block, block_request_done, u64 sectors, u64 ns);
disk_request::~disk_request() {
    const u64 now = arch::now().ns;
    TRACE(block_request_done, sectors_, now - started_);
    direction_.requests.fetch_add(1, std::memory_order_relaxed);
    direction_.sectors.fetch_add(sectors_, std::memory_order_relaxed);
    direction_.ns.fetch_add(now - started_, std::memory_order_relaxed);
    const u64 since = counters_.busy_since.load(std::memory_order_relaxed);
    if (counters_.in_flight.fetch_sub(1, std::memory_order_relaxed) == 1 && now > since)
        counters_.busy_ns.fetch_add(now - since, std::memory_order_relaxed);
    if (sched::thread* self = arch::current_thread())
        (&direction_ == &counters_.writes ? self->disk_bytes_written : self->disk_bytes_read) +=
            sectors_ * 512;
}

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
