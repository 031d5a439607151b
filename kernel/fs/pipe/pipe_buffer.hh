// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <base/heap.hh>
#include <fs/pipe/packet_marks.hh>
#include <sync/wait_queue.hh>
#include <vfs/io_buffer.hh>
#include <vfs/vnode.hh>

namespace osprey::fs {

/// What both ends of a pipe share: a ring of bytes, and who is there.
///
/// The ring begins with one page and doubles up to the capacity as it fills, so idle pipes are
/// small. `mutex_` guards it; `used_`, `readers_` and `writers_` may be looked at without.
/// Context: threads; reading and writing may fault and sleep with the mutex held.
class pipe_buffer final : public ref_counted<pipe_buffer> {
public:
    static constexpr usize default_capacity = 65536;
    static constexpr usize largest_capacity = 1 << 20;
    static constexpr usize atomic_bytes = 4096;  // PIPE_BUF

    static result<refptr<pipe_buffer>> create() noexcept;
    ~pipe_buffer();

    enum class blocking : u8 { no, yes };
    /// @return 0 when there is no writer and nothing left; `errc::again`, `errc::restart_always`.
    result<usize> read(vfs::io_buffer& to, blocking how) noexcept;
    /// `packets`: a read gives one of them at most, and drops what it has no room for (O_DIRECT of
    /// pipe2(2)); longer writes are several.
    enum class form : u8 { stream, packets };
    /// @return `errc::broken_pipe` without readers; what fits for non-blocking writers, but
    /// writes of up to `atomic_bytes` whole or not at all.
    result<usize> write(vfs::io_buffer& from, blocking how, form as = form::stream) noexcept;

    /// Copies up to `bytes` without taking them out. @return how many.
    usize peek(char* to, usize bytes) noexcept;

    [[nodiscard]] usize used() const noexcept { return used_.load(std::memory_order_acquire); }
    [[nodiscard]] bool has_readers() const noexcept { return readers_.load() != 0; }
    [[nodiscard]] bool has_writers() const noexcept { return writers_.load() != 0; }
    [[nodiscard]] u32 writers_so_far() const noexcept { return writer_generation_.load(); }
    [[nodiscard]] usize room() const noexcept {
        const usize all = capacity(), now = used();
        return all > now ? all - now : 0;
    }
    /// Room for an atomic write? What POLLOUT means.
    [[nodiscard]] bool writable() const noexcept { return has_room(atomic_bytes); }
    void add_reader() noexcept;
    void add_writer() noexcept;
    void drop_reader() noexcept;
    void drop_writer() noexcept;
    /// FIFOs: waits for the other side to be opened. @return `errc::restart_always`.
    result<void> wait_for_reader() noexcept;
    result<void> wait_for_writer() noexcept;

    [[nodiscard]] usize capacity() const noexcept {
        return capacity_.load(std::memory_order_relaxed);
    }
    result<usize> set_capacity(usize bytes) noexcept;

    sync::wait_queue data_arrived, room_arrived;
    const u64 inode;

private:
    friend class ref_counted<pipe_buffer>;
    pipe_buffer() noexcept;
    result<void> resize(usize bytes) noexcept;
    /// Each packet takes a page of the capacity.
    [[nodiscard]] bool has_slot(usize all) const noexcept {
        return packets_waiting_.load(std::memory_order_relaxed) < all / atomic_bytes;
    }
    [[nodiscard]] bool has_room(usize bytes) const noexcept {
        const usize all = capacity();
        return used() + bytes <= all && has_slot(all);
    }
    usize put(vfs::io_buffer& from, usize bytes, errc& failure) noexcept;

    sync::mutex mutex_{sync::lock_rank::pipe};
    char* ring_ = nullptr;
    usize allocated_ = 0;  // a power of two
    usize head_ = 0;       // where reading goes on, modulo allocated_
    std::atomic<usize> used_{0};
    std::atomic<usize> capacity_{default_capacity};
    unique_ptr<packet_marks> packets_;  // made with the first packet
    std::atomic<u32> packets_waiting_{0};
    std::atomic<u32> readers_{0}, writers_{0};
    std::atomic<u32> reader_generation_{0}, writer_generation_{0};  // opens so far
};

}  // namespace osprey::fs
