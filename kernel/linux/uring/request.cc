// SPDX-License-Identifier: BSD-3-Clause
//
// The ways of one request: tried at once, waiting for its file, or in the pool.
#include <linux/descriptors.hh>
#include <linux/restart.hh>
#include <linux/uring/ring.hh>

namespace osprey::abi {
namespace {

/// Did an operation end because it would have had to wait?
bool would_wait(const reply& answer) noexcept {
    return answer.failed() &&
           (is_restart(answer.value()) || answer.value() == reply{errc::interrupted}.value());
}

/// A file that says that it is ready, again and again, and then is not: rather wait in the pool.
constexpr unsigned most_attempts = 8;

}  // namespace

uring_request::uring_request(uring& owner, const abi_uring_sqe& entry) noexcept
    : ring{&owner}, sqe{entry}, user_data{entry.user_data} {
    address = entry.address;
    length = entry.length;
}

uring_request::~uring_request() {
    if (buffer_id >= 0)
        ring->buffers.give_back(sqe.buffer, {address, length, static_cast<u16>(buffer_id)});
}

result<void> uring_request::find_file() noexcept {
    if (file)
        return {};
    file = sqe.flags & entry_fixed_file ? TRY(ring->fixed_file(static_cast<u32>(sqe.fd)))
                                        : TRY(file_of({sqe.fd}));
    return {};
}

bool uring_request::may_poll(const uring_operation& op) const noexcept {
    return op.events != 0 && file && file->pollable();
}

void uring_request::issue() noexcept {
    const uring_operation& op = *find_operation(sqe.opcode);
    if (op.needs_file)
        if (auto found = find_file(); !found)
            return ring->finish(*this, reply{found.error()}.value());
    if (sqe.flags & entry_async && !may_poll(op))
        return ring->to_pool(*this);
    if (op.slow && op.slow(*this))
        return ring->to_pool(*this);
    try_once(false);
}

void uring_request::run() noexcept {
    if (!ring->begin_work(*this))
        return ring->finish(*this, reply{errc::canceled}.value());
    try_once(true);
}

void uring_request::try_once(bool in_pool) noexcept {
    const uring_operation& op = *find_operation(sqe.opcode);
    const refptr<uring> keep = ring;
    for (unsigned attempts = 0;; ++attempts) {
        const bool patient = in_pool && (!may_poll(op) || attempts >= most_attempts);
        reply answer = errc::interrupted;
        if (patient) {
            answer = op.run(*this);
        } else {
            const sched::attempt no_wait;
            answer = op.run(*this);
        }
        if (answer.value() == uring_pending)
            return;
        if (!would_wait(answer)) {
            const bool go_on = !in_pool || keep->end_work(*this);
            if (!multishot || answer.failed())
                return keep->finish(*this, answer.value(), completion_flags);
            // The operation has posted by itself, and there may be more.
            if (!go_on || (in_pool && !keep->begin_work(*this)))
                return keep->finish(*this, reply{errc::canceled}.value());
            attempts = 0;
            continue;
        }
        if (in_pool && !keep->end_work(*this))
            return keep->finish(*this, reply{errc::canceled}.value());
        if (!may_poll(op) || attempts >= most_attempts) {
            if (!in_pool)
                return keep->to_pool(*this);
            if (!keep->begin_work(*this))
                return keep->finish(*this, reply{errc::canceled}.value());
            continue;  // an interruption that was meant for another
        }
        if (keep->arm(*this, poll_events ? poll_events : op.events))
            return;
        if (cancelled)
            return keep->finish(*this, reply{errc::canceled}.value());
        if (in_pool && !keep->begin_work(*this))
            return keep->finish(*this, reply{errc::canceled}.value());
    }
}

void uring_request::fired() noexcept {
    ring->push_ready(*this);
}

}  // namespace osprey::abi
