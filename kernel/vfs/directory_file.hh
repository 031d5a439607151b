// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <vfs/file.hh>

namespace osprey::vfs {

/// An open directory. The position is a cookie: 0 ".", 1 "..", then the filesystem's plus 2.
class directory_file final : public file {
public:
    using file::file;
    result<usize> read(io_buffer&) noexcept override { return errc::is_directory; }
    result<usize> read_at(io_buffer&, u64) noexcept override { return errc::is_directory; }
    result<u64> seek(i64 offset, int whence) noexcept override;
    u32 poll(poll_registration*) noexcept override { return poll_in | poll_rdnorm; }
    [[nodiscard]] bool pollable() const noexcept override { return false; }
    result<void> synchronize(bool data_only) noexcept override;
    result<void> read_directory(directory_sink& sink) noexcept override;
};

}  // namespace osprey::vfs
