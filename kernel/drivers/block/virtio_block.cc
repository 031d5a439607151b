// SPDX-License-Identifier: BSD-3-Clause
// Virtio disk (virtio 1.2 §5.2).
#include <arch/paging.hh>
#include <base/heap.hh>
#include <base/log.hh>
#include <drivers/block/block_device.hh>
#include <drivers/virtio/devices.hh>
#include <drivers/virtio/request_queue.hh>
#include <trace/tracepoint.hh>

namespace osprey::drivers::virtio {
namespace {

enum block_feature : u8 {
    feature_size_max = 1,
    feature_segment_max = 2,
    feature_read_only = 5,
    feature_flush = 9,
};
enum config_offset : u32 { capacity = 0, size_max = 8, segment_max = 12 };
enum request_kind : u32 { kind_in = 0, kind_out = 1, kind_flush = 4, kind_get_id = 8 };
enum request_status : u8 { status_ok = 0, status_io_error = 1, status_unsupported = 2 };
constexpr usize id_bytes = 20;
constexpr u64 sector_bytes = 512;

struct request_header {
    u32 kind;
    u32 reserved;
    u64 sector;
};
static_assert(sizeof(request_header) == 16);

class virtio_block final : public block_device {
public:
    explicit virtio_block(transport& device, unsigned number) noexcept : device_{device} {
        // vda … vdz, vdaa …, as Linux counts
        char reversed[4];
        usize count = 0;
        for (unsigned n = number + 1; n != 0 && count < sizeof reversed; n = (n - 1) / 26)
            reversed[count++] = static_cast<char>('a' + (n - 1) % 26);
        name_[0] = 'v';
        name_[1] = 'd';
        for (usize i = 0; i < count; ++i)
            name_[2 + i] = reversed[count - 1 - i];
        name_size_ = 2 + count;
    }

    result<void> open() noexcept {
        TRY_VOID(device_.begin(u64{1} << feature_size_max | u64{1} << feature_segment_max |
                               u64{1} << feature_read_only | u64{1} << feature_flush));
        sectors_ = device_.config<u64>(capacity);
        read_only_ = device_.has(feature_read_only);
        if (device_.has(feature_size_max))
            if (const u32 most = device_.config<u32>(size_max); most >= sector_bytes)
                part_limit_ = static_cast<u32>(align_down(most, sector_bytes));
        if (device_.has(feature_segment_max))
            if (const u32 most = device_.config<u32>(segment_max); most != 0 && most < part_count_)
                part_count_ = most;
        TRY_VOID(requests_.open(device_, 0));
        device_.finish();
        return ok;
    }

    std::string_view name() const noexcept override { return {name_, name_size_}; }
    u64 sectors() const noexcept override { return sectors_; }
    bool read_only() const noexcept override { return read_only_; }

    result<void> read(u64 sector, std::span<const buffer> to) noexcept override {
        return transfer(kind_in, sector, to);
    }
    result<void> write(u64 sector, std::span<const buffer> from) noexcept override {
        if (read_only_)
            return errc::read_only;
        return transfer(kind_out, sector, from);
    }
    result<void> flush() noexcept override {
        if (!device_.has(feature_flush))
            return ok;  // §5.2.6: such a device writes through
        return submit(kind_flush, 0, {});
    }
    usize identify(std::span<char> to) noexcept override;

private:
    result<void> transfer(request_kind kind, u64 sector, std::span<const buffer> data) noexcept;
    result<void> submit(request_kind kind, u64 sector, std::span<const segment> data) noexcept;

    transport& device_;
    request_queue requests_;
    u64 sectors_ = 0;
    u32 part_limit_ = 1u << 22;
    u32 part_count_ = request_queue::most_parts;
    bool read_only_ = false;
    char name_[8] = {};
    usize name_size_;
};

TRACEPOINT(block, virtio_blk_request, u32 kind, u64 sector);
/// Cuts the transfer into requests that the device can take; one after the other.
result<void> virtio_block::transfer(request_kind kind, u64 sector,
                                    std::span<const buffer> data) noexcept {
    TRACE(virtio_blk_request, static_cast<u32>(kind), sector);
    u64 bytes = 0;
    for (const auto& b : data) {
        if (b.bytes % sector_bytes)
            return errc::invalid_argument;
        bytes += b.bytes;
    }
    if (sector > sectors_ || bytes / sector_bytes > sectors_ - sector)
        return errc::invalid_argument;
    segment parts[request_queue::most_parts];
    u32 count = 0;
    u64 pending = 0;
    for (const auto& b : data) {
        u64 address = raw(arch::physical_of_direct(b.data));
        for (usize left = b.bytes; left != 0;) {
            const u32 part = left < part_limit_ ? static_cast<u32>(left) : part_limit_;
            if (count == part_count_) {
                TRY_VOID(submit(kind, sector, {parts, count}));
                sector += pending / sector_bytes;
                count = 0;
                pending = 0;
            }
            parts[count++] = {address, part};
            pending += part;
            address += part;
            left -= part;
        }
    }
    return count ? submit(kind, sector, {parts, count}) : result<void>{};
}

TRACEPOINT(block, virtio_blk_strategy, u32 kind, u64 sector, u64 bytes);
result<void> virtio_block::submit(request_kind kind, u64 sector,
                                  std::span<const segment> data) noexcept {
    constexpr u32 status_at = sizeof(request_header);
    u64 bytes = 0;
    for (const auto& s : data)
        bytes += s.bytes;
    TRACE(virtio_blk_strategy, static_cast<u32>(kind), sector, bytes);
    const disk_request counted{counters,
                               kind == kind_out     ? disk_request::kind::write
                               : kind == kind_flush ? disk_request::kind::flush
                                                    : disk_request::kind::read,
                               bytes / sector_bytes};
    request_queue::ticket ticket{requests_};
    *reinterpret_cast<request_header*>(ticket.scratch()) = {kind, 0, sector};
    u8& status = ticket.scratch()[status_at];
    status = 0xff;
    segment parts[request_queue::most_parts + 2];
    u32 count = 0;
    parts[count++] = {ticket.scratch_address(), sizeof(request_header)};
    for (const auto& s : data)
        parts[count++] = s;
    parts[count++] = {ticket.scratch_address() + status_at, 1};
    const u32 reads = kind == kind_out ? count - 1 : 1;
    requests_.perform(ticket, {parts, reads}, {parts + reads, count - reads});
    switch (*static_cast<volatile u8*>(&status)) {
        case status_ok:
            return ok;
        case status_unsupported:
            return errc::not_supported;
        default:
            log::error("{}: request {} at sector {} failed", name(), static_cast<u32>(kind),
                       sector);
            return errc::io_error;
    }
}

usize virtio_block::identify(std::span<char> to) noexcept {
    auto* page = static_cast<char*>(allocate(page_size, page_size));
    if (!page)
        return 0;
    const segment part{raw(arch::physical_of_direct(page)), id_bytes};
    usize length = 0;
    if (submit(kind_get_id, 0, {&part, 1}))
        for (; length < id_bytes && length < to.size() && page[length]; ++length)
            to[length] = page[length];
    deallocate(page, page_size);
    return length;
}

}  // namespace

result<void> attach_block(transport& device) noexcept {
    static constinit unsigned disks = 0;  // devices are attached by one thread
    auto disk = TRY(make_ref<virtio_block>(device, disks));
    TRY_VOID(disk->open());
    ++disks;
    log::debug("{}: {} sectors{}", disk->name(), disk->sectors(),
               disk->read_only() ? ", read only" : "");
    register_block_device(refptr<block_device>{std::move(disk)});
    return ok;
}

}  // namespace osprey::drivers::virtio
