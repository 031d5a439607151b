// SPDX-License-Identifier: BSD-3-Clause
//
// System V message queues (msgget(2), msgop(2), msgctl(2)).
#include <fs/synthetic/synthetic.hh>
#include <linux/message_queue.hh>
#include <linux/syscalls.hh>

namespace osprey::abi {
namespace {

constexpr unsigned cap_sys_resource = 24;

using queue_table = ipc_table<message_queue>;
constinit sync::guarded<queue_table> queues;

refptr<message_queue> find_queue(i32 id) noexcept {
    return queues.with([&](queue_table& t) { return t.find(id); });
}

/// What msgsnd and msgrcv answer: no restart after a handler (signal(7)).
template <typename T>
errc after_wait(const result<T>& outcome) noexcept {
    return outcome.error() == errc::interrupted ? errc::restart_no_handler : outcome.error();
}

abi_msqid describe(const message_queue& q) noexcept {
    abi_msqid d{};
    d.permissions = describe_owner(q);
    d.sent = q.sent, d.received = q.received, d.changed = q.changed;
    d.bytes = q.bytes, d.messages = q.messages, d.most_bytes = q.most_bytes;
    d.last_sender = q.last_sender, d.last_receiver = q.last_receiver;
    return d;
}

/// IPC_INFO and, with what is in use, MSG_INFO.
reply tell_limits(bool usage, address buffer) noexcept {
    abi_msginfo info{};
    info.message_bytes = message_limit;
    info.queue_bytes = queue_limit;
    info.queues = queue_table::limit;
    info.segment_bytes = 16;
    info.segments = 0xffff;
    info.pool = static_cast<i32>(queue_table::limit * queue_limit / 1024);
    info.map = info.headers = queue_limit;
    const i64 highest = queues.with([&](queue_table& t) {
        if (usage) {
            info.pool = static_cast<i32>(t.used);
            info.map = info.headers = 0;
            for (const auto& q : t.places)
                if (q) {
                    sync::lock_guard guard{q->mutex};
                    info.map += static_cast<i32>(q->messages);
                    info.headers += static_cast<i32>(q->bytes);
                }
        }
        return t.highest();
    });
    TRY_VOID(buffer.as<abi_msginfo>().store(info));
    return highest;
}

reply tell_state(i32 id, u32 command, address buffer) noexcept {
    using c = msgctl_commands;
    auto q = command == c::ipc_stat ? find_queue(id)
                                    : queues.with([&](queue_table& t) { return t.find_place(id); });
    if (!q)
        return errc::invalid_argument;
    abi_msqid d;
    {
        sync::lock_guard guard{q->mutex};
        if (command != c::msg_stat_any && !permits(*q, 0444))
            return errc::access_denied;
        d = describe(*q);
    }
    TRY_VOID(buffer.as<abi_msqid>().store(d));
    return command == c::ipc_stat ? 0 : q->id;
}

/// IPC_SET and IPC_RMID.
reply control(i32 id, u32 command, address buffer) noexcept {
    abi_msqid wanted{};
    if (command == msgctl_commands::ipc_set)
        wanted = TRY(buffer.as<const abi_msqid>().load());
    auto q = find_queue(id);
    if (!q)
        return errc::invalid_argument;
    {
        sync::lock_guard guard{q->mutex};
        if (q->removed)
            return errc::identifier_removed;
        if (!may_control(*q))
            return errc::not_permitted;
        if (command == msgctl_commands::ipc_set) {
            const bool may_raise =
                proc::current_process().identity.effective >> cap_sys_resource & 1;
            if (wanted.most_bytes > queue_limit && !may_raise)
                return errc::not_permitted;
            change_owner(*q, wanted.permissions);
            q->most_bytes = wanted.most_bytes;
            q->changed = ipc_now();
            q->changes.fetch_add(1);
            q->waiting.wake_all();
            return done;
        }
    }
    queues.with([&](queue_table& t) { t.remove(*q); });
    q->destroy();
    return done;
}

}  // namespace

result<void> show_message_queues(string& out) noexcept {
    TRY_VOID(
        out.append("       key      msqid perms      cbytes       qnum lspid lrpid   uid   gid"
                   "  cuid  cgid      stime      rtime      ctime\n"));
    for (i32 place = 0;; ++place) {
        i64 highest = 0;
        auto q = queues.with([&](queue_table& t) {
            highest = t.highest();
            return t.find_place(place);
        });
        if (q) {
            sync::lock_guard guard{q->mutex};
            TRY_VOID(print(out, "{:10} {:10}  {:4o}  {:10} {:10} {:5} {:5} {:5} {:5} {:5} {:5} ",
                           q->key, q->id, q->mode, q->bytes, q->messages, q->last_sender,
                           q->last_receiver, q->uid, q->gid, q->creator_uid, q->creator_gid));
            TRY_VOID(print(out, "{:10} {:10} {:10}\n", q->sent, q->received, q->changed));
        }
        if (place >= highest)
            return ok;
    }
}

reply calls::msgget(i32 key, flags<shmget_flags> how) noexcept {
    auto make = []() -> result<refptr<message_queue>> {
        auto q = TRY(make_ref<message_queue>());
        q->changed = ipc_now();
        return q;
    };
    auto fits = [](const message_queue&) -> result<void> {
        return ok;
    };
    return queues.with(
        [&](queue_table& t) { return get_ipc(t, key, static_cast<u32>(how.bits), make, fits); });
}

reply calls::msgsnd(i32 id, address message, usize size, flags<msg_flags> how) noexcept {
    const i64 type = TRY(message.as<const i64>().load());
    if (size > message_limit || id < 0 || type < 1)
        return errc::invalid_argument;
    auto m = TRY(make_unique<ipc_message>());
    m->data = static_cast<u8*>(allocate(size));
    if (!m->data && size != 0)
        return errc::out_of_memory;
    m->type = type;
    m->bytes = size;
    TRY_VOID(memory::copy_from_user(m->data, message.value + sizeof type, size));
    auto q = find_queue(id);
    if (!q)
        return errc::invalid_argument;
    if (auto outcome = q->send(std::move(m), !how.has(msg_flags::ipc_nowait)); !outcome)
        return after_wait(outcome);
    return done;
}

reply calls::msgrcv(i32 id, address message, usize size, i64 type, flags<msg_flags> how) noexcept {
    using f = msg_flags;
    if (id < 0 || static_cast<i64>(size) < 0)
        return errc::invalid_argument;
    message_queue::selection what{.type = type, .room = size};
    what.others = how.has(f::msg_except);
    what.copy = how.has(f::msg_copy);
    what.cut = how.has(f::msg_noerror);
    what.wait = !how.has(f::ipc_nowait);
    if (what.copy && (what.others || what.wait))
        return errc::invalid_argument;
    if (what.type == static_cast<i64>(u64{1} << 63))  // has no absolute value
        what.type = -0x7fff'ffff'ffff'ffff;
    auto q = find_queue(id);
    if (!q)
        return errc::invalid_argument;
    auto m = q->receive(what);
    if (!m)
        return after_wait(m);
    const usize bytes = (*m)->bytes < size ? (*m)->bytes : size;
    TRY_VOID(message.as<i64>().store((*m)->type));
    TRY_VOID(memory::copy_to_user(message.value + sizeof type, (*m)->data, bytes));
    return bytes;
}

reply calls::msgctl(i32 id, choice<msgctl_commands> command, address buffer) noexcept {
    using c = msgctl_commands;
    if (id < 0)
        return errc::invalid_argument;
    const auto what = static_cast<u32>(command.value());
    switch (what) {
        case c::ipc_info:
        case c::msg_info:
            return tell_limits(what == c::msg_info, buffer);
        case c::ipc_stat:
        case c::msg_stat:
        case c::msg_stat_any:
            return tell_state(id, what, buffer);
        case c::ipc_set:
        case c::ipc_rmid:
            return control(id, what, buffer);
        default:
            return command.unknown();
    }
}

}  // namespace osprey::abi
