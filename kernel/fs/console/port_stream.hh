// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <drivers/console/character_port.hh>
#include <vfs/file.hh>

namespace osprey::fs {

/// One direction of a port to the host, behaving like an end of a pipe: fstat says FIFO, there is
/// no terminal, and input can end.
class port_stream final : public vfs::file {
public:
    enum class direction : u8 { input, output };
    /// `port` null: input is at its end, output is thrown away.
    port_stream(drivers::character_port* port, direction d, u64 inode) noexcept
        : port_stream{port, d, inode,
                      d == direction::input ? u32{vfs::o_rdonly} : u32{vfs::o_wronly}} {}
    port_stream(drivers::character_port* port, direction d, u64 inode, u32 flags) noexcept
        : file{nullptr, flags}, port_{port}, direction_{d}, inode_{inode} {}

    result<usize> read(vfs::io_buffer& to) noexcept override;
    result<usize> write(vfs::io_buffer& from) noexcept override;
    result<usize> read_at(vfs::io_buffer&, u64) noexcept override { return errc::illegal_seek; }
    result<usize> write_at(vfs::io_buffer&, u64) noexcept override { return errc::illegal_seek; }
    u32 poll(vfs::poll_registration* w) noexcept override;
    result<u64> ioctl(u32 request, u64 argument) noexcept override;
    result<vfs::attributes> get_attributes() noexcept override;
    usize describe(char* to, usize room) const noexcept override;
    /// For its own direction only, unlike a pipe.
    result<refptr<vfs::file>> reopen(u32 flags) noexcept override;

    static void set_input_end(u64 bytes) noexcept;

private:
    drivers::character_port* port_;
    direction direction_;
    u64 inode_;
};

}  // namespace osprey::fs
