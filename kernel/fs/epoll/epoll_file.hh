// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <base/intrusive_list.hh>
#include <base/intrusive_tree.hh>
#include <fs/epoll/epoll.hh>
#include <vfs/poll.hh>

namespace osprey::fs {

class epoll_file;

/// The items (of any epoll) that watch one file; hung onto `file::watches` for the file's life.
struct watched_file;

/// One watched descriptor.
struct epoll_item final : vfs::poll_registration {
    struct subscription : sync::waiter {
        subscription(epoll_item& i, sync::wait_queue& q) noexcept
            : waiter{&epoll_item::happened}, item{&i}, queue{&q} {}
        epoll_item* item;
        sync::wait_queue* queue;
        subscription* next = nullptr;
    };
    struct key {
        vfs::file* target;
        int fd;
        friend bool operator<(const key& a, const key& b) noexcept {
            return a.target != b.target ? a.target < b.target : a.fd < b.fd;
        }
    };

    epoll_item(epoll_file& o, vfs::file& t, int d) noexcept : owner{o}, target{&t}, fd{d} {}
    ~epoll_item();
    void subscribe(sync::wait_queue& queue) noexcept override;
    void unsubscribe() noexcept;
    /// From a queue of the target, which is locked.
    static void happened(sync::waiter& self, u32 key) noexcept;

    epoll_file& owner;
    vfs::file* const target;  // not counted: see docs/vfs.md
    const int fd;
    std::atomic<u32> events{0};
    u64 data = 0;
    bool out_of_memory = false;
    std::atomic<bool> queued{false};  // in `pushed_` or `ready_`
    epoll_item* next_pushed = nullptr;
    tree_hook all_hook;     // epoll_file::items_
    list_hook ready_hook;   // epoll_file::ready_
    list_hook target_hook;  // watched_file::items
    subscription* subscriptions = nullptr;
};

/// An epoll instance.
///
/// A wake-up of a watched file pushes its item onto a lock-free stack and wakes one waiting thread;
/// `wait` moves the stack to the ready list and asks only those files what holds now.
///
/// Locking: a target's `watched_file::mutex` before `mutex_`. Items go when somebody deletes them,
/// when the target's last reference goes, or with the epoll itself.
class epoll_file final : public vfs::file {
public:
    epoll_file() noexcept : file{nullptr, vfs::o_rdwr} {}

    result<usize> read(vfs::io_buffer&) noexcept override { return errc::invalid_argument; }
    result<usize> write(vfs::io_buffer&) noexcept override { return errc::invalid_argument; }
    u32 poll(vfs::poll_registration* w) noexcept override;
    void released() noexcept override;
    usize describe(char* to, usize room) const noexcept override;
    [[nodiscard]] bool is_epoll() const noexcept override { return true; }

    result<void> add(vfs::file& target, int fd, u32 events, u64 data) noexcept;
    result<void> modify(vfs::file& target, int fd, u32 events, u64 data) noexcept;
    result<void> remove(vfs::file& target, int fd) noexcept;
    result<usize> wait(epoll_happening* out, usize most, instant deadline) noexcept;
    /// The target of the item for `fd` that comes after `skipped` others; null: none.
    const void* target_of(int fd, u32 skipped) noexcept;
    /// `item`'s target is going. Its watched_file is locked.
    void drop(epoll_item& item) noexcept;
    void push(epoll_item& item) noexcept;

private:
    static epoll_item::key key_of(const epoll_item& i) noexcept { return {i.target, i.fd}; }
    epoll_item* find(vfs::file& target, int fd) noexcept;
    void drain() noexcept;
    usize collect(epoll_happening* out, usize most) noexcept;
    void take_out(epoll_item& item) noexcept;
    bool watches(const epoll_file& wanted, unsigned depth) noexcept;
    [[nodiscard]] bool maybe_ready() const noexcept {
        return pushed_.load(std::memory_order_acquire) != nullptr ||
               ready_count_.load(std::memory_order_acquire) != 0;
    }

    sync::mutex mutex_;
    std::atomic<epoll_item*> pushed_{nullptr};
    std::atomic<u32> ready_count_{0};
    intrusive_list<epoll_item, &epoll_item::ready_hook> ready_;
    intrusive_tree<epoll_item, &epoll_item::all_hook, &epoll_file::key_of> items_;
    sync::wait_queue waiting_{sync::lock_rank::none};
};

}  // namespace osprey::fs
