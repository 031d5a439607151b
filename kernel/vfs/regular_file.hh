// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <vfs/file.hh>

namespace osprey::vfs {

/// An open regular file whose data is the vnode's `pages`: read, write and mmap meet in them.
class regular_file : public file {
public:
    using file::file;
    result<usize> read_at(io_buffer& to, u64 offset) noexcept override;
    result<usize> write_at(io_buffer& from, u64 offset) noexcept override;
    result<usize> write(io_buffer& from) noexcept override;
    result<u64> seek(i64 offset, int whence) noexcept override;
    u32 poll(poll_registration*) noexcept override {
        return poll_in | poll_out | poll_rdnorm | poll_wrnorm;
    }
    [[nodiscard]] bool pollable() const noexcept override { return false; }
    result<u64> ioctl(u32 request, u64 argument) noexcept override;
    result<void> truncate(u64 bytes) noexcept override;
    result<void> synchronize(bool data_only) noexcept override;
    result<void> allocate_space(u32 mode, u64 offset, u64 bytes) noexcept override;
    result<refptr<memory::vm_object>> mapping(bool shared, bool writable) noexcept override;

private:
    result<usize> write_pages(io_buffer& from, u64 offset) noexcept;
};

}  // namespace osprey::vfs
