// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <base/string.hh>
#include <base/vector.hh>
#include <vfs/watch.hh>

namespace osprey::fs {

class inotify_file;

/// One watch of an instance.
class inotify_watch final : public vfs::node_watch {
public:
    inotify_watch(inotify_file& owner, i32 number, u32 mask) noexcept
        : number{number}, mask{mask}, owner_{owner} {}
    bool happened(const vfs::change& c) noexcept override;
    void node_gone() noexcept override;

    const i32 number;
    std::atomic<u32> mask;
    std::atomic<bool> ended{false};  // has told IN_IGNORED

private:
    inotify_file& owner_;  // detaches its watches before it goes
};

/// What inotify_init(2) makes: a queue of events, and the watches that fill it.
///
/// Locking: `editing_` guards the set of watches and is held around attaching and detaching;
/// `queue_mutex_` guards the queue and is taken by watches, below everything else.
class inotify_file final : public vfs::file {
public:
    explicit inotify_file(u32 flags) noexcept : file{nullptr, vfs::o_rdonly | flags} {}
    ~inotify_file() override;

    result<usize> read(vfs::io_buffer& to) noexcept override;
    result<usize> write(vfs::io_buffer&) noexcept override { return errc::bad_descriptor; }
    result<usize> read_at(vfs::io_buffer&, u64) noexcept override { return errc::illegal_seek; }
    result<usize> write_at(vfs::io_buffer&, u64) noexcept override { return errc::illegal_seek; }
    u32 poll(vfs::poll_registration* w) noexcept override;
    result<u64> ioctl(u32 request, u64 argument) noexcept override;
    void released() noexcept override;
    usize describe(char* to, usize room) const noexcept override;
    result<void> show_facts(string& out) noexcept override;
    [[nodiscard]] bool is_inotify() const noexcept override { return true; }

    result<i32> add(const vfs::path& where, u32 mask) noexcept;
    result<void> remove(i32 number) noexcept;
    /// From a watch: puts an event into the queue.
    void put(i32 watch, u32 mask, u32 cookie, std::string_view name) noexcept;

private:
    /// As in the queue; the name follows.
    struct event {
        list_hook hook;
        i32 watch;
        u32 mask, cookie, name_bytes;
        [[nodiscard]] char* name() noexcept { return reinterpret_cast<char*>(this + 1); }
        [[nodiscard]] std::string_view text() noexcept { return {name(), name_bytes}; }
        /// Of the record in the application's memory: names are padded to 16 bytes.
        [[nodiscard]] u32 padded() const noexcept {
            return name_bytes ? align_up(name_bytes + 1, 16) : 0;
        }
        [[nodiscard]] usize allocated() const noexcept { return sizeof(event) + name_bytes; }
    };
    static constexpr u32 most_queued = 16384;

    void drop_ended() noexcept;
    void append(i32 watch, u32 mask, u32 cookie, std::string_view name) noexcept;
    event* take(usize room, errc& failure) noexcept;
    static void free(event* e) noexcept { deallocate(e, e->allocated()); }

    sync::mutex editing_;
    vector<refptr<inotify_watch>> watches_;  // in ascending order of number
    i32 last_number_ = 0;
    sync::mutex queue_mutex_;
    intrusive_list<event, &event::hook> queue_;
    std::atomic<u32> queued_{0};
    u64 queued_bytes_ = 0;
    sync::wait_queue arrived_{sync::lock_rank::none};
};

}  // namespace osprey::fs
