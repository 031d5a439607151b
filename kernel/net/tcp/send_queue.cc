// SPDX-License-Identifier: BSD-3-Clause
#include <base/heap.hh>
#include <cstring>
#include <net/tcp/send_queue.hh>
#include <vfs/io_buffer.hh>

namespace osprey::net::tcp {

namespace {
/// Payloads up to this many bytes are copied into the packet: one descriptor of the device is
/// cheaper than two.
constexpr u32 copy_limit = 192;
/// As much of a page that somebody lends is copied: cheaper than a descriptor of its own and a new
/// frame for what is written next.
constexpr u32 small_page = 1024;
/// Writes of this size get frames of 32 KB, of which a 64 KB segment needs two or three.
constexpr usize large_write = 32768;
constexpr unsigned large_order = 3;

u8* start_of(const fragment& f) noexcept {
    return static_cast<u8*>(memory::data_of(f.frame)) + f.offset;
}
u32 smaller(usize a, usize b) noexcept {
    return static_cast<u32>(a < b ? a : b);
}
}  // namespace

result<void> send_queue::push(fragment f) noexcept {
    if (count_ == capacity_) {
        const u32 wanted = capacity_ ? capacity_ * 2 : 4;
        auto* fresh = static_cast<fragment*>(allocate(wanted * sizeof(fragment)));
        if (!fresh)
            return errc::out_of_memory;
        for (u32 i = 0; i < count_; ++i)
            fresh[i] = at(i);
        deallocate(ring_, capacity_ * sizeof(fragment));
        ring_ = fresh;
        capacity_ = wanted;
        front_ = 0;
    }
    ring_[(front_ + count_++) & (capacity_ - 1)] = f;
    return ok;
}

result<void> send_queue::new_frame(usize wanted) noexcept {
    unsigned order = 0;
    memory::frame* frame = nullptr;
    if (wanted >= large_write) {
        frame = memory::try_allocate_frames(large_order);
        order = frame ? large_order : 0;
    }
    if (!frame)
        frame = TRY(memory::allocate_frames());
    if (auto pushed = push({frame, 0, 0}); !pushed) {
        memory::release_frame(frame);
        return pushed;
    }
    room_ = static_cast<u32>(page_size << order);
    return ok;
}

result<usize> send_queue::write(vfs::io_buffer& from, usize n) noexcept {
    usize done = 0;
    while (done < n) {
        if (room_ == 0)
            if (auto made = new_frame(n - done); !made)
                return done ? result<usize>{done} : made.error();
        fragment& last = at(count_ - 1);
        const u32 wanted = smaller(n - done, room_);
        auto taken = from.take(start_of(last) + last.bytes, wanted);
        if (!taken)
            return done ? result<usize>{done} : taken.error();
        const u32 here = static_cast<u32>(*taken);
        last.bytes += here;
        room_ -= here;
        bytes_ += here;
        done += here;
        if (here < wanted)
            break;
    }
    return done;
}

result<void> send_queue::append(fragment f) noexcept {
    if (f.bytes <= small_page && (room_ >= f.bytes || new_frame(f.bytes))) {
        fragment& last = at(count_ - 1);
        std::memcpy(start_of(last) + last.bytes, start_of(f), f.bytes);
        last.bytes += f.bytes;
        room_ -= f.bytes;
        bytes_ += f.bytes;
        memory::release_frame(f.frame);
        return ok;
    }
    if (count_ != 0 && at(count_ - 1).bytes == 0)
        trim();
    TRY_VOID(push(f));
    bytes_ += f.bytes;
    room_ = 0;  // the frame is not ours to write into
    return ok;
}

void send_queue::drop_front(u32 n) noexcept {
    bytes_ -= n;
    while (n != 0) {
        fragment& first = at(0);
        if (n < first.bytes || (n == first.bytes && count_ == 1 && room_ != 0)) {
            first.offset += n;
            first.bytes -= n;
            break;
        }
        n -= first.bytes;
        memory::release_frame(first.frame);
        ++front_;
        --count_;
    }
    cursor_ = {0, 0};
    if (count_ == 0) {
        front_ = 0;
        room_ = 0;
    } else if (bytes_ == 0) {
        // Empty: the frame starts again from its beginning if no segment refers to it any more.
        fragment& only = at(0);
        if (only.frame->references.load(std::memory_order_acquire) == 1) {
            room_ += only.offset;
            only.offset = 0;
        }
    }
}

send_queue::position send_queue::find(u32 offset) noexcept {
    position p = offset >= cursor_.offset ? cursor_ : position{0, 0};
    while (p.index + 1 < count_ && offset >= p.offset + at(p.index).bytes) {
        p.offset += at(p.index).bytes;
        ++p.index;
    }
    cursor_ = p;
    return p;
}

u32 send_queue::attach(packet& p, u32 offset, u32 n) noexcept {
    const position start = find(offset);
    u32 skip = offset - start.offset, done = 0;
    const bool copy = n <= copy_limit;
    for (u32 i = start.index; done < n; ++i) {
        const fragment& f = at(i);
        const u32 here = smaller(f.bytes - skip, n - done);
        if (here == 0)
            continue;  // a frame that a failed write left empty
        if (copy) {
            p.append(start_of(f) + skip, here);
        } else {
            memory::hold_frame(f.frame);
            if (!p.append(fragment{f.frame, f.offset + skip, here})) {
                memory::release_frame(f.frame);
                break;
            }
        }
        done += here;
        skip = 0;
    }
    return done;
}

void send_queue::trim() noexcept {
    if (bytes_ == 0)
        clear();
}

void send_queue::clear() noexcept {
    for (u32 i = 0; i < count_; ++i)
        memory::release_frame(at(i).frame);
    deallocate(ring_, capacity_ * sizeof(fragment));
    ring_ = nullptr;
    capacity_ = front_ = count_ = bytes_ = room_ = 0;
    cursor_ = {0, 0};
}

}  // namespace osprey::net::tcp
