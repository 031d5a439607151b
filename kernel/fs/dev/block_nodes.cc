// SPDX-License-Identifier: BSD-3-Clause
// Disks as files: /dev/vda and its like.
#include <cstring>
#include <fs/dev/dev.hh>
#include <memory/user_pointer.hh>
#include <vfs/device.hh>

namespace osprey::fs {

namespace {

constexpr u32 disk_major = 254;      // virtio_blk takes the first dynamic number of Linux
constexpr u32 minors_per_disk = 16;  // as Linux leaves room for partitions
constexpr usize sector = 512;

/// Reads and writes go to the disk at once; there is no cache beside the filesystems' own.
class disk_file final : public vfs::file {
public:
    disk_file(refptr<vfs::vnode> node, u32 flags, refptr<drivers::block_device> disk) noexcept
        : file{std::move(node), flags}, disk_{std::move(disk)} {}

    result<usize> read_at(vfs::io_buffer& to, u64 offset) noexcept override {
        return transfer(to, offset, false);
    }
    result<usize> write_at(vfs::io_buffer& from, u64 offset) noexcept override {
        return transfer(from, offset, true);
    }
    result<u64> seek(i64 offset, int whence) noexcept override {
        sync::lock_guard guard{position_mutex};
        const i64 base = whence == 0   ? 0
                         : whence == 1 ? static_cast<i64>(position)
                                       : static_cast<i64>(bytes());
        if (whence < 0 || whence > 2 || base + offset < 0)
            return errc::invalid_argument;
        position = static_cast<u64>(base + offset);
        return position;
    }
    result<void> synchronize(bool) noexcept override { return disk_->flush(); }
    result<u64> ioctl(u32 request, u64 argument) noexcept override {
        constexpr u32 read_only = 0x125e, size_in_sectors = 0x1260, flush = 0x1261,
                      sector_size = 0x1268, size_in_bytes = 0x80081272, physical_size = 0x127b;
        switch (request) {
            case size_in_bytes:
                TRY_VOID(memory::user_ptr<u64>{argument}.store(bytes()));
                return u64{0};
            case size_in_sectors:
                TRY_VOID(memory::user_ptr<u64>{argument}.store(disk_->sectors()));
                return u64{0};
            case sector_size:
            case physical_size:
                TRY_VOID(memory::user_ptr<u32>{argument}.store(sector));
                return u64{0};
            case read_only:
                TRY_VOID(memory::user_ptr<u32>{argument}.store(disk_->read_only()));
                return u64{0};
            case flush:
                TRY_VOID(disk_->flush());
                return u64{0};
            default:
                return errc::not_tty;
        }
    }

private:
    [[nodiscard]] u64 bytes() const noexcept { return disk_->sectors() * sector; }

    result<usize> transfer(vfs::io_buffer& buffer, u64 offset, bool writing) noexcept {
        if (offset >= bytes())
            return writing ? result<usize>{errc::no_space} : usize{0};
        if (writing && disk_->read_only())
            return errc::not_permitted;
        buffer.truncate(bytes() - offset);
        constexpr usize chunk = 16 * page_size;
        auto* bounce = static_cast<char*>(allocate(chunk, page_size));
        if (!bounce)
            return errc::out_of_memory;
        usize done = 0;
        result<void> outcome = ok;
        while (buffer.remaining() != 0) {
            const u64 at = offset + done;
            const usize lead = at % sector;
            const usize left = buffer.remaining();
            const usize n = left < chunk - lead ? left : chunk - lead;
            const usize whole = align_up(lead + n, sector);
            drivers::block_device::buffer io{bounce, whole};
            const bool partial = lead != 0 || whole != n;
            if (!writing || partial)
                outcome = disk_->read(at / sector, {&io, 1});
            if (!outcome)
                break;
            auto moved = writing ? buffer.take(bounce + lead, n) : buffer.put(bounce + lead, n);
            if (!moved) {
                outcome = moved.error();
                break;
            }
            if (writing)
                outcome = disk_->write(at / sector, {&io, 1});
            if (!outcome)
                break;
            done += *moved;
            if (*moved < n)
                break;
        }
        deallocate(bounce, chunk);
        if (!outcome && done == 0)
            return outcome.error();
        return done;
    }

    refptr<drivers::block_device> disk_;
};

struct search {
    u32 index;
    refptr<drivers::block_device> found;
    const drivers::block_device* wanted = nullptr;
    u32 wanted_index = 0;
};

bool count_disk(drivers::block_device& disk, void* context) noexcept {
    auto& s = *static_cast<search*>(context);
    if (&disk == s.wanted)
        return false;
    ++s.wanted_index;
    if (s.index-- == 0 && !s.wanted) {
        s.found = refptr<drivers::block_device>{&disk};
        return false;
    }
    return true;
}

result<refptr<vfs::file>> open_disk(refptr<vfs::vnode> node, vfs::device_number number,
                                    u32 flags) noexcept {
    search s{number.minor / minors_per_disk, {}};
    drivers::for_each_block_device(count_disk, &s);
    if (!s.found || number.minor % minors_per_disk != 0)
        return errc::no_device_or_address;
    return TRY(make_ref<disk_file>(std::move(node), flags, std::move(s.found)));
}

constinit vfs::device_class disk_class{"virtblk", vfs::node_type::block_device, disk_major,
                                       0,         256 * minors_per_disk,        open_disk};

}  // namespace

void register_block_nodes() noexcept;
void register_block_nodes() noexcept {
    vfs::register_device(disk_class);
}

vfs::device_number number_of_disk(drivers::block_device& disk) noexcept {
    search s{~u32{0}, {}, &disk, 0};
    drivers::for_each_block_device(count_disk, &s);
    return {disk_major, s.wanted_index * minors_per_disk};
}

}  // namespace osprey::fs
