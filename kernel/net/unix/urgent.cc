// SPDX-License-Identifier: BSD-3-Clause
//
// MSG_OOB on AF_UNIX streams, as Linux has it: the last byte of such a send is a message of its
// own. Reading stops in front of it; then it is passed over, unless it was taken with MSG_OOB
// before or is read in line.
#include <net/unix/stream_parts.hh>

namespace osprey::net {

/// The byte that `m` has left. One that was not read yet becomes ordinary data.
result<void> unix_end::put_urgent(unix_end& to, message& m) noexcept {
    unix_message* u = unix_message::create(1);
    if (!u)
        return errc::out_of_memory;
    u->sender = caller_credentials();
    u->urgent = true;
    auto moved = m.data.take(u->data(), 1);
    if (!moved || *moved == 0) {
        unix_message::destroy(u);
        return moved ? errc::bad_address : moved.error();
    }
    u->end = 1;
    {
        sync::lock_guard guard{to.mutex_};
        if (to.shut() & receiving) {
            unix_message::destroy(u);
            return errc::broken_pipe;
        }
        if (unix_message* old = to.urgent_.load(std::memory_order_relaxed))
            old->urgent = false;
        to.queue_.push(u);
        to.urgent_.store(u, std::memory_order_release);
    }
    to.readable.wake_all(vfs::poll_in | vfs::poll_rdnorm | vfs::poll_pri | vfs::poll_rdband);
    return ok;
}

/// recv(MSG_OOB)
result<usize> unix_end::receive_urgent(message& m, const socket& options) noexcept {
    sync::lock_guard guard{mutex_};
    unix_message* u = urgent_.load(std::memory_order_relaxed);
    if (!u || options.out_of_band_inline.load(std::memory_order_relaxed))
        return errc::invalid_argument;
    if (m.data.remaining() == 0)
        return errc::bad_address;
    TRY_VOID(m.data.put(u->data() + u->begin, 1));
    if (!(m.flags & msg_peek)) {
        urgent_.store(nullptr, std::memory_order_release);
        queue_.took_urgent(*u);
    }
    m.told |= msg_oob;
    return usize{1};
}

/// At an urgent message, with `mutex_` held. @return whether its byte is read like any other; else
/// `u` or `in.stop` has changed.
bool unix_end::pass_urgent(incoming& in, unix_message*& u) noexcept {
    const bool pending = u == urgent_.load(std::memory_order_relaxed);
    if (in.got != 0 && (pending || u->bytes() == 0)) {
        in.stop = true;
        return false;
    }
    if (pending && in.urgent_inline) {
        if (!in.peek)
            urgent_.store(nullptr, std::memory_order_release);
        return true;
    }
    if (in.peek) {
        u = u->next;
        return false;
    }
    if (pending)
        urgent_.store(nullptr, std::memory_order_release);
    if (u->bytes() != 0)
        queue_.took_urgent(*u);
    drop_front();
    u = queue_.front();
    return false;
}

bool unix_end::at_mark() noexcept {
    sync::lock_guard guard{mutex_};
    const unix_message* u = queue_.front();
    const unix_message* pending = urgent_.load(std::memory_order_relaxed);
    return u && u->urgent &&
           (u == pending || (u->bytes() == 0 && (!pending || u->next == pending)));
}

}  // namespace osprey::net
