// SPDX-License-Identifier: BSD-3-Clause
//
// Moving data between descriptors inside the kernel: sendfile, copy_file_range, splice and tee.
#include <base/scope_exit.hh>
#include <fs/pipe/pipe.hh>
#include <linux/copying.hh>
#include <linux/descriptors.hh>
#include <linux/iovec.hh>
#include <linux/restart.hh>
#include <linux/syscalls.hh>
#include <memory/frame.hh>
#include <net/socket.hh>

namespace osprey::abi {
namespace {

constexpr auto kernel_memory = vfs::io_buffer::memory_kind::kernel;

/// Where reading or writing goes: a position of its own that the caller keeps, or the file's.
class cursor {
public:
    result<void> load(memory::user_ptr<i64> given, vfs::file& file) noexcept {
        file_ = &file;
        given_ = given;
        if (!given)
            return {};
        const i64 value = TRY(memory::user_ptr<const i64>{given.address()}.load());
        if (value < 0)
            return errc::invalid_argument;
        at_ = static_cast<u64>(value);
        return {};
    }
    /// A position in kernel memory, which the caller takes back by `value`; null: the file's.
    result<void> start(const i64* given, vfs::file& file) noexcept {
        file_ = &file;
        kept_here_ = given != nullptr;
        if (given && *given < 0)
            return errc::invalid_argument;
        at_ = given ? static_cast<u64>(*given) : 0;
        return {};
    }
    [[nodiscard]] bool own() const noexcept { return kept_here_ || given_; }
    [[nodiscard]] u64 value() const noexcept { return own() ? at_ : file_->position; }
    void advance(u64 bytes) noexcept {
        if (own())
            at_ += bytes;
        else
            file_->position += bytes;
    }
    result<void> store() const noexcept {
        if (!given_)
            return {};
        return given_.store(static_cast<i64>(at_));
    }

private:
    vfs::file* file_ = nullptr;
    memory::user_ptr<i64> given_;
    u64 at_ = 0;
    bool kept_here_ = false;
};

bool is_regular(const vfs::file& f) noexcept {
    return f.node() && f.node()->type() == vfs::node_type::regular;
}
bool is_pipe(vfs::file& f) noexcept {
    return type_of(f) == vfs::node_type::fifo;
}

/// Writes bytes of kernel memory; what a stream takes at once may be less.
result<usize> write_some(vfs::file& to, cursor* where, const void* data, usize bytes) noexcept {
    vfs::io_buffer from{const_cast<void*>(data), bytes, kernel_memory};
    if (!where || !is_regular(to))
        return to.write(from);
    if (!where->own())
        return to.write(from);
    return to.write_at(from, where->value());
}

/// Pages of a file's cache on their way to a socket, with one reference each.
class lent_pages {
public:
    lent_pages() noexcept = default;
    lent_pages(const lent_pages&) = delete;
    ~lent_pages() {
        for (const net::fragment& f : span())
            memory::release_frame(f.frame);
    }
    /// Takes in up to `count` bytes from `at` on. @return what the first page failed with.
    result<void> gather(memory::vm_object& pages, u64 at, usize count) noexcept {
        const u64 size = pages.size();
        while (count_ < most && bytes_ < count && at < size) {
            auto page = pages.get_page(at >> page_shift, memory::vm_object::access::read);
            if (!page)
                return count_ ? result<void>{} : page.error();
            const usize in_page = at % page_size;
            usize n = page_size - in_page;
            n = n < count - bytes_ ? n : count - bytes_;
            n = n < size - at ? n : size - at;
            list_[count_++] = {*page, static_cast<u32>(in_page), static_cast<u32>(n)};
            bytes_ += n;
            at += n;
        }
        return {};
    }
    [[nodiscard]] std::span<const net::fragment> span() const noexcept { return {list_, count_}; }
    [[nodiscard]] usize bytes() const noexcept { return bytes_; }

private:
    static constexpr usize most = 16;
    net::fragment list_[most];
    usize count_ = 0, bytes_ = 0;
};

/// Lends up to `count` bytes of a file to a socket, which sends the pages themselves: what is
/// written to them before they leave is sent, as with Linux.
/// @return `errc::not_supported`: this socket wants a copy.
result<usize> lend_pages(vfs::file& from, cursor& source, net::socket& to, usize count) noexcept {
    memory::vm_object& pages = *from.node()->pages();
    const u32 wait = to.flags() & vfs::o_nonblock ? u32{net::msg_dontwait} : 0;
    usize moved = 0;
    while (moved < count && source.value() < pages.size()) {
        const u64 at = source.value();
        lent_pages lent;
        if (auto got = lent.gather(pages, at, count - moved); !got)
            return moved ? result<usize>{moved} : result<usize>{got.error()};
        if (lent.bytes() == 0)
            break;  // truncated meanwhile
        const bool more = moved + lent.bytes() < count && at + lent.bytes() < pages.size();
        auto sent = to.send_pages(lent.span(), wait | (more ? u32{net::msg_more} : 0));
        if (!sent)
            return moved ? result<usize>{moved} : result<usize>{sent.error()};
        source.advance(*sent);
        moved += *sent;
        if (*sent < lent.bytes() || proc::signal_pending())
            break;
    }
    return moved;
}

/// Moves up to `count` bytes of a regular file straight from its page cache.
result<usize> send_pages(vfs::file& from, cursor& source, vfs::file& to, cursor* target,
                         usize count) noexcept {
    memory::vm_object& pages = *from.node()->pages();
    usize moved = 0;
    while (moved < count && source.value() < pages.size()) {
        const u64 at = source.value();
        const usize in_page = at % page_size;
        usize n = page_size - in_page;
        n = n < count - moved ? n : count - moved;
        n = n < pages.size() - at ? n : pages.size() - at;
        auto page = pages.get_page(at >> page_shift, memory::vm_object::access::read);
        if (!page)
            return moved ? result<usize>{moved} : result<usize>{page.error()};
        auto written =
            write_some(to, target, static_cast<const char*>(memory::data_of(*page)) + in_page, n);
        memory::release_frame(*page);
        if (!written)
            return moved ? result<usize>{moved} : result<usize>{written.error()};
        source.advance(*written);
        if (target && target->own())
            target->advance(*written);
        moved += *written;
        if (*written < n || proc::signal_pending())
            break;
    }
    return moved;
}

/// The same through a buffer, for sources without a page cache.
result<usize> send_bytes(vfs::file& from, cursor& source, vfs::file& to, cursor* target,
                         usize count) noexcept {
    constexpr usize room = 16384;
    auto* buffer = static_cast<char*>(allocate(room));
    if (!buffer)
        return errc::out_of_memory;
    scope_exit free_buffer{[&] {
        deallocate(buffer, room);
    }};
    usize moved = 0;
    while (moved < count) {
        const usize wanted = count - moved < room ? count - moved : room;
        vfs::io_buffer into{buffer, wanted, kernel_memory};
        // A stream has no position; what is read from it is gone and must be written whole.
        const bool stream = !is_regular(from) && !source.own();
        auto got = stream ? from.read(into) : from.read_at(into, source.value());
        if (!got)
            return moved ? result<usize>{moved} : result<usize>{got.error()};
        if (*got == 0)
            break;
        usize put = 0;
        while (put < *got) {
            auto written = write_some(to, target, buffer + put, *got - put);
            if (!written) {
                if (moved + put == 0)
                    return written.error();
                if (!stream)
                    source.advance(put);
                return moved + put;
            }
            put += *written;
            if (target && target->own())
                target->advance(*written);
            if (!stream)
                break;
        }
        if (!stream)
            source.advance(put);
        moved += put;
        if (put < *got || *got < wanted || proc::signal_pending())
            break;
    }
    return moved;
}

result<usize> send(vfs::file& from, cursor& source, vfs::file& to, cursor* target,
                   usize count) noexcept {
    if (count > transfer_limit)
        count = transfer_limit;
    const bool cached = is_regular(from) && from.node()->pages();
    result<usize> moved = errc::not_supported;
    if (cached && to.is_socket())
        moved = lend_pages(from, source, static_cast<net::socket&>(to), count);
    if (!moved && moved.error() == errc::not_supported)
        moved = cached ? send_pages(from, source, to, target, count)
                       : send_bytes(from, source, to, target, count);
    if (moved && *moved != 0)
        vfs::tell_file(from, vfs::was_read);
    return moved;
}

}  // namespace

reply calls::sendfile(fd_number to, fd_number from, maybe_inout<i64> offset, usize count) noexcept {
    auto source = TRY(file_of(from));
    if (!source->readable())
        return errc::bad_descriptor;
    cursor position;
    TRY_VOID(position.load(offset, *source));
    if (source->node() && source->node()->is_directory())
        return errc::invalid_argument;
    if (offset && !is_regular(*source))
        return is_pipe(*source) ? errc::illegal_seek : errc::invalid_argument;
    auto target = TRY(file_of(to));
    if (!target->writable())
        return errc::bad_descriptor;
    if (target->flags() & vfs::o_append || is_pipe(*source))
        return errc::invalid_argument;
    if (static_cast<i64>(count) < 0)
        return errc::invalid_argument;
    auto moved = send(*source, position, *target, nullptr, count);
    TRY_VOID(position.store());
    return after_write(*target, std::move(moved));
}

reply calls::copy_file_range(fd_number from, maybe_inout<i64> from_offset, fd_number to,
                             maybe_inout<i64> to_offset, usize count, u32 how) noexcept {
    auto source = TRY(file_of(from));
    auto target = TRY(file_of(to));
    cursor source_at, target_at;
    TRY_VOID(source_at.load(from_offset, *source));
    TRY_VOID(target_at.load(to_offset, *target));
    if (how != 0)
        return errc::invalid_argument;
    if ((source->node() && source->node()->is_directory()) ||
        (target->node() && target->node()->is_directory()))
        return errc::is_directory;
    if (!is_regular(*source) || !is_regular(*target))
        return errc::invalid_argument;
    if (!source->readable() || !target->writable() || target->flags() & vfs::o_append)
        return errc::bad_descriptor;
    if (source->node() == target->node()) {
        const u64 a = source_at.value(), b = target_at.value();
        if ((a <= b && b < a + count) || (b <= a && a < b + count))
            return errc::invalid_argument;
    }
    auto moved = send(*source, source_at, *target, &target_at, count);
    if (moved && *moved != 0) {
        TRY_VOID(source_at.store());
        TRY_VOID(target_at.store());
    }
    return after_write(*target, std::move(moved));
}

namespace {

/// splice(2) with positions in kernel memory; null: the file's own.
reply splice_files(vfs::file& source, i64* from_offset, vfs::file& target, i64* to_offset,
                   usize count, flags<splice_flags> how) noexcept {
    if (!source.readable() || !target.writable())
        return errc::bad_descriptor;
    const bool out_of_pipe = is_pipe(source), into_pipe = is_pipe(target);
    if (!out_of_pipe && !into_pipe)
        return errc::invalid_argument;
    if ((out_of_pipe && from_offset) || (into_pipe && to_offset))
        return errc::illegal_seek;
    if (out_of_pipe && into_pipe && fs::same_pipe(source, target))
        return errc::invalid_argument;
    if (target.flags() & vfs::o_append || (source.node() && source.node()->is_directory()))
        return errc::invalid_argument;
    if (static_cast<i64>(count) < 0 && !(out_of_pipe && into_pipe))
        return errc::invalid_argument;
    cursor source_at, target_at;
    TRY_VOID(source_at.start(from_offset, source));
    TRY_VOID(target_at.start(to_offset, target));
    // Until the first byte is there splice waits; then it moves what can be had at once.
    if (out_of_pipe && count > page_size * 16)
        count = page_size * 16;
    result<usize> moved = errc::again;
    if (how.has(splice_flags::splice_f_nonblock)) {
        const sched::attempt no_wait;
        moved = send(source, source_at, target, &target_at, count);
        if (!moved && moved.error() == errc::restart_always)
            moved = errc::again;
    } else {
        moved = send(source, source_at, target, &target_at, count);
    }
    if (from_offset)
        *from_offset = static_cast<i64>(source_at.value());
    if (to_offset)
        *to_offset = static_cast<i64>(target_at.value());
    return after_write(target, std::move(moved));
}

/// A position from the application and back.
struct user_offset {
    memory::user_ptr<i64> where;
    i64 value = 0;
    result<i64*> load() noexcept {
        if (!where)
            return static_cast<i64*>(nullptr);
        value = TRY(memory::user_ptr<const i64>{where.address()}.load());
        return &value;
    }
    result<void> store() const noexcept { return where ? where.store(value) : result<void>{}; }
};

}  // namespace

reply calls::splice(fd_number from, maybe_inout<i64> from_offset, fd_number to,
                    maybe_inout<i64> to_offset, usize count, flags<splice_flags> how) noexcept {
    if (count == 0)
        return done;
    TRY_VOID(how.only());
    auto source = TRY(file_of(from));
    auto target = TRY(file_of(to));
    if ((from_offset && is_pipe(*source)) || (to_offset && is_pipe(*target)))
        return errc::illegal_seek;
    user_offset source_at{from_offset}, target_at{to_offset};
    i64* const in = TRY(source_at.load());
    i64* const out = TRY(target_at.load());
    const reply moved = splice_files(*source, in, *target, out, count, how);
    TRY_VOID(source_at.store());
    TRY_VOID(target_at.store());
    return moved;
}

reply splice_between(fd_number from, i64 from_offset, fd_number to, i64 to_offset, usize count,
                     flags<splice_flags> how) noexcept {
    if (count == 0)
        return done;
    TRY_VOID(how.only());
    auto source = TRY(file_of(from));
    auto target = TRY(file_of(to));
    return splice_files(*source, from_offset == -1 ? nullptr : &from_offset, *target,
                        to_offset == -1 ? nullptr : &to_offset, count, how);
}

reply calls::tee(fd_number from, fd_number to, usize count, flags<splice_flags> how) noexcept {
    TRY_VOID(how.only());
    if (count == 0)
        return done;
    auto source = TRY(file_of(from));
    auto target = TRY(file_of(to));
    if (!source->readable() || !target->writable())
        return errc::bad_descriptor;
    if (!source->is_pipe() || !target->is_pipe() || fs::same_pipe(*source, *target))
        return errc::invalid_argument;
    const bool nonblocking =
        how.has(splice_flags::splice_f_nonblock) || source->nonblocking() || target->nonblocking();
    return after_write(*target, fs::copy_pipe(*source, *target, count, nonblocking));
}

reply calls::vmsplice(fd_number fd, vector_in<2> vector, usize count,
                      flags<splice_flags> how) noexcept {
    TRY_VOID(how.only());
    auto file = TRY(file_of(fd));
    if (!is_pipe(*file))
        return errc::bad_descriptor;
    // Pages are copied, not lent: what the application changes later does not show in the pipe,
    // which vmsplice(2) allows without SPLICE_F_GIFT, and asks nobody to rely on with it.
    if (how.has(splice_flags::splice_f_nonblock)) {
        const sched::attempt no_wait;
        const reply moved =
            file->writable() ? writev(fd, vector, count) : readv(fd, {vector.where}, count);
        return moved.failed() && is_restart(moved.value()) ? reply{errc::again} : moved;
    }
    if (file->writable())
        return writev(fd, vector, count);
    return readv(fd, {vector.where}, count);
}

}  // namespace osprey::abi
