// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <base/intrusive_list.hh>
#include <base/refptr.hh>
#include <base/types.hh>
#include <span>
#include <string_view>

namespace osprey::drivers {

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
};

/// Makes a disk known under its name (/dev, /proc/partitions).
void register_block_device(refptr<block_device> device) noexcept;
refptr<block_device> find_block_device(std::string_view name) noexcept;
void for_each_block_device(bool (*visit)(block_device&, void*), void* context) noexcept;

}  // namespace osprey::drivers
