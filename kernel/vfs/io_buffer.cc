// SPDX-License-Identifier: BSD-3-Clause
#include <cstring>
#include <memory/user_pointer.hh>
#include <vfs/io_buffer.hh>

namespace osprey::vfs {

io_buffer::io_buffer(std::span<const io_segment> segments, memory_kind kind) noexcept
    : segments_{segments.data()}, count_{segments.size()}, remaining_{0}, kind_{kind} {
    for (const io_segment& s : segments)
        remaining_ += s.bytes;
}

io_segment io_buffer::front() const noexcept {
    if (remaining_ == 0)
        return {0, 0};
    const io_segment* s = segments_;
    usize offset = offset_;
    while (offset == s->bytes) {  // empty stretches
        ++s;
        offset = 0;
    }
    const usize bytes = s->bytes - offset;
    return {s->base + offset, bytes < remaining_ ? bytes : remaining_};
}

void io_buffer::skip(usize bytes) noexcept {
    if (bytes > remaining_)
        bytes = remaining_;
    remaining_ -= bytes;
    while (count_ != 0 && bytes >= segments_->bytes - offset_) {
        bytes -= segments_->bytes - offset_;
        if (count_ == 1) {
            offset_ = segments_->bytes;
            return;
        }
        ++segments_;
        --count_;
        offset_ = 0;
    }
    offset_ += bytes;
}

void io_buffer::truncate(usize bytes) noexcept {
    if (bytes < remaining_)
        remaining_ = bytes;
}

result<usize> io_buffer::put(const void* from, usize bytes) noexcept {
    usize done = 0;
    while (done < bytes && remaining_ != 0) {
        const io_segment s = front();
        const usize n = s.bytes < bytes - done ? s.bytes : bytes - done;
        const auto* source = static_cast<const char*>(from) + done;
        if (kind_ == memory_kind::kernel)
            std::memcpy(reinterpret_cast<void*>(s.base), source, n);
        else if (!memory::copy_to_user(s.base, source, n))
            return done ? result<usize>{done} : errc::bad_address;
        skip(n);
        done += n;
    }
    return done;
}

result<usize> io_buffer::take(void* to, usize bytes) noexcept {
    usize done = 0;
    while (done < bytes && remaining_ != 0) {
        const io_segment s = front();
        const usize n = s.bytes < bytes - done ? s.bytes : bytes - done;
        auto* target = static_cast<char*>(to) + done;
        if (kind_ == memory_kind::kernel)
            std::memcpy(target, reinterpret_cast<const void*>(s.base), n);
        else if (!memory::copy_from_user(target, s.base, n))
            return done ? result<usize>{done} : errc::bad_address;
        skip(n);
        done += n;
    }
    return done;
}

result<usize> io_buffer::put_zeros(usize bytes) noexcept {
    usize done = 0;
    while (done < bytes && remaining_ != 0) {
        const io_segment s = front();
        const usize n = s.bytes < bytes - done ? s.bytes : bytes - done;
        if (kind_ == memory_kind::kernel)
            std::memset(reinterpret_cast<void*>(s.base), 0, n);
        else if (!memory::is_application_range(s.base, n) ||
                 arch::zero_user(reinterpret_cast<void*>(s.base), n) != 0)
            return done ? result<usize>{done} : errc::bad_address;
        skip(n);
        done += n;
    }
    return done;
}

}  // namespace osprey::vfs
