// SPDX-License-Identifier: BSD-3-Clause
//
// Native AIO: one request, from iocb to event.
#include <fs/eventfd/eventfd.hh>
#include <linux/aio.hh>
#include <linux/descriptors.hh>
#include <linux/restart.hh>
#include <linux/transfers.hh>

namespace osprey::abi {
namespace {

// include/uapi/linux/aio_abi.h
enum command : u16 {
    command_read = 0,
    command_write = 1,
    command_fsync = 2,
    command_fdsync = 3,
    command_poll = 5,
    command_readv = 7,
    command_writev = 8
};
constexpr u32 flag_event_fd = 1, flag_priority = 2;

constexpr auto user_memory = vfs::io_buffer::memory_kind::application;

}  // namespace

result<void> aio_request::load_transfer(bool vectored) noexcept {
    const bool writes = what_.opcode == command_write || what_.opcode == command_writev;
    if (writes ? !file_->writable() : !file_->readable())
        return errc::bad_descriptor;
    // What has no read_iter on Linux
    if (file_->node() && file_->node()->is_directory())
        return writes ? errc::bad_descriptor : errc::invalid_argument;
    if (file_->is_epoll())
        return errc::invalid_argument;
    constexpr u64 known = flags<rwf_flags>::known();
    if (what_.rw_flags & ~known)
        return errc::not_supported;
    if (what_.offset < 0 && !is_stream(*file_))
        return errc::invalid_argument;
    if (vectored)
        return list_.load(what_.buffer, what_.bytes);
    if (!memory::is_application_range(what_.buffer, what_.bytes))
        return errc::bad_address;
    if (what_.bytes > transfer_limit)
        what_.bytes = transfer_limit;
    return {};
}

result<void> aio_request::load(virtual_address where) noexcept {
    where_ = where;
    what_ = TRY(memory::user_ptr<const abi_iocb>{where}.load());
    if (what_.reserved != 0 || static_cast<i64>(what_.bytes) < 0)
        return errc::invalid_argument;
    file_ = TRY(file_of({static_cast<i32>(what_.fd)}));
    if (what_.flags & flag_event_fd) {
        event_ = TRY(file_of({static_cast<i32>(what_.event_fd)}));
        if (!event_->is_eventfd())
            return errc::invalid_argument;
    }
    const virtual_address key = where + __builtin_offsetof(abi_iocb, key);
    TRY_VOID(memory::user_ptr<u32>{key}.store(0));
    switch (what_.opcode) {
        case command_read:
        case command_write:
            return load_transfer(false);
        case command_readv:
        case command_writev:
            return load_transfer(true);
        case command_fsync:
        case command_fdsync:
            if (what_.buffer || what_.offset || what_.bytes || what_.rw_flags)
                return errc::invalid_argument;
            if (!file_->node() || !(file_->node()->pages() || file_->node()->is_directory()))
                return errc::invalid_argument;
            return {};
        case command_poll:
            if (what_.buffer != static_cast<u16>(what_.buffer) || what_.offset || what_.bytes ||
                what_.rw_flags)
                return errc::invalid_argument;
            return {};
        default:
            report_value(what_.opcode, errc::invalid_argument);
            return errc::invalid_argument;
    }
}

reply aio_request::transfer() noexcept {
    const flags<rwf_flags> how{what_.rw_flags};
    const i64 offset = is_stream(*file_) ? own_position : what_.offset;
    const bool vectored = what_.opcode == command_readv || what_.opcode == command_writev;
    const vfs::io_segment whole{what_.buffer, what_.bytes};
    vfs::io_buffer memory{vectored ? list_.segments() : std::span{&whole, 1}, user_memory};
    if (what_.opcode == command_read || what_.opcode == command_readv)
        return read_file(*file_, memory, offset, how);
    return write_file(*file_, memory, offset, how);
}

bool aio_request::quick() const noexcept {
    switch (what_.opcode) {
        case command_fsync:
        case command_fdsync:
            return !file_->node()->pages() || !file_->node()->pages()->has_pager();
        default:
            return is_quick(*file_, static_cast<u64>(what_.offset),
                            list_.bytes() ? list_.bytes() : what_.bytes);
    }
}

void aio_request::start() noexcept {
    if (what_.opcode == command_poll) {
        if (auto ready = context_->pool_->prepare(); !ready)
            return context_->finish(*this, reply{ready.error()}.value());
        return poll_again();
    }
    if (quick() || !context_->pool_->prepare())
        return run();
    context_->pool_->push(*this);
}

void aio_request::run() noexcept {
    switch (what_.opcode) {
        case command_poll:
            return poll_again();
        case command_fsync:
        case command_fdsync:
            return context_->finish(
                *this, reply{file_->synchronize(what_.opcode == command_fdsync)}.value());
        default: {
            reply answer = transfer();
            // There is no call left that could be restarted.
            if (answer.failed() && is_restart(answer.value()))
                answer = errc::interrupted;
            return context_->finish(*this, answer.value());
        }
    }
}

void aio_request::fired() noexcept {
    context_->pool_->push(*this);
}

/// The end of a poll, or another wait for it: what fired may be gone again.
void aio_request::poll_again() noexcept {
    const u32 wanted = static_cast<u32>(what_.buffer);
    result<u32> events = 0u;
    {
        sync::lock_guard guard{context_->mutex_};
        if (!context_->closing_.load(std::memory_order_relaxed)) {
            events = arm(*file_, wanted);
            if (events && *events == 0)
                return;
        }
    }
    context_->finish(*this, events ? i64{*events} : reply{events.error()}.value());
}

bool aio_request::cancel() noexcept {
    return what_.opcode == command_poll && disarm();
}

}  // namespace osprey::abi
