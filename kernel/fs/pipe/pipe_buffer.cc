// SPDX-License-Identifier: BSD-3-Clause
#include <bit>
#include <cstring>
#include <fs/pipe/pipe_buffer.hh>
#include <trace/tracepoint.hh>
#include <vfs/file.hh>

namespace osprey::fs {

namespace {
constinit std::atomic<u64> last_inode{0};
}

pipe_buffer::pipe_buffer() noexcept
    : inode{last_inode.fetch_add(1, std::memory_order_relaxed) + 1} {}

result<refptr<pipe_buffer>> pipe_buffer::create() noexcept {
    auto* fresh = new (std::nothrow) pipe_buffer;
    if (!fresh)
        return errc::out_of_memory;
    return refptr<pipe_buffer>::adopt(fresh);
}

pipe_buffer::~pipe_buffer() {
    deallocate(ring_, allocated_);
}

result<void> pipe_buffer::resize(usize bytes) noexcept {
    auto* fresh = static_cast<char*>(allocate(bytes, 64));
    if (!fresh)
        return errc::out_of_memory;
    const usize used = used_.load(std::memory_order_relaxed);
    const usize first = used < allocated_ - head_ ? used : allocated_ - head_;
    if (used != 0) {
        std::memcpy(fresh, ring_ + head_, first);
        std::memcpy(fresh + first, ring_, used - first);
    }
    deallocate(ring_, allocated_);
    ring_ = fresh;
    allocated_ = bytes;
    head_ = 0;
    return ok;
}

TRACEPOINT(pipe, pipe_read, trace::address pipe, u64 bytes);
result<usize> pipe_buffer::read(vfs::io_buffer& to, blocking how) noexcept {
    TRACE(pipe_read, this, to.remaining());
    if (to.remaining() == 0)
        return usize{0};
    for (;;) {
        {
            sync::lock_guard guard{mutex_};
            usize used = used_.load(std::memory_order_relaxed);
            if (used != 0) {
                const bool was_full = !writable();
                usize done = 0, hidden = 0;  // of `used`: not for this read
                errc failure{};
                if (packets_) [[unlikely]]
                    hidden = used - packets_->readable(used);
                while (used != hidden && to.remaining() != 0) {
                    usize n = allocated_ - head_;
                    n = n < used - hidden ? n : used - hidden;
                    auto moved = to.put(ring_ + head_, n);
                    if (!moved) {
                        failure = moved.error();
                        break;
                    }
                    head_ = (head_ + *moved) & (allocated_ - 1);
                    used -= *moved;
                    done += *moved;
                    if (*moved < n)
                        break;
                }
                if (packets_ && done != 0) [[unlikely]] {
                    const usize dropped = packets_->took(done);
                    head_ = (head_ + dropped) & (allocated_ - 1);
                    used -= dropped;
                    packets_waiting_ = static_cast<u32>(packets_->count());
                }
                if (used == 0)
                    head_ = 0;  // the next write finds room in one piece
                used_.store(used, std::memory_order_release);
                if (done == 0)
                    return failure;
                if (was_full)
                    room_arrived.wake_all(vfs::poll_out | vfs::poll_wrnorm);
                return done;
            }
            if (!has_writers())
                return usize{0};
        }
        if (how == blocking::no)
            return errc::again;
        if (!data_arrived.wait([this] { return used() != 0 || !has_writers(); }))
            return errc::restart_always;
    }
}

usize pipe_buffer::peek(char* to, usize bytes) noexcept {
    sync::lock_guard guard{mutex_};
    const usize used = used_.load(std::memory_order_relaxed);
    const usize n = used < bytes ? used : bytes;
    const usize first = n < allocated_ - head_ ? n : allocated_ - head_;
    if (n != 0) {
        std::memcpy(to, ring_ + head_, first);
        std::memcpy(to + first, ring_, n - first);
    }
    return n;
}

/// Copies up to `bytes` into the ring, which has room for them. `mutex_` held.
usize pipe_buffer::put(vfs::io_buffer& from, usize bytes, errc& failure) noexcept {
    usize used = used_.load(std::memory_order_relaxed), done = 0;
    while (done < bytes) {
        const usize tail = (head_ + used) & (allocated_ - 1);
        usize n = allocated_ - tail;
        n = n < bytes - done ? n : bytes - done;
        auto moved = from.take(ring_ + tail, n);
        if (!moved) {
            failure = moved.error();
            break;
        }
        if (*moved == 0)
            break;
        used += *moved;
        done += *moved;
    }
    used_.store(used, std::memory_order_release);
    return done;
}

TRACEPOINT(pipe, pipe_write, trace::address pipe, u64 bytes);
result<usize> pipe_buffer::write(vfs::io_buffer& from, blocking how, form as) noexcept {
    TRACE(pipe_write, this, from.remaining());
    usize done = 0;
    const bool whole = as == form::packets || from.remaining() <= atomic_bytes;
    const usize largest = as == form::packets ? atomic_bytes : ~usize{0};
    const auto piece = [&] {
        return from.remaining() < largest ? from.remaining() : largest;
    };
    while (from.remaining() != 0 || done == 0) {
        {
            sync::lock_guard guard{mutex_};
            if (!has_readers())
                return done ? result<usize>{done} : errc::broken_pipe;
            const usize wanted = piece();
            if (wanted == 0)
                return done;
            if (as == form::packets && !packets_)
                packets_ = TRY(make_unique<packet_marks>());
            const usize used = used_.load(std::memory_order_relaxed);
            const usize all = capacity();
            const usize room = all > used && has_slot(all) ? all - used : 0;
            if (whole ? room >= wanted : room != 0) {
                usize n = wanted < room ? wanted : room;
                if (used + n > allocated_) {
                    usize bytes = std::bit_ceil(used + n);
                    if (auto grown = resize(bytes < page_size ? page_size : bytes); !grown) {
                        if (allocated_ == used || whole)
                            return done ? result<usize>{done} : grown.error();
                        n = allocated_ - used;  // make do with what is there
                    }
                }
                errc failure{};
                const usize moved = put(from, n, failure);
                done += moved;
                if (as == form::packets && moved != 0) {
                    packets_->add(used, moved);
                    packets_waiting_ = static_cast<u32>(packets_->count());
                }
                if (moved != 0)
                    data_arrived.wake_all(vfs::poll_in | vfs::poll_rdnorm);
                if (failure != errc{})
                    return done ? result<usize>{done} : failure;
                continue;
            }
        }
        if (how == blocking::no)
            return done ? result<usize>{done} : errc::again;
        const usize needed = whole ? piece() : 1;
        if (!room_arrived.wait([&] { return has_room(needed) || !has_readers(); }))
            return done ? result<usize>{done} : errc::restart_always;
    }
    return done;
}

void pipe_buffer::add_reader() noexcept {
    readers_.fetch_add(1);
    reader_generation_.fetch_add(1);
    room_arrived.wake_all(0);
}
void pipe_buffer::add_writer() noexcept {
    writers_.fetch_add(1);
    writer_generation_.fetch_add(1);
    data_arrived.wake_all(0);
}
void pipe_buffer::drop_reader() noexcept {
    if (readers_.fetch_sub(1) == 1)
        room_arrived.wake_all(vfs::poll_out | vfs::poll_err);
}
void pipe_buffer::drop_writer() noexcept {
    if (writers_.fetch_sub(1) == 1)
        data_arrived.wake_all(vfs::poll_in | vfs::poll_hup);
}

result<void> pipe_buffer::wait_for_reader() noexcept {
    const u32 seen = reader_generation_.load();
    if (!room_arrived.wait([&] { return has_readers() || reader_generation_.load() != seen; }))
        return errc::restart_always;
    return ok;
}
result<void> pipe_buffer::wait_for_writer() noexcept {
    const u32 seen = writer_generation_.load();
    if (!data_arrived.wait([&] { return has_writers() || writer_generation_.load() != seen; }))
        return errc::restart_always;
    return ok;
}

result<usize> pipe_buffer::set_capacity(usize bytes) noexcept {
    if (bytes > largest_capacity)
        return bytes > usize{1} << 31 ? errc::invalid_argument : errc::not_permitted;
    bytes = std::bit_ceil(bytes < page_size ? page_size : bytes);
    {
        sync::lock_guard guard{mutex_};
        if (bytes < used_.load(std::memory_order_relaxed))
            return errc::busy;
        if (bytes < allocated_)
            TRY_VOID(resize(bytes));
        capacity_.store(bytes, std::memory_order_relaxed);
    }
    room_arrived.wake_all(vfs::poll_out | vfs::poll_wrnorm);
    return bytes;
}

}  // namespace osprey::fs
