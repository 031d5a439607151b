// SPDX-License-Identifier: BSD-3-Clause
//
// read(2), write(2) and their positioned and vectored forms.
#include <linux/descriptors.hh>
#include <linux/iovec.hh>
#include <linux/restart.hh>
#include <linux/syscalls.hh>
#include <linux/transfers.hh>
#include <memory/frame.hh>
#include <memory/user_pointer.hh>
#include <vfs/io_buffer.hh>

namespace osprey::abi {

static_assert(sizeof(vfs::io_segment) == sizeof(abi_iovec));

namespace {

constexpr auto user_memory = vfs::io_buffer::memory_kind::application;

result<refptr<vfs::file>> readable_file(fd_number fd) noexcept {
    auto file = TRY(file_of(fd));
    if (!file->readable())
        return errc::bad_descriptor;
    return file;
}
result<refptr<vfs::file>> writable_file(fd_number fd) noexcept {
    auto file = TRY(file_of(fd));
    if (!file->writable())
        return errc::bad_descriptor;
    return file;
}

usize clamp(usize count) noexcept {
    return count < transfer_limit ? count : transfer_limit;
}

enum class transfer : u8 { reading, writing };

/// A file that can be read or written at an offset.
/// @return `errc::invalid_argument` (a negative one), `errc::illegal_seek`, `errc::bad_descriptor`.
inline result<refptr<vfs::file>> positioned_file(fd_number fd, i64 offset, transfer what) noexcept {
    if (offset < 0)
        return errc::invalid_argument;
    auto file = TRY(file_of(fd));
    const vfs::node_type type = type_of(*file);
    if (type == vfs::node_type::fifo || type == vfs::node_type::socket ||
        type == vfs::node_type::anonymous)
        return errc::illegal_seek;
    if (!(what == transfer::reading ? file->readable() : file->writable()))
        return errc::bad_descriptor;
    return file;
}
/// Whether a transfer from `offset` on would end behind the largest offset there is.
bool goes_too_far(u64 offset, usize bytes) noexcept {
    return static_cast<i64>(offset + bytes) < 0;
}

/// RLIMIT_FSIZE: cuts `from` so that the file does not grow beyond it. @return
/// `errc::file_too_big`, with SIGXFSZ sent, when nothing may be written.
result<void> respect_size_limit(vfs::file& file, vfs::io_buffer& from, u64 offset) noexcept {
    const u64 limit = proc::current_process().limits[1].soft;
    if (limit == ~u64{0} || !file.node() || file.node()->type() != vfs::node_type::regular)
        return {};
    if (file.flags() & vfs::o_append)
        offset = TRY(file.get_attributes()).size;
    if (offset >= limit) {
        (void)proc::send_signal(proc::current_task(), proc::make_signal(proc::signal::xfsz, 0));
        return errc::file_too_big;
    }
    if (from.remaining() > limit - offset)
        from.truncate(limit - offset);
    return {};
}

reply write_buffer(vfs::file& file, vfs::io_buffer& from) noexcept {
    TRY_VOID(respect_size_limit(file, from, file.position));
    return after_write(file, file.write(from));
}
reply write_buffer_at(vfs::file& file, vfs::io_buffer& from, u64 offset) noexcept {
    TRY_VOID(respect_size_limit(file, from, offset));
    return after_write(file, file.write_at(from, offset));
}

/// Flags of preadv2/pwritev2; `high priority` is a hint.
result<void> check_rwf(const vfs::file& file, flags<rwf_flags> how, u64 allowed) noexcept {
    if (how.has(rwf_flags::rwf_nowait) && file.node() && file.node()->pages()) {
        // Whether pages are there can change at any moment, so it is refused as by a filesystem
        // without it.
        report_flags(rwf_flags::rwf_nowait, errc::not_supported);
        return errc::not_supported;
    }
    return how.only(allowed | rwf_flags::rwf_nowait, errc::not_supported);
}

/// RWF_NOWAIT: where a wait would have begun, the answer is EAGAIN.
reply without_waiting(const reply& answer) noexcept {
    if (answer.failed() && is_restart(answer.value()))
        return errc::again;
    return answer;
}

}  // namespace

reply read_file(vfs::file& file, vfs::io_buffer& to, i64 offset, flags<rwf_flags> how) noexcept {
    // RWF_APPEND says nothing to a reader, and is no error.
    constexpr u64 allowed =
        rwf_flags::rwf_hipri | rwf_flags::rwf_dsync | rwf_flags::rwf_sync | rwf_flags::rwf_append;
    TRY_VOID(check_rwf(file, how, allowed));
    const auto transfer = [&] {
        return after_read(file, offset == own_position
                                    ? file.read(to)
                                    : file.read_at(to, static_cast<u64>(offset)));
    };
    if (!how.has(rwf_flags::rwf_nowait))
        return transfer();
    const sched::attempt no_wait;
    return without_waiting(transfer());
}

reply write_file(vfs::file& file, vfs::io_buffer& from, i64 offset, flags<rwf_flags> how) noexcept {
    constexpr u64 allowed =
        rwf_flags::rwf_hipri | rwf_flags::rwf_dsync | rwf_flags::rwf_sync | rwf_flags::rwf_append;
    TRY_VOID(check_rwf(file, how, allowed));
    u64 where = static_cast<u64>(offset);
    if (how.has(rwf_flags::rwf_append))
        where = TRY(file.get_attributes()).size;
    const bool at_position = offset == own_position && !how.has(rwf_flags::rwf_append);
    const auto transfer = [&] {
        return at_position ? write_buffer(file, from) : write_buffer_at(file, from, where);
    };
    if (how.has(rwf_flags::rwf_nowait)) {
        const sched::attempt no_wait;
        return without_waiting(transfer());
    }
    const reply answer = transfer();
    if (!answer.failed() && how.any(rwf_flags::rwf_dsync | rwf_flags::rwf_sync))
        TRY_VOID(file.synchronize(!how.has(rwf_flags::rwf_sync)));
    return answer;
}

bool is_quick(vfs::file& file, u64 offset, u64 bytes) noexcept {
    constexpr u64 most_pages = 1024;  // looking at more would take long, too
    memory::vm_object* pages = file.node() ? file.node()->pages() : nullptr;
    if (!pages || !pages->has_pager() || bytes == 0)
        return true;
    const u64 first = offset >> page_shift, last = (offset + bytes - 1) >> page_shift;
    if (last - first >= most_pages)
        return false;
    for (u64 i = first; i <= last; ++i) {
        memory::frame* page = pages->find_page(i);
        if (!page)
            return false;
        memory::release_frame(page);
    }
    return true;
}

bool is_stream(vfs::file& file) noexcept {
    const auto type = type_of(file);
    if (type == vfs::node_type::regular || type == vfs::node_type::block_device)
        return false;
    auto moved = file.seek(0, 1);
    return !moved && moved.error() == errc::illegal_seek;
}

reply calls::read(fd_number fd, bytes_out<2> buffer, usize count) noexcept {
    auto file = TRY(readable_file(fd));
    if (!memory::is_application_range(buffer.where, count))
        return errc::bad_address;
    count = clamp(count);
    vfs::io_buffer to{buffer.pointer(), count, user_memory};
    return after_read(*file, file->read(to));
}

reply calls::write(fd_number fd, bytes_in<2> buffer, usize count) noexcept {
    auto file = TRY(writable_file(fd));
    if (!memory::is_application_range(buffer.where, count))
        return errc::bad_address;
    count = clamp(count);
    vfs::io_buffer from{buffer.pointer(), count, user_memory};
    return write_buffer(*file, from);
}

reply calls::pread64(fd_number fd, bytes_out<2> buffer, usize count, i64 offset) noexcept {
    auto file = TRY(positioned_file(fd, offset, transfer::reading));
    if (!memory::is_application_range(buffer.where, count))
        return errc::bad_address;
    if (goes_too_far(static_cast<u64>(offset), count))
        return errc::invalid_argument;
    count = clamp(count);
    vfs::io_buffer to{buffer.pointer(), count, user_memory};
    return after_read(*file, file->read_at(to, static_cast<u64>(offset)));
}

reply calls::pwrite64(fd_number fd, bytes_in<2> buffer, usize count, i64 offset) noexcept {
    auto file = TRY(positioned_file(fd, offset, transfer::writing));
    if (!memory::is_application_range(buffer.where, count))
        return errc::bad_address;
    if (goes_too_far(static_cast<u64>(offset), count))
        return errc::invalid_argument;
    count = clamp(count);
    vfs::io_buffer from{buffer.pointer(), count, user_memory};
    return write_buffer_at(*file, from, static_cast<u64>(offset));
}

reply calls::readv(fd_number fd, vector_out<2> vector, u32 count) noexcept {
    auto file = TRY(readable_file(fd));
    io_vector list;
    TRY_VOID(list.load(vector.where, count));
    vfs::io_buffer to{list.segments(), user_memory};
    return after_read(*file, file->read(to));
}

reply calls::writev(fd_number fd, vector_in<2> vector, u32 count) noexcept {
    auto file = TRY(writable_file(fd));
    io_vector list;
    TRY_VOID(list.load(vector.where, count));
    vfs::io_buffer from{list.segments(), user_memory};
    return write_buffer(*file, from);
}

reply calls::preadv(fd_number fd, vector_out<2> vector, u32 count, i64 offset, u64) noexcept {
    auto file = TRY(positioned_file(fd, offset, transfer::reading));
    io_vector list;
    TRY_VOID(list.load(vector.where, count));
    if (goes_too_far(static_cast<u64>(offset), list.bytes()))
        return errc::invalid_argument;
    vfs::io_buffer to{list.segments(), user_memory};
    return after_read(*file, file->read_at(to, static_cast<u64>(offset)));
}

reply calls::pwritev(fd_number fd, vector_in<2> vector, u32 count, i64 offset, u64) noexcept {
    auto file = TRY(positioned_file(fd, offset, transfer::writing));
    io_vector list;
    TRY_VOID(list.load(vector.where, count));
    if (goes_too_far(static_cast<u64>(offset), list.bytes()))
        return errc::invalid_argument;
    vfs::io_buffer from{list.segments(), user_memory};
    return write_buffer_at(*file, from, static_cast<u64>(offset));
}

reply calls::preadv2(fd_number fd, vector_out<2> vector, u32 count, i64 offset, u64,
                     flags<rwf_flags> how) noexcept {
    if (offset < own_position)
        return errc::invalid_argument;
    auto file = TRY(offset == own_position ? readable_file(fd)
                                           : positioned_file(fd, offset, transfer::reading));
    io_vector list;
    TRY_VOID(list.load(vector.where, count));
    if (offset != own_position && goes_too_far(static_cast<u64>(offset), list.bytes()))
        return errc::invalid_argument;
    vfs::io_buffer to{list.segments(), user_memory};
    return read_file(*file, to, offset, how);
}

reply calls::pwritev2(fd_number fd, vector_in<2> vector, u32 count, i64 offset, u64,
                      flags<rwf_flags> how) noexcept {
    if (offset < own_position)
        return errc::invalid_argument;
    auto file = TRY(offset == own_position ? writable_file(fd)
                                           : positioned_file(fd, offset, transfer::writing));
    io_vector list;
    TRY_VOID(list.load(vector.where, count));
    if (offset != -1 && goes_too_far(static_cast<u64>(offset), list.bytes()))
        return errc::invalid_argument;
    vfs::io_buffer from{list.segments(), user_memory};
    return write_file(*file, from, offset, how);
}

reply calls::lseek(fd_number fd, i64 offset, choice<seek_origins> whence) noexcept {
    auto file = TRY(file_of(fd));
    if (static_cast<u32>(whence.value()) > seek_origins::seek_hole)
        return errc::invalid_argument;
    auto moved = file->seek(offset, whence.value());
    // Event descriptors have no position but, unlike pipes, no objection (noop_llseek of Linux).
    if (!moved && moved.error() == errc::illegal_seek &&
        type_of(*file) == vfs::node_type::anonymous && !file->is_pidfd())
        return done;
    return moved;
}

reply calls::ftruncate(fd_number fd, i64 size) noexcept {
    if (size < 0)
        return errc::invalid_argument;
    auto file = TRY(file_of(fd));
    if (!file->writable() || (file->node() && file->node()->type() != vfs::node_type::regular &&
                              file->node()->type() != vfs::node_type::anonymous))
        return errc::invalid_argument;
    if (static_cast<u64>(size) > proc::current_process().limits[1].soft) {
        (void)proc::send_signal(proc::current_task(), proc::make_signal(proc::signal::xfsz, 0));
        return errc::file_too_big;
    }
    return file->truncate(static_cast<u64>(size));
}

reply calls::fallocate(fd_number fd, flags<fallocate_flags> mode, i64 offset, i64 length) noexcept {
    auto file = TRY(file_of(fd));
    if (offset < 0 || length <= 0)
        return errc::invalid_argument;
    TRY_VOID(mode.only(flags<fallocate_flags>::known(), errc::not_supported));
    if (mode.has(fallocate_flags::falloc_fl_punch_hole) &&
        !mode.has(fallocate_flags::falloc_fl_keep_size))
        return errc::not_supported;
    if (!file->writable())
        return errc::bad_descriptor;
    if (type_of(*file) == vfs::node_type::fifo)
        return errc::illegal_seek;
    if (file->node() && file->node()->is_directory())
        return errc::is_directory;
    if (offset > i64{0x7fff'ffff'ffff'ffff} - length)
        return errc::file_too_big;
    TRY_VOID(file->allocate_space(static_cast<u32>(mode.bits), static_cast<u64>(offset),
                                  static_cast<u64>(length)));
    vfs::tell_file(*file, vfs::was_written);
    return done;
}

reply calls::fsync(fd_number fd) noexcept {
    return TRY(file_of(fd))->synchronize(false);
}
reply calls::fdatasync(fd_number fd) noexcept {
    return TRY(file_of(fd))->synchronize(true);
}

reply calls::sync() noexcept {
    vfs::synchronize_all();
    return done;
}

reply calls::syncfs(fd_number fd) noexcept {
    auto file = TRY(file_of(fd));
    if (file->opened_as)
        return file->opened_as.where->fs().synchronize();
    return done;
}

reply calls::sync_file_range(fd_number fd, i64 offset, i64 length,
                             flags<sync_range_flags> how) noexcept {
    auto file = TRY(file_of(fd));
    TRY_VOID(how.only());
    if (offset < 0 || length < 0 || offset > i64{0x7fff'ffff'ffff'ffff} - length)
        return errc::invalid_argument;
    memory::vm_object* pages = file->node() ? file->node()->pages() : nullptr;
    if (!pages) {
        const auto type = file->node() ? file->node()->type() : vfs::node_type::anonymous;
        const bool fits = type == vfs::node_type::regular || type == vfs::node_type::block_device ||
                          type == vfs::node_type::directory || type == vfs::node_type::symlink;
        return fits ? reply{done} : reply{errc::illegal_seek};
    }
    const u64 last = length ? static_cast<u64>(offset + length - 1) : ~u64{0};
    return pages->write_back(static_cast<u64>(offset) >> page_shift, last >> page_shift);
}

reply calls::fadvise64(fd_number fd, i64 offset, i64 length,
                       choice<fadvise_values> advice) noexcept {
    auto file = TRY(file_of(fd));
    if (type_of(*file) == vfs::node_type::fifo)
        return errc::illegal_seek;
    if (static_cast<u32>(advice.value()) > fadvise_values::posix_fadv_noreuse || length < 0)
        return errc::invalid_argument;
    memory::vm_object* pages = file->node() ? file->node()->pages() : nullptr;
    if (pages && advice.value() == fadvise_values::posix_fadv_dontneed) {
        const u64 first = align_up(static_cast<u64>(offset), page_size) >> page_shift;
        const u64 end = length ? static_cast<u64>(offset + length) >> page_shift : ~u64{0};
        if (end > first)
            pages->drop_clean(first, end - 1);
    }
    // The others are hints about read-ahead, which follows the accesses themselves.
    return done;
}

reply calls::readahead(fd_number fd, i64 offset, usize count) noexcept {
    auto file = TRY(readable_file(fd));
    memory::vm_object* pages = file->node() ? file->node()->pages() : nullptr;
    if (!pages || static_cast<i64>(count) < 0)
        return errc::invalid_argument;
    const u64 size = pages->size();
    for (u64 at = align_down(static_cast<u64>(offset), page_size);
         at < size && at < static_cast<u64>(offset) + count; at += page_size) {
        auto page = pages->get_page(at >> page_shift, memory::vm_object::access::read);
        if (!page)
            break;
        memory::release_frame(*page);
    }
    return done;
}

}  // namespace osprey::abi
