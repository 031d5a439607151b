// SPDX-License-Identifier: BSD-3-Clause
//
// POSIX message queues (mq_overview(7)).
#include <fs/mqueue/mqueue.hh>
#include <linux/socket_calls.hh>
#include <linux/syscalls.hh>
#include <linux/times.hh>
#include <linux/user_string.hh>
#include <net/netlink/netlink_socket.hh>

namespace osprey::abi {
namespace {

constexpr u32 priorities = 32768;         // MQ_PRIO_MAX
constexpr unsigned limit_of_queues = 12;  // RLIMIT_MSGQUEUE

using box = fs::message_box;

/// What the C library hands over for SIGEV_THREAD: a netlink socket at which a thread of its own
/// waits, and 32 bytes to send there, the last of which says what happened.
class thread_wake_up {
public:
    static constexpr usize cookie_bytes = 32;
    enum class reason : u8 { message = 1, removed = 2 };

    result<void> load(const abi_sigevent& event) noexcept {
        TRY_VOID(memory::copy_from_user(cookie_, event.value, sizeof cookie_));
        auto s = TRY(socket_of({event.signal}));
        constexpr int af_netlink = 16;
        if (s->family() != af_netlink)
            return errc::invalid_argument;
        socket_ = s.take();
        return ok;
    }
    void send(reason why) noexcept {
        const auto file = std::exchange(socket_, {});
        vector<u8> bytes;
        if (!file || !bytes.append(std::span<const u8>{cookie_}))
            return;
        bytes[cookie_bytes - 1] = static_cast<u8>(why);
        static_cast<net::netlink_socket&>(*file).deliver(std::move(bytes), 0);
    }

private:
    refptr<vfs::file> socket_;
    u8 cookie_[cookie_bytes];
};

/// What mq_notify(3) asks for.
class process_notice final : public fs::queue_notice {
public:
    process_notice(proc::process& p, const abi_sigevent& event) noexcept
        : process_{&p}, event_{event} {
        constexpr i32 by_signal = 0;  // SIGEV_SIGNAL
        pid = p.pid();
        kind = event.notify;
        signal = event.notify == by_signal ? event.signal : 0;
    }
    void message_came() noexcept override {
        constexpr i32 si_mesgq = -3;
        thread.send(thread_wake_up::reason::message);
        if (signal == 0)
            return;
        proc::signal_info info = proc::make_signal(static_cast<proc::signal>(signal), si_mesgq);
        info.sent.value = event_.value;
        (void)proc::send_signal(*process_, info);
    }
    void was_dropped() noexcept override { thread.send(thread_wake_up::reason::removed); }
    bool is_of_caller() noexcept override {
        return sched::current().is_application() && process_.get() == &proc::current_process();
    }

    thread_wake_up thread;

private:
    refptr<proc::process> process_;
    abi_sigevent event_;
};

/// An absolute time of the real-time clock; null: never.
result<instant> deadline_from(maybe_in<abi_timespec> timeout) noexcept {
    if (!timeout)
        return instant::never();
    return of_realtime(TRY(to_ns(TRY(timeout.load()))));
}

struct opened_box {
    refptr<vfs::file> file;
    box* queue;
    [[nodiscard]] box::when_blocked how() const noexcept {
        return file->nonblocking() ? box::when_blocked::fail : box::when_blocked::wait;
    }
};
result<opened_box> box_of(fd_number fd) noexcept {
    auto file = TRY(file_of(fd));
    box* queue = TRY(fs::mqueue_of(*file));
    return opened_box{std::move(file), queue};
}

}  // namespace

reply calls::mq_open(user_path name, flags<open_flags> how, mode_bits mode,
                     maybe_in<abi_mq_attr> wanted) noexcept {
    proc::process& p = proc::current_process();
    const auto bits = static_cast<u32>(how.bits);
    fs::queue_limits limits;
    const bool given = wanted && bits & vfs::o_creat;
    if (wanted) {
        const abi_mq_attr attributes = TRY(wanted.load());
        limits = {attributes.most_messages, attributes.message_bytes};
    }
    user_string text;
    TRY_VOID(text.load(name));
    const u32 umask = directories().umask.load(std::memory_order_relaxed);
    auto file = TRY(fs::open_mqueue({
        .name = text.view(),
        .flags = bits,
        .permissions = mode.value & 07777 & ~umask,
        .wanted = given ? &limits : nullptr,
        .byte_limit = p.limits[limit_of_queues].soft,
        .uid = p.identity.fsuid,
        .gid = p.identity.fsgid,
    }));
    return install(std::move(file), true);
}

reply calls::mq_unlink(user_path name) noexcept {
    user_string text;
    TRY_VOID(text.load(name));
    return fs::unlink_mqueue(text.view());
}

reply calls::mq_timedsend(fd_number queue, bytes_in<2> message, usize size, u32 priority,
                          maybe_in<abi_timespec> timeout) noexcept {
    const instant deadline = TRY(deadline_from(timeout));
    if (priority >= priorities)
        return errc::invalid_argument;
    const opened_box to = TRY(box_of(queue));
    if (!to.file->writable())
        return errc::bad_descriptor;
    if (size > static_cast<usize>(to.queue->limits().message_bytes))
        return errc::message_too_long;
    auto m = TRY(make_unique<fs::queued_message>());
    m->data = static_cast<u8*>(allocate(size));
    if (!m->data && size != 0)
        return errc::out_of_memory;
    m->bytes = size;
    m->priority = priority;
    TRY_VOID(memory::copy_from_user(m->data, message.where, size));
    return restartable(to.queue->send(std::move(m), to.how(), deadline));
}

reply calls::mq_timedreceive(fd_number queue, bytes_out<2> message, usize size,
                             maybe_out<u32> priority, maybe_in<abi_timespec> timeout) noexcept {
    const instant deadline = TRY(deadline_from(timeout));
    const opened_box from = TRY(box_of(queue));
    if (!from.file->readable())
        return errc::bad_descriptor;
    if (size < static_cast<usize>(from.queue->limits().message_bytes))
        return errc::message_too_long;
    auto m = from.queue->receive(from.how(), deadline);
    if (!m)
        return m.error() == errc::interrupted ? errc::restart_always : m.error();
    if (priority)
        TRY_VOID(priority.store((*m)->priority));
    TRY_VOID(memory::copy_to_user(message.where, (*m)->data, (*m)->bytes));
    return (*m)->bytes;
}

reply calls::mq_notify(fd_number queue, maybe_in<abi_sigevent> event) noexcept {
    constexpr i32 by_signal = 0, none = 1, by_thread = 2;  // SIGEV_*
    if (!event) {
        const opened_box to = TRY(box_of(queue));
        to.queue->drop_notice_of_caller();
        return done;
    }
    const abi_sigevent wanted = TRY(event.load());
    if (wanted.notify != by_signal && wanted.notify != none && wanted.notify != by_thread)
        return errc::invalid_argument;
    if (wanted.notify == by_signal &&
        (wanted.signal < 0 || wanted.signal > static_cast<i32>(proc::signal_count)))
        return errc::invalid_argument;
    auto notice = TRY(make_unique<process_notice>(proc::current_process(), wanted));
    if (wanted.notify == by_thread)
        TRY_VOID(notice->thread.load(wanted));
    const opened_box to = TRY(box_of(queue));
    return to.queue->set_notice(std::move(notice));
}

reply calls::mq_getsetattr(fd_number queue, maybe_in<abi_mq_attr> next,
                           maybe_out<abi_mq_attr> previous) noexcept {
    abi_mq_attr wanted{};
    if (next) {
        wanted = TRY(next.load());
        if (wanted.flags & ~i64{vfs::o_nonblock})
            return errc::invalid_argument;
    }
    const opened_box to = TRY(box_of(queue));
    abi_mq_attr now{};
    now.flags = to.file->flags() & vfs::o_nonblock;
    now.most_messages = to.queue->limits().messages;
    now.message_bytes = to.queue->limits().message_bytes;
    now.messages = static_cast<i64>(to.queue->messages());
    if (next)
        to.file->set_status_flags((to.file->flags() & ~u32{vfs::o_nonblock}) |
                                  static_cast<u32>(wanted.flags));
    if (previous)
        TRY_VOID(previous.store(now));
    return done;
}

}  // namespace osprey::abi
