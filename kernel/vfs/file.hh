// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <base/refptr.hh>
#include <base/string.hh>
#include <sync/wait_queue.hh>
#include <vfs/dentry.hh>
#include <vfs/io_buffer.hh>
#include <vfs/vnode.hh>

namespace osprey::vfs {

/// Event bits of poll(2) and epoll(7), as Linux numbers them.
enum poll_events : u32 {
    poll_in = 0x001,
    poll_pri = 0x002,
    poll_out = 0x004,
    poll_err = 0x008,
    poll_hup = 0x010,
    poll_nval = 0x020,
    poll_rdnorm = 0x040,
    poll_rdband = 0x080,
    poll_wrnorm = 0x100,
    poll_wrband = 0x200,
    poll_rdhup = 0x2000,
};

/// O_* flags of open(2), as x86-64 numbers them (other architectures translate at the ABI).
enum open_flag : u32 {
    o_accmode = 3,
    o_rdonly = 0,
    o_wronly = 1,
    o_rdwr = 2,
    o_creat = 0100,
    o_excl = 0200,
    o_noctty = 0400,
    o_trunc = 01000,
    o_append = 02000,
    o_nonblock = 04000,
    o_dsync = 010000,
    o_async = 020000,
    o_direct = 040000,
    o_largefile = 0100000,
    o_directory = 0200000,
    o_nofollow = 0400000,
    o_noatime = 01000000,
    o_cloexec = 02000000,
    o_sync = 04010000,
    o_path = 010000000,
    o_tmpfile = 020200000,
};

class file;

/// Somebody who watches a file without a reference to it.
class file_watch {
public:
    /// The file is going; every watch of it has to let go of it. Context: threads.
    virtual void target_gone(file& f) noexcept = 0;

protected:
    ~file_watch() = default;
};

/// An open file description: what a descriptor refers to, shared by dup(2) and inherited
/// descriptors. Regular files, devices, pipes, sockets, eventfd, epoll… derive from it.
///
/// `position_mutex` serialises users of the shared offset; positioned I/O does not take it.
/// Context of all operations: threads, may sleep (unless O_NONBLOCK is set, then errc::again).
class file : public ref_counted<file> {
public:
    file(refptr<vnode> node, u32 flags) noexcept;
    virtual ~file();

    /// At the file offset or, for objects without one, at the stream. @return bytes; 0: end.
    /// The defaults of `read`/`write` lock the offset and use `read_at`/`write_at`.
    virtual result<usize> read(io_buffer& to) noexcept;
    virtual result<usize> write(io_buffer& from) noexcept;
    /// pread(2)/pwrite(2); streams answer `errc::illegal_seek`.
    virtual result<usize> read_at(io_buffer& to, u64 offset) noexcept;
    virtual result<usize> write_at(io_buffer& from, u64 offset) noexcept;
    virtual result<u64> seek(i64 offset, int whence) noexcept;

    /// Which events hold now; registers `w` (if not null) on the queues that will tell of changes.
    /// Regular files are always ready. See vfs/poll.hh.
    virtual u32 poll(class poll_registration* w) noexcept;

    virtual result<u64> ioctl(u32 request, u64 argument) noexcept;  // errc::not_tty
    virtual result<attributes> get_attributes() noexcept;
    virtual result<void> truncate(u64 bytes) noexcept;
    virtual result<void> synchronize(bool data_only) noexcept;
    virtual result<void> allocate_space(u32 mode, u64 offset, u64 bytes) noexcept;  // fallocate
    virtual result<void> read_directory(directory_sink& sink) noexcept;
    /// What mmap(2) maps. @return `errc::no_device` if it cannot be mapped.
    virtual result<refptr<memory::vm_object>> mapping(bool shared, bool writable) noexcept;
    /// The same for a part: what lies at `offset`, and where in the object that is.
    struct mapped_part {
        refptr<memory::vm_object> object;
        u64 offset;
    };
    virtual result<mapped_part> mapping_at(u64 offset, u64 bytes, bool shared,
                                           bool writable) noexcept;
    /// Opens the same object anew, by way of /proc/self/fd. @return `errc::no_device_or_address`
    /// for sockets and other objects that only exist open.
    virtual result<refptr<file>> reopen(u32 flags) noexcept;
    /// The other end of a pseudo-terminal, opened with `flags` (TIOCGPTPEER).
    virtual result<refptr<file>> open_peer(u32 flags) noexcept;  // errc::not_tty
    /// A descriptor of this description is closed (for every close, not only the last).
    virtual void flush() noexcept {}
    /// Nobody refers to it any more: wake the other end, give up buffers. The destructor comes
    /// later, after an RCU grace period, since descriptor tables are read without locks.
    virtual void released() noexcept {}
    /// Events that do not hold are not told: epoll needs an object with wait queues (regular files
    /// and directories have none and answer EPERM there).
    [[nodiscard]] virtual bool pollable() const noexcept { return true; }

    /// Whether O_ASYNC means something: it has queues that tell when it becomes ready, and Linux
    /// sends signals for its kind.
    [[nodiscard]] virtual bool tells_owner() const noexcept { return is_pipe() || is_socket(); }

    [[nodiscard]] vnode* node() const noexcept { return node_.get(); }
    [[nodiscard]] u32 flags() const noexcept { return flags_.load(std::memory_order_relaxed); }
    /// fcntl(F_SETFL): only O_APPEND, O_NONBLOCK, O_DIRECT, O_NOATIME, O_ASYNC change.
    void set_status_flags(u32 flags) noexcept;
    [[nodiscard]] bool readable() const noexcept { return (flags() & o_accmode) != o_wronly; }
    [[nodiscard]] bool writable() const noexcept { return (flags() & o_accmode) != o_rdonly; }
    [[nodiscard]] bool nonblocking() const noexcept { return flags() & o_nonblock; }
    /// The name it was opened by, for /proc/PID/fd; null for anonymous objects.
    path opened_as;
    /// How /proc/PID/fd shows objects without a path ("pipe:[12]"). @return length.
    virtual usize describe(char* to, usize room) const noexcept;
    /// Lines of /proc/PID/fdinfo that only this kind of file has.
    virtual result<void> show_facts(string& out) noexcept;

    /// There is no run-time type information: the kinds that system calls must recognise.
    [[nodiscard]] virtual bool is_pipe() const noexcept { return false; }
    [[nodiscard]] virtual bool is_socket() const noexcept { return false; }
    [[nodiscard]] virtual bool is_epoll() const noexcept { return false; }
    [[nodiscard]] virtual bool is_eventfd() const noexcept { return false; }
    [[nodiscard]] virtual bool is_timerfd() const noexcept { return false; }
    [[nodiscard]] virtual bool is_signalfd() const noexcept { return false; }
    [[nodiscard]] virtual bool is_inotify() const noexcept { return false; }
    [[nodiscard]] virtual bool is_uring() const noexcept { return false; }
    [[nodiscard]] virtual bool is_memfd() const noexcept { return false; }
    [[nodiscard]] virtual bool is_mqueue() const noexcept { return false; }
    [[nodiscard]] virtual bool is_pidfd() const noexcept { return false; }

    /// epoll instances that watch it (fs/epoll); told when the last reference goes.
    std::atomic<file_watch*> watches{nullptr};
    /// Who sends signals for it (process/file_owner); told in the same way.
    std::atomic<file_watch*> notifier{nullptr};
    /// Unlocks flock(2) locks, which belong to the description. Set while it holds any.
    std::atomic<bool> holds_locks{false};

    sync::mutex position_mutex{sync::lock_rank::file_position};
    u64 position = 0;

protected:
    std::atomic<u32> flags_;

private:
    friend class ref_counted<file>;
    void last_reference_gone() noexcept;
    refptr<vnode> node_;
    sync::rcu_head rcu_;
};

}  // namespace osprey::vfs
