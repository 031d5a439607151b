// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <base/heap.hh>
#include <base/intrusive_list.hh>
#include <base/result.hh>
#include <sync/wait_queue.hh>

namespace osprey::fs {

struct queue_limits {
    i64 messages = 10, message_bytes = 8192;
};

/// A message in kernel memory.
struct queued_message {
    u32 priority = 0;
    usize bytes = 0;
    u8* data = nullptr;
    list_hook hook;

    queued_message() noexcept = default;
    queued_message(const queued_message&) = delete;
    ~queued_message() { deallocate(data, bytes); }
};

/// Whom to tell once when a message comes to an empty queue (mq_notify(3)).
class queue_notice {
public:
    virtual ~queue_notice() = default;
    /// Context: the sender's thread, queue locked; must not sleep long.
    virtual void message_came() noexcept = 0;
    /// Its process gave it up, by request or with the descriptor. Context: queue locked.
    virtual void was_dropped() noexcept = 0;
    [[nodiscard]] virtual bool is_of_caller() noexcept = 0;
    /// What the queue's file says about it.
    i32 pid = 0, kind = 0, signal = 0;
};

/// The messages of one queue, highest priority first, then oldest first.
class message_box {
public:
    explicit message_box(const queue_limits& limits) noexcept : limits_{limits} {}
    ~message_box();

    enum class when_blocked : u8 { wait, fail };
    /// @return `errc::again` (full and `fail`), `errc::timed_out`, `errc::interrupted`.
    result<void> send(unique_ptr<queued_message> m, when_blocked how, instant deadline) noexcept;
    /// The same; `errc::again` when it is empty.
    result<unique_ptr<queued_message>> receive(when_blocked how, instant deadline) noexcept;

    /// @return `errc::busy` if somebody else is to be told.
    result<void> set_notice(unique_ptr<queue_notice> n) noexcept;
    /// Takes back what the caller's process has registered.
    void drop_notice_of_caller() noexcept;

    [[nodiscard]] const queue_limits& limits() const noexcept { return limits_; }
    [[nodiscard]] usize messages() const noexcept { return count_.load(std::memory_order_acquire); }
    [[nodiscard]] bool full() const noexcept {
        return messages() >= static_cast<usize>(limits_.messages);
    }
    struct state {
        usize bytes;
        i32 kind, signal, pid;
    };
    [[nodiscard]] state get_state() noexcept;
    sync::wait_queue& changed() noexcept { return changed_; }

private:
    const queue_limits limits_;
    sync::mutex mutex_{sync::lock_rank::file};
    intrusive_list<queued_message, &queued_message::hook> list_;
    std::atomic<usize> count_{0};
    usize bytes_ = 0;
    u32 receivers_ = 0;  // that wait: they get a message without a notice
    unique_ptr<queue_notice> notice_;
    sync::wait_queue changed_;
};

}  // namespace osprey::fs
