// SPDX-License-Identifier: BSD-3-Clause
#include <linux/message_queue.hh>

namespace osprey::abi {

message_queue::~message_queue() {
    while (ipc_message* m = list_.pop_front())
        delete m;
}

/// Mutex held, or the queue removed: everybody who waits looks again.
void message_queue::changed_now() noexcept {
    changes.fetch_add(1, std::memory_order_release);
    waiting.wake_all();
}

result<void> message_queue::wait_for_change(u32 seen) noexcept {
    return waiting.wait([&] { return changes.load(std::memory_order_acquire) != seen; });
}

result<void> message_queue::send(unique_ptr<ipc_message> m, bool wait) noexcept {
    for (;;) {
        u32 seen;
        {
            sync::lock_guard guard{mutex};
            if (removed)
                return errc::identifier_removed;
            if (!permits(*this, 0222))
                return errc::access_denied;
            if (bytes + m->bytes <= most_bytes && messages + 1 <= most_bytes) {
                bytes += m->bytes;
                ++messages;
                sent = ipc_now();
                last_sender = proc::current_process().pid();
                list_.push_back(*m.release());
                changed_now();
                return ok;
            }
            seen = changes.load(std::memory_order_relaxed);
        }
        if (!wait)
            return errc::again;
        TRY_VOID(wait_for_change(seen));
    }
}

ipc_message* message_queue::find(const selection& what) noexcept {
    ipc_message* best = nullptr;
    i64 place = 0;
    for (ipc_message& m : list_) {
        if (what.copy) {
            if (place++ == what.type)
                return &m;
        } else if (what.type == 0) {
            return &m;
        } else if (what.type > 0) {
            if ((m.type == what.type) != what.others)
                return &m;
        } else if (m.type <= -what.type && (!best || m.type < best->type)) {
            best = &m;
        }
    }
    return best;
}

result<unique_ptr<ipc_message>> message_queue::receive(const selection& what) noexcept {
    for (;;) {
        u32 seen;
        {
            sync::lock_guard guard{mutex};
            if (removed)
                return errc::identifier_removed;
            if (!permits(*this, 0444))
                return errc::access_denied;
            if (ipc_message* m = find(what)) {
                if (m->bytes > what.room && !what.cut)
                    return errc::argument_list_too_long;
                if (what.copy) {
                    auto copy = TRY(make_unique<ipc_message>());
                    copy->data = static_cast<u8*>(allocate(m->bytes));
                    if (!copy->data && m->bytes != 0)
                        return errc::out_of_memory;
                    copy->type = m->type;
                    copy->bytes = m->bytes;
                    std::memcpy(copy->data, m->data, m->bytes);
                    return copy;
                }
                decltype(list_)::remove(*m);
                bytes -= m->bytes;
                --messages;
                received = ipc_now();
                last_receiver = proc::current_process().pid();
                changed_now();
                return unique_ptr<ipc_message>{m};
            }
            seen = changes.load(std::memory_order_relaxed);
        }
        if (!what.wait)
            return errc::no_message;
        TRY_VOID(wait_for_change(seen));
    }
}

void message_queue::destroy() noexcept {
    sync::lock_guard guard{mutex};
    removed = true;
    changed_now();
}

}  // namespace osprey::abi
