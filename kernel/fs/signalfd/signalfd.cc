// SPDX-License-Identifier: BSD-3-Clause
#include <cstring>
#include <fs/signalfd/signalfd.hh>
#include <vfs/poll.hh>

namespace osprey::fs {

namespace {

constinit std::atomic<signal_source*> source{nullptr};
constexpr u64 unblockable = u64{1} << (9 - 1) | u64{1} << (19 - 1);  // SIGKILL, SIGSTOP

class signalfd_file final : public vfs::file {
public:
    signalfd_file(u64 mask, u32 flags) noexcept
        : file{nullptr, vfs::o_rdwr | (flags & vfs::o_nonblock)}, mask_{mask & ~unblockable} {}

    void set_mask(u64 mask) noexcept {
        mask_.store(mask & ~unblockable, std::memory_order_release);
        source.load()->arrived().wake_all(vfs::poll_in);
    }

    result<usize> read(vfs::io_buffer& to) noexcept override {
        if (to.remaining() < sizeof(signalfd_record))
            return errc::invalid_argument;
        signal_source& from = *source.load(std::memory_order_acquire);
        usize done = 0;
        for (;;) {
            signalfd_record record{};
            while (to.remaining() >= sizeof(record) && from.take(mask(), record)) {
                done += TRY(to.put(&record, sizeof(record)));
                record = {};
            }
            if (done != 0)
                return done;
            if (nonblocking())
                return errc::again;
            if (!from.arrived().wait([&] { return (from.pending() & mask()) != 0; }))
                return errc::restart_always;
        }
    }
    result<usize> write(vfs::io_buffer&) noexcept override { return errc::invalid_argument; }
    result<usize> read_at(vfs::io_buffer&, u64) noexcept override { return errc::illegal_seek; }

    u32 poll(vfs::poll_registration* w) noexcept override {
        signal_source& from = *source.load(std::memory_order_acquire);
        if (w)
            w->subscribe(from.arrived());
        return from.pending() & mask() ? vfs::poll_in | vfs::poll_rdnorm : 0u;
    }

    usize describe(char* to, usize room) const noexcept override {
        constexpr std::string_view text = "anon_inode:[signalfd]";
        const usize n = text.size() < room ? text.size() : room;
        std::memcpy(to, text.data(), n);
        return n;
    }
    [[nodiscard]] bool is_signalfd() const noexcept override { return true; }

private:
    [[nodiscard]] u64 mask() const noexcept { return mask_.load(std::memory_order_acquire); }
    std::atomic<u64> mask_;
};

}  // namespace

void set_signal_source(signal_source& from) noexcept {
    source.store(&from, std::memory_order_release);
}

result<refptr<vfs::file>> make_signalfd(u64 mask, u32 flags) noexcept {
    if (flags & ~(vfs::o_nonblock | vfs::o_cloexec))
        return errc::invalid_argument;
    if (!source.load(std::memory_order_acquire))
        return errc::not_implemented;  // the process layer has not registered
    return TRY(make_ref<signalfd_file>(mask, flags));
}

result<void> set_signalfd_mask(vfs::file& f, u64 mask) noexcept {
    if (!f.is_signalfd())
        return errc::invalid_argument;
    static_cast<signalfd_file&>(f).set_mask(mask);
    return ok;
}

}  // namespace osprey::fs
