// SPDX-License-Identifier: BSD-3-Clause
// The devices of major number 1: mem(4), null(4), full(4), random(4), kmsg.
#include <base/log_ring.hh>
#include <base/string.hh>
#include <fs/dev/dev.hh>
#include <fs/tty/console_terminal.hh>
#include <fs/tty/pty.hh>
#include <memory/user_pointer.hh>
#include <sync/random_pool.hh>
#include <vfs/device.hh>

namespace osprey::fs {

namespace {

enum minor : u32 {
    null_minor = 3,
    zero_minor = 5,
    full_minor = 7,
    random_minor = 8,
    urandom_minor = 9,
    kmsg_minor = 11
};

/// Devices without a position: what is read does not depend on the offset.
class plain_device : public vfs::file {
public:
    using file::file;
    result<usize> read_at(vfs::io_buffer& to, u64) noexcept final { return read(to); }
    result<usize> write_at(vfs::io_buffer& from, u64) noexcept final { return write(from); }
    result<u64> seek(i64, int) noexcept override { return u64{0}; }
    result<void> truncate(u64) noexcept override { return errc::invalid_argument; }
};

class null_device final : public plain_device {
public:
    using plain_device::plain_device;
    result<usize> read(vfs::io_buffer&) noexcept override { return usize{0}; }
    result<usize> write(vfs::io_buffer& from) noexcept override { return from.remaining(); }
};

class zero_device final : public plain_device {
public:
    using plain_device::plain_device;
    result<usize> read(vfs::io_buffer& to) noexcept override {
        return to.put_zeros(to.remaining());
    }
    result<usize> write(vfs::io_buffer& from) noexcept override { return from.remaining(); }
    result<refptr<memory::vm_object>> mapping(bool, bool) noexcept override {
        return memory::vm_object::create(u64{1} << 46, nullptr);  // as large as anybody can map
    }
};

class full_device final : public plain_device {
public:
    using plain_device::plain_device;
    result<usize> read(vfs::io_buffer& to) noexcept override {
        return to.put_zeros(to.remaining());
    }
    result<usize> write(vfs::io_buffer&) noexcept override { return errc::no_space; }
};

class random_device final : public plain_device {
public:
    using plain_device::plain_device;
    result<usize> read(vfs::io_buffer& to) noexcept override {
        usize done = 0;
        u8 piece[256];
        while (to.remaining() != 0) {
            const usize n = to.remaining() < sizeof(piece) ? to.remaining() : sizeof(piece);
            random_bytes(piece, n);
            auto put = to.put(piece, n);
            if (!put)
                return done ? result<usize>{done} : put.error();
            done += *put;
            if (*put < n)
                break;
        }
        return done;
    }
    result<usize> write(vfs::io_buffer& from) noexcept override {
        usize done = 0;
        u8 piece[256];
        while (from.remaining() != 0) {
            const usize n = TRY(from.take(piece, sizeof(piece)));
            add_entropy({piece, n});
            done += n;
        }
        return done;
    }
    result<u64> ioctl(u32 request, u64 argument) noexcept override {
        constexpr u32 get_entropy_count = 0x80045200, add_to_count = 0x40045201;
        switch (request) {
            case get_entropy_count:
                TRY_VOID(memory::user_ptr<i32>{argument}.store(256));
                return u64{0};
            case add_to_count:
                return u64{0};  // bytes written count as they are mixed in; nothing is estimated
            default:
                return errc::invalid_argument;
        }
    }
};

/// /dev/kmsg: one record per read, "level,number,microseconds,-;text\n"; writing logs a line.
class log_device final : public vfs::file {
public:
    log_device(refptr<vfs::vnode> node, u32 flags) noexcept : file{std::move(node), flags} {
        position = log::oldest();
    }
    result<usize> read(vfs::io_buffer& to) noexcept override {
        sync::lock_guard guard{position_mutex};
        log::record line;
        if (!log::read(position, line))
            return errc::again;  // nobody is told of new lines
        constexpr u8 syslog_level[] = {3, 4, 5, 6, 7};
        auto text =
            TRY(string::format("{},{},{},-;{}\n", syslog_level[static_cast<usize>(line.severity)],
                               line.number, line.ns / 1000, line.text.view()));
        if (to.remaining() < text.size())
            return errc::invalid_argument;
        const usize n = TRY(to.put(text.c_str(), text.size()));
        position = line.next;
        return n;
    }
    result<usize> write(vfs::io_buffer& from) noexcept override {
        char text[400];
        const usize all = from.remaining();
        usize n = TRY(from.take(text, sizeof(text)));
        std::string_view line{text, n};
        log::level severity = log::level::notice;
        if (line.starts_with('<')) {
            if (usize end = line.find('>'); end != line.npos && end <= 4) {
                constexpr log::level levels[] = {
                    log::level::error,   log::level::error,  log::level::error, log::level::error,
                    log::level::warning, log::level::notice, log::level::info,  log::level::debug};
                severity = levels[(line[end - 1] - '0') & 7];
                line.remove_prefix(end + 1);
            }
        }
        while (!line.empty() && line.back() == '\n')
            line.remove_suffix(1);
        log::write(severity, line);
        return all;
    }
    result<u64> seek(i64 offset, int whence) noexcept override {
        if (offset != 0)
            return errc::illegal_seek;
        sync::lock_guard guard{position_mutex};
        position = whence == 2 ? log::newest() : log::oldest();
        return u64{0};
    }
    u32 poll(vfs::poll_registration*) noexcept override {
        sync::lock_guard guard{position_mutex};
        return vfs::poll_out | (position < log::newest() ? u32{vfs::poll_in} : 0u);
    }
};

result<refptr<vfs::file>> open_memory(refptr<vfs::vnode> node, vfs::device_number number,
                                      u32 flags) noexcept {
    switch (number.minor) {
        case null_minor:
            return TRY(make_ref<null_device>(std::move(node), flags));
        case zero_minor:
            return TRY(make_ref<zero_device>(std::move(node), flags));
        case full_minor:
            return TRY(make_ref<full_device>(std::move(node), flags));
        case random_minor:
        case urandom_minor:
            return TRY(make_ref<random_device>(std::move(node), flags));
        case kmsg_minor:
            return TRY(make_ref<log_device>(std::move(node), flags));
        default:
            return errc::no_device_or_address;
    }
}

constinit vfs::device_class memory_class{"mem",      vfs::node_type::character_device, 1, 0, 256,
                                         open_memory};

}  // namespace

void register_block_nodes() noexcept;

void register_devices() noexcept {
    vfs::register_device(memory_class);
    register_block_nodes();
    register_port_nodes();
    register_terminal_devices();
    register_ptys();
}

}  // namespace osprey::fs
