// SPDX-License-Identifier: BSD-3-Clause
#include <memory/user_pointer.hh>
#include <trace/tracepoint.hh>
#include <vfs/regular_file.hh>
#include <vfs/watch.hh>

namespace osprey::vfs {

namespace {
constexpr u64 largest_file = ~u64{0} >> 1;
}

TRACEPOINT(vfs, vfs_pread, trace::address file, u64 bytes, u64 offset);
result<usize> regular_file::read_at(io_buffer& to, u64 offset) noexcept {
    TRACE(vfs_pread, this, to.remaining(), offset);
    if (offset > largest_file)
        return errc::invalid_argument;
    memory::vm_object* pages = node()->pages();
    if (!pages) [[unlikely]]
        return errc::io_error;
    usize done = 0;
    while (to.remaining() != 0) {
        io_segment piece = to.front();
        if (to.kind() == io_buffer::memory_kind::application &&
            !memory::is_application_range(piece.base, piece.bytes)) [[unlikely]]
            return done ? result<usize>{done} : errc::bad_address;
        auto n = pages->read(offset + done, reinterpret_cast<void*>(piece.base), piece.bytes);
        if (!n)
            return done ? result<usize>{done} : n.error();
        to.skip(*n);
        done += *n;
        if (*n < piece.bytes)
            break;  // the end of the file, or of what could be copied
    }
    return done;
}

result<usize> regular_file::write_pages(io_buffer& from, u64 offset) noexcept {
    if (offset > largest_file)
        return errc::invalid_argument;
    if (from.remaining() == 0)
        return usize{0};
    if (offset + from.remaining() > largest_file) {
        if (offset == largest_file)
            return errc::file_too_big;
        from.truncate(largest_file - offset);
    }
    vnode& n = *node();
    memory::vm_object* pages = n.pages();
    if (!pages) [[unlikely]]
        return errc::io_error;
    // What does not fit is written in part.
    for (;;) {
        auto reserved = n.reserve(offset, from.remaining());
        if (reserved)
            break;
        if (reserved.error() != errc::no_space || from.remaining() <= page_size)
            return reserved.error();
        from.truncate(from.remaining() / 2);
    }
    usize done = 0;
    errc failure{};
    while (from.remaining() != 0) {
        io_segment piece = from.front();
        if (from.kind() == io_buffer::memory_kind::application &&
            !memory::is_application_range(piece.base, piece.bytes)) [[unlikely]] {
            failure = errc::bad_address;
            break;
        }
        auto written =
            pages->write(offset + done, reinterpret_cast<const void*>(piece.base), piece.bytes);
        if (!written) {
            failure = written.error();
            break;
        }
        from.skip(*written);
        done += *written;
        if (*written < piece.bytes)
            break;
    }
    if (done == 0 && failure != errc{})
        return failure;
    n.wrote();
    if ((flags() & o_dsync) && done != 0)
        TRY_VOID(pages->write_back(offset >> page_shift, (offset + done - 1) >> page_shift));
    return done;
}

TRACEPOINT(vfs, vfs_pwrite, trace::address file, u64 bytes, u64 offset);
result<usize> regular_file::write_at(io_buffer& from, u64 offset) noexcept {
    TRACE(vfs_pwrite, this, from.remaining(), offset);
    if (flags() & o_append) {  // Linux appends even in pwrite(2)
        sync::lock_guard guard{node()->tree_mutex};
        memory::vm_object* pages = node()->pages();
        return write_pages(from, pages ? pages->size() : 0);
    }
    return write_pages(from, offset);
}

result<usize> regular_file::write(io_buffer& from) noexcept {
    sync::lock_guard guard{position_mutex};
    if (flags() & o_append) {
        sync::lock_guard append{node()->tree_mutex};
        memory::vm_object* pages = node()->pages();
        const u64 end = pages ? pages->size() : 0;
        const usize n = TRY(write_pages(from, end));
        position = end + n;
        return n;
    }
    const usize n = TRY(write_pages(from, position));
    position += n;
    return n;
}

TRACEPOINT(vfs, vfs_lseek, trace::address file, i64 offset, i32 whence);
result<u64> regular_file::seek(i64 offset, int whence) noexcept {
    TRACE(vfs_lseek, this, offset, whence);
    constexpr int set = 0, current = 1, end = 2, data = 3, hole = 4;
    sync::lock_guard guard{position_mutex};
    memory::vm_object* pages = node()->pages();
    const u64 size = pages ? pages->size() : 0;
    i64 base = 0;
    switch (whence) {
        case set:
            break;
        case current:
            base = static_cast<i64>(position);
            break;
        case end:
            base = static_cast<i64>(size);
            break;
        case data:
        case hole: {
            if (offset < 0 || static_cast<u64>(offset) >= size)
                return errc::no_device_or_address;
            u64 at = static_cast<u64>(offset);
            while (at < size && node()->is_hole(at >> page_shift) == (whence == data))
                at = ((at >> page_shift) + 1) << page_shift;
            if (at >= size) {
                if (whence == data)
                    return errc::no_device_or_address;
                at = size;  // there is a hole at the end of every file
            }
            position = at;
            return at;
        }
        default:
            return errc::invalid_argument;
    }
    i64 to;
    if (__builtin_add_overflow(base, offset, &to))
        return errc::overflow;
    if (to < 0)
        return errc::invalid_argument;
    position = static_cast<u64>(to);
    return position;
}

TRACEPOINT(vfs, vfs_ioctl, trace::address file, trace::address request);
result<u64> regular_file::ioctl(u32 request, u64 argument) noexcept {
    TRACE(vfs_ioctl, this, request);
    constexpr u32 fionread = 0x541b;
    if (request != fionread)
        return errc::not_tty;
    memory::vm_object* pages = node()->pages();
    const i64 left = static_cast<i64>((pages ? pages->size() : 0) - position);
    const i32 answer = left > 0x7fffffff ? 0x7fffffff : static_cast<i32>(left);
    TRY_VOID(memory::user_ptr<i32>{argument}.store(answer));
    return u64{0};
}

TRACEPOINT(vfs, vfs_ftruncate, trace::address file, u64 bytes);
result<void> regular_file::truncate(u64 bytes) noexcept {
    TRACE(vfs_ftruncate, this, bytes);
    if (!writable())
        return errc::invalid_argument;
    if (bytes > largest_file)
        return errc::file_too_big;
    attribute_change change;
    change.which = attribute_change::size;
    change.values.size = bytes;
    {
        sync::lock_guard guard{node()->tree_mutex};
        TRY_VOID(node()->set_attributes(change));
    }
    tell_file(*this, was_written);
    return ok;
}

TRACEPOINT(vfs, vfs_fsync, trace::address file);
result<void> regular_file::synchronize(bool) noexcept {
    TRACE(vfs_fsync, this);
    memory::vm_object* pages = node()->pages();
    return pages ? pages->write_back(0, ~u64{0}) : ok;
}

TRACEPOINT(vfs, vfs_fallocate, trace::address file, u32 mode, u64 offset, u64 bytes);
result<void> regular_file::allocate_space(u32 mode, u64 offset, u64 bytes) noexcept {
    TRACE(vfs_fallocate, this, mode, offset, bytes);
    constexpr u32 keep_size = 1, punch_hole = 2, zero_range = 16;
    memory::vm_object* pages = node()->pages();
    if (!writable())
        return errc::bad_descriptor;
    if (!pages)
        return errc::not_supported;
    if (bytes == 0 || offset > largest_file || bytes > largest_file - offset)
        return bytes == 0 ? errc::invalid_argument : errc::file_too_big;
    sync::lock_guard guard{node()->tree_mutex};
    switch (mode) {
        case punch_hole | keep_size: {
            if (offset >= pages->size())
                return ok;
            const u64 most = pages->size() - offset;
            TRY_VOID(pages->punch_hole(offset, bytes < most ? bytes : most));
            node()->wrote();
            return ok;
        }
        case zero_range:
        case zero_range | keep_size:
            if (offset < pages->size()) {
                const u64 most = pages->size() - offset;
                TRY_VOID(pages->punch_hole(offset, bytes < most ? bytes : most));
            }
            [[fallthrough]];
        case 0:
        case keep_size: {
            TRY_VOID(node()->reserve(offset, bytes));
            if (!(mode & keep_size) && offset + bytes > pages->size()) {
                attribute_change change;
                change.which = attribute_change::size;
                change.values.size = offset + bytes;
                TRY_VOID(node()->set_attributes(change));
            }
            // Space has to be there afterwards: without a pager that means pages.
            const u64 end = offset + bytes < pages->size() ? offset + bytes : pages->size();
            for (u64 i = offset >> page_shift; i << page_shift < end; ++i) {
                auto page = pages->get_page(i, memory::vm_object::access::write);
                if (!page)
                    return page.error() == errc::out_of_memory ? errc::no_space : page.error();
                memory::release_frame(*page);
            }
            node()->wrote();
            return ok;
        }
        default:
            return errc::not_supported;
    }
}

result<refptr<memory::vm_object>> regular_file::mapping(bool, bool) noexcept {
    memory::vm_object* pages = node()->pages();
    if (!pages)
        return errc::no_device;
    return refptr<memory::vm_object>{pages};
}

}  // namespace osprey::vfs
