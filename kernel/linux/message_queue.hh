// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <base/heap.hh>
#include <base/intrusive_list.hh>
#include <linux/ipc.hh>
#include <sync/wait_queue.hh>

namespace osprey::abi {

inline constexpr usize message_limit = 8192, queue_limit = 16384;  // MSGMAX, MSGMNB

/// A message of msgsnd(2) in kernel memory.
struct ipc_message {
    i64 type = 0;
    usize bytes = 0;
    u8* data = nullptr;
    list_hook hook;

    ipc_message() noexcept = default;
    ipc_message(const ipc_message&) = delete;
    ~ipc_message() { deallocate(data, bytes); }
};

/// A System V message queue. Locking: `mutex` guards everything but key and id.
class message_queue final : public ref_counted<message_queue>, public ipc_object {
public:
    ~message_queue();

    /// @return `errc::again` when `wait` is false and it is full; `errc::access_denied`,
    /// `errc::identifier_removed`, `errc::interrupted`.
    result<void> send(unique_ptr<ipc_message> m, bool wait) noexcept;

    struct selection {
        i64 type;  // 0: the first, > 0: of this type, < 0: the lowest type up to its absolute value
        bool others = false;  // MSG_EXCEPT: of any type but this
        bool copy = false;    // MSG_COPY: `type` is a place in the queue, the message stays
        bool cut = false;     // MSG_NOERROR: longer ones are cut off
        bool wait = true;
        usize room = 0;
    };
    /// @return `errc::no_message`, `errc::argument_list_too_long`, and as `send`.
    result<unique_ptr<ipc_message>> receive(const selection& what) noexcept;
    void destroy() noexcept;

    sync::mutex mutex;
    usize bytes = 0, messages = 0, most_bytes = queue_limit;
    i64 sent = 0, received = 0, changed = 0;
    i32 last_sender = 0, last_receiver = 0;
    std::atomic<bool> removed{false};
    std::atomic<u32> changes{0};  // counts what could end a wait
    sync::wait_queue waiting;

private:
    ipc_message* find(const selection& what) noexcept;
    result<void> wait_for_change(u32 seen) noexcept;
    void changed_now() noexcept;
    intrusive_list<ipc_message, &ipc_message::hook> list_;
};

}  // namespace osprey::abi
