// SPDX-License-Identifier: BSD-3-Clause
#include <base/format.hh>
#include <cstring>
#include <fs/eventfd/eventfd.hh>
#include <vfs/poll.hh>

namespace osprey::fs {

namespace {

constexpr u32 semaphore_flag = 1;
constexpr u64 most = ~u64{0} - 1;

/// A 64-bit counter; reading and writing take no lock.
class eventfd_file final : public vfs::file {
public:
    eventfd_file(u32 initial, u32 flags) noexcept
        : file{nullptr, vfs::o_rdwr | (flags & vfs::o_nonblock)},
          count_{initial},
          semaphore_{(flags & semaphore_flag) != 0} {}

    result<usize> read(vfs::io_buffer& to) noexcept override {
        if (to.remaining() < sizeof(u64))
            return errc::invalid_argument;
        for (;;) {
            u64 seen = count_.load(std::memory_order_acquire);
            while (seen != 0) {
                const u64 taken = semaphore_ ? 1 : seen;
                if (!count_.compare_exchange_weak(seen, seen - taken, std::memory_order_acq_rel))
                    continue;
                changed_.wake_all(vfs::poll_out | vfs::poll_wrnorm);
                return TRY(to.put(&taken, sizeof(taken)));
            }
            if (nonblocking())
                return errc::again;
            if (!changed_.wait([this] { return count_.load(std::memory_order_acquire) != 0; }))
                return errc::restart_always;
        }
    }

    result<usize> write(vfs::io_buffer& from) noexcept override {
        if (from.remaining() < sizeof(u64))
            return errc::invalid_argument;
        u64 more;
        if (TRY(from.take(&more, sizeof(more))) != sizeof(more))
            return errc::bad_address;
        if (more == ~u64{0})
            return errc::invalid_argument;
        for (;;) {
            u64 seen = count_.load(std::memory_order_acquire);
            while (seen <= most - more) {
                if (!count_.compare_exchange_weak(seen, seen + more, std::memory_order_acq_rel))
                    continue;
                if (more != 0)
                    changed_.wake_all(vfs::poll_in | vfs::poll_rdnorm);
                return sizeof(more);
            }
            if (nonblocking())
                return errc::again;
            if (!changed_.wait(
                    [&] { return count_.load(std::memory_order_acquire) <= most - more; }))
                return errc::restart_always;
        }
    }

    result<usize> read_at(vfs::io_buffer&, u64) noexcept override { return errc::illegal_seek; }
    result<usize> write_at(vfs::io_buffer&, u64) noexcept override { return errc::illegal_seek; }

    u32 poll(vfs::poll_registration* w) noexcept override {
        if (w)
            w->subscribe(changed_);
        const u64 now = count_.load(std::memory_order_acquire);
        return (now != 0 ? vfs::poll_in | vfs::poll_rdnorm : 0u) |
               (now < most ? vfs::poll_out | vfs::poll_wrnorm : 0u);
    }

    usize describe(char* to, usize room) const noexcept override {
        constexpr std::string_view text = "anon_inode:[eventfd]";
        const usize n = text.size() < room ? text.size() : room;
        std::memcpy(to, text.data(), n);
        return n;
    }

    [[nodiscard]] bool is_eventfd() const noexcept override { return true; }

    void add(u64 more) noexcept {
        u64 seen = count_.load(std::memory_order_relaxed);
        while (!count_.compare_exchange_weak(seen, seen <= most - more ? seen + more : most,
                                             std::memory_order_acq_rel)) {
        }
        changed_.wake_all(vfs::poll_in | vfs::poll_rdnorm);
    }

private:
    std::atomic<u64> count_;
    const bool semaphore_;
    sync::wait_queue changed_;
};

}  // namespace

result<refptr<vfs::file>> make_eventfd(u32 initial, u32 flags) noexcept {
    if (flags & ~(semaphore_flag | vfs::o_nonblock | vfs::o_cloexec))
        return errc::invalid_argument;
    return TRY(make_ref<eventfd_file>(initial, flags));
}

void signal_eventfd(vfs::file& f, u64 count) noexcept {
    static_cast<eventfd_file&>(f).add(count);
}

}  // namespace osprey::fs
