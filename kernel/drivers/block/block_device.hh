// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <atomic>
#include <base/intrusive_list.hh>
#include <base/refptr.hh>
#include <base/types.hh>
#include <span>
#include <string_view>

namespace osprey::drivers {

/// What /proc/diskstats tells of a disk. A request takes far longer than counting it.
struct disk_counters {
    struct direction {
        std::atomic<u64> requests{0}, sectors{0}, ns{0};
    };
    direction reads, writes;
    direction flushes;               // sectors stay 0
    std::atomic<u64> in_flight{0};   // now
    std::atomic<u64> busy_ns{0};     // with at least one request
    std::atomic<u64> busy_since{0};  // monotonic ns; meaningless while none is in flight
};

/// Counts one request to a disk for as long as it lives.
class disk_request {
public:
    enum class kind : u8 { read, write, flush };
    disk_request(disk_counters& of, kind what, u64 sectors) noexcept;
    ~disk_request();
    disk_request(const disk_request&) = delete;

private:
    disk_counters& counters_;
    disk_counters::direction& direction_;
    u64 sectors_;
    u64 started_;
};

/// A disk. Sectors are 512 bytes, as in virtio and Linux's block layer, whatever the medium's
/// physical size. Buffers are kernel memory in the direct map (physically contiguous each).
/// Context: threads, may sleep.
class block_device : public ref_counted<block_device> {
public:
    struct buffer {
        void* data;
        usize bytes;  // multiple of 512
    };

    virtual ~block_device() = default;
    [[nodiscard]] virtual std::string_view name() const noexcept = 0;  // "vda"
    [[nodiscard]] virtual u64 sectors() const noexcept = 0;
    [[nodiscard]] virtual bool read_only() const noexcept = 0;
    /// Reads or writes consecutive sectors from `sector` on into the buffers in order.
    /// @return `errc::io_error`, `errc::invalid_argument` beyond the end, `errc::read_only`.
    virtual result<void> read(u64 sector, std::span<const buffer> to) noexcept = 0;
    virtual result<void> write(u64 sector, std::span<const buffer> from) noexcept = 0;
    virtual result<void> flush() noexcept = 0;
    /// The serial number that the host gave the disk. @return its length, 0: none.
    virtual usize identify(std::span<char> to) noexcept {
        static_cast<void>(to);
        return 0;
    }

    list_hook link;
    disk_counters counters;  // kept by the driver, with `disk_request`
};

/// Makes a disk known under its name (/dev, /proc/partitions).
void register_block_device(refptr<block_device> device) noexcept;
refptr<block_device> find_block_device(std::string_view name) noexcept;
void for_each_block_device(bool (*visit)(block_device&, void*), void* context) noexcept;

}  // namespace osprey::drivers
