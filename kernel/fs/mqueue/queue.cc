// SPDX-License-Identifier: BSD-3-Clause
#include <fs/mqueue/queue.hh>
#include <vfs/file.hh>

namespace osprey::fs {

message_box::~message_box() {
    while (queued_message* m = list_.pop_front())
        delete m;
}

result<void> message_box::send(unique_ptr<queued_message> m, when_blocked how,
                               instant deadline) noexcept {
    for (;;) {
        {
            sync::lock_guard guard{mutex_};
            if (!full()) {
                queued_message* behind = list_.back();
                while (behind && behind->priority < m->priority)
                    behind = behind == list_.front() ? nullptr : &*--list_.at(*behind);
                bytes_ += m->bytes;
                queued_message& placed = *m.release();
                if (!behind)
                    list_.push_front(placed);
                else
                    list_.insert_after(*behind, placed);
                if (count_.fetch_add(1, std::memory_order_release) == 0 && notice_ &&
                    receivers_ == 0) {
                    notice_->message_came();
                    notice_.reset();
                }
                break;
            }
        }
        if (how == when_blocked::fail)
            return errc::again;
        TRY_VOID(
            changed_.wait([this] { return !full(); }, sched::wait_mode::interruptible, deadline));
    }
    changed_.wake_all(vfs::poll_in | vfs::poll_rdnorm);
    return ok;
}

result<unique_ptr<queued_message>> message_box::receive(when_blocked how,
                                                        instant deadline) noexcept {
    queued_message* taken = nullptr;
    for (bool waited = false;;) {
        result<void> outcome;
        {
            sync::lock_guard guard{mutex_};
            receivers_ -= waited ? 1 : 0;
            taken = list_.pop_front();
            if (taken) {
                bytes_ -= taken->bytes;
                count_.fetch_sub(1, std::memory_order_release);
                break;
            }
            if (how == when_blocked::fail)
                return errc::again;
            ++receivers_;
            waited = true;
        }
        outcome = changed_.wait([this] { return messages() != 0; }, sched::wait_mode::interruptible,
                                deadline);
        if (!outcome) {
            sync::lock_guard guard{mutex_};
            --receivers_;
            return outcome.error();
        }
    }
    changed_.wake_all(vfs::poll_out | vfs::poll_wrnorm);
    return unique_ptr<queued_message>{taken};
}

result<void> message_box::set_notice(unique_ptr<queue_notice> n) noexcept {
    sync::lock_guard guard{mutex_};
    if (notice_)
        return errc::busy;
    notice_ = std::move(n);
    return ok;
}

void message_box::drop_notice_of_caller() noexcept {
    sync::lock_guard guard{mutex_};
    if (notice_ && notice_->is_of_caller()) {
        notice_->was_dropped();
        notice_.reset();
    }
}

message_box::state message_box::get_state() noexcept {
    sync::lock_guard guard{mutex_};
    if (!notice_)
        return {bytes_, 0, 0, 0};
    return {bytes_, notice_->kind, notice_->signal, notice_->pid};
}

}  // namespace osprey::fs
