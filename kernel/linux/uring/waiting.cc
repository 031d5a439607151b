// SPDX-License-Identifier: BSD-3-Clause
//
// io_uring: operations on the ring itself: polls, timeouts, cancelling, messages, buffers.
#include <linux/descriptors.hh>
#include <linux/flag_sets.hh>
#include <linux/times.hh>
#include <linux/uring/operations.hh>

namespace osprey::abi::uring_ops {
namespace {

// IORING_TIMEOUT_*
enum timeout_flag : u32 {
    timeout_absolute = 1,
    timeout_update = 2,
    timeout_boottime = 4,
    timeout_realtime = 8,
    timeout_link_update = 16,
    timeout_expiry_is_success = 32,
};
// IORING_POLL_*
enum poll_flag : u32 {
    poll_multi = 1,
    poll_update_events = 2,
    poll_update_data = 4,
    poll_level = 8
};

result<instant> deadline_at(u64 where, u32 how) noexcept {
    if ((how & timeout_boottime) && (how & timeout_realtime))
        return errc::invalid_argument;
    const auto given = TRY(memory::user_ptr<const abi_timespec>{where}.load());
    const i64 ns = TRY(to_ns(given));
    if (!(how & timeout_absolute))
        return in_ns(ns);
    return how & timeout_realtime ? of_realtime(ns) : instant{static_cast<u64>(ns)};
}

}  // namespace

reply nop(uring_request&) noexcept {
    return done;
}

reply poll_add(uring_request& r) noexcept {
    if (!r.prepared) {
        if (r.sqe.buffer || r.sqe.offset || r.sqe.address ||
            r.sqe.length & ~u32{poll_multi | poll_level} ||
            (r.sqe.length & poll_level && !(r.sqe.length & poll_multi)))
            return errc::invalid_argument;
        if (r.sqe.length & poll_multi && r.sqe.flags & entry_skip_success)
            return errc::invalid_argument;
        r.multishot = r.sqe.length & poll_multi;
        r.poll_events = r.sqe.how;
        r.prepared = true;
    }
    if (r.multishot) {
        r.ring->watch(r);
        return uring_pending;
    }
    constexpr u32 always = vfs::poll_err | vfs::poll_hup | vfs::poll_nval;
    const u32 now = r.file->poll(nullptr) & (r.poll_events | always) & 0xffff;
    return now ? reply{now} : reply{errc::restart_always};
}

reply poll_remove(uring_request& r) noexcept {
    const u32 how = r.sqe.length;
    if (r.sqe.buffer || r.sqe.file_index || how & ~0x7u || (how == poll_multi) ||
        (!(how & (poll_update_events | poll_update_data)) && (r.sqe.offset || r.sqe.how)))
        return errc::invalid_argument;
    if (!(how & (poll_update_events | poll_update_data))) {
        uring::selection s;
        s.user_data = r.sqe.address;
        s.opcode = uring_operations::ioring_op_poll_add;
        s.except = &r;
        auto ended = r.ring->cancel(s);
        return ended ? reply{done} : reply{ended.error()};
    }
    return r.ring->update_poll(r.sqe.address, how & poll_update_data ? &r.sqe.offset : nullptr,
                               how & poll_update_events ? &r.sqe.how : nullptr, how);
}

reply timeout(uring_request& r) noexcept {
    const u32 how = r.sqe.how;
    if (r.sqe.buffer || r.sqe.length != 1 || r.sqe.file_index ||
        how & ~u32{timeout_absolute | timeout_boottime | timeout_realtime |
                   timeout_expiry_is_success})
        return errc::invalid_argument;
    const instant deadline = TRY(deadline_at(r.sqe.address, how));
    const u32 count = static_cast<u32>(r.sqe.offset);
    if (count != 0)
        r.ring->start_counted(r, deadline, count);
    else
        r.ring->start_timer(r, deadline);
    return uring_pending;
}

reply timeout_remove(uring_request& r) noexcept {
    const u32 how = r.sqe.how;
    if (r.sqe.buffer || r.sqe.length || r.sqe.file_index)
        return errc::invalid_argument;
    if (how & (timeout_update | timeout_link_update)) {
        if (how & ~u32{timeout_update | timeout_link_update | timeout_absolute | timeout_boottime |
                       timeout_realtime})
            return errc::invalid_argument;
        const instant deadline = TRY(deadline_at(r.sqe.offset, how));
        return r.ring->update_timeout(r.sqe.address, deadline, how & timeout_link_update);
    }
    if (how != 0)
        return errc::invalid_argument;
    uring::selection s;
    s.user_data = r.sqe.address;
    s.opcode = uring_operations::ioring_op_timeout;
    auto ended = r.ring->cancel(s);
    if (!ended)
        return ended.error() == errc::already_in_progress ? errc::busy : ended.error();
    return done;
}

reply link_timeout(uring_request& r) noexcept {
    if (!r.timed)
        return errc::invalid_argument;  // not behind another request
    if (r.sqe.buffer || r.sqe.length != 1 || r.sqe.file_index || r.sqe.offset ||
        r.sqe.how & ~u32{timeout_absolute | timeout_boottime | timeout_realtime |
                         timeout_expiry_is_success})
        return errc::invalid_argument;
    r.ring->start_timer(r, TRY(deadline_at(r.sqe.address, r.sqe.how)));
    return uring_pending;
}

reply async_cancel(uring_request& r) noexcept {
    constexpr u32 all = 1, by_file = 2, any = 4, by_slot = 8, by_data = 16, by_operation = 32;
    const u32 how = r.sqe.how;
    if (r.sqe.offset || r.sqe.file_index ||
        how & ~(all | by_file | any | by_slot | by_data | by_operation) ||
        (how & by_file && how & any))
        return errc::invalid_argument;
    uring::selection s;
    s.user_data = r.sqe.address;
    s.all = how & (all | any);
    s.any = how & any;
    s.except = &r;
    if (how & by_operation)
        s.opcode = static_cast<i32>(r.sqe.length);
    refptr<vfs::file> file;
    if (how & by_file) {
        file = how & by_slot || r.sqe.flags & entry_fixed_file
                   ? TRY(r.ring->fixed_file(static_cast<u32>(r.sqe.fd)))
                   : TRY(file_of({r.sqe.fd}));
        s.file = file.get();
    }
    auto ended = r.ring->cancel(s);
    if (!ended)
        return ended.error();
    return s.all ? *ended : 0u;
}

reply message_ring(uring_request& r) noexcept {
    constexpr u64 data = 0;
    if (r.sqe.buffer || r.sqe.personality || r.sqe.how || r.sqe.address3 || r.sqe.file_index)
        return errc::invalid_argument;
    if (!r.file->is_uring())
        return errc{77};  // EBADFD
    if (r.sqe.address != data) {
        report_value(r.sqe.address, errc::invalid_argument);  // IORING_MSG_SEND_FD
        return errc::invalid_argument;
    }
    uring& target = uring_of(*r.file);
    if (!target.enabled())
        return errc{77};
    target.post(r.sqe.offset, static_cast<i32>(r.sqe.length), 0);
    return done;
}

reply provide_buffers(uring_request& r) noexcept {
    constexpr u32 most = 65536;
    const u32 count = static_cast<u32>(r.sqe.fd);
    if (r.sqe.how || r.sqe.file_index || r.sqe.offset > most)
        return errc::invalid_argument;
    if (r.sqe.fd <= 0 || count > most)
        return errc::argument_list_too_long;
    if (!memory::is_application_range(r.sqe.address, u64{count} * r.sqe.length))
        return errc::bad_address;
    if (r.sqe.offset + count > most)
        return errc::invalid_argument;
    return r.ring->buffers.provide(r.sqe.buffer, r.sqe.address, r.sqe.length, count,
                                   static_cast<u16>(r.sqe.offset));
}

reply remove_buffers(uring_request& r) noexcept {
    if (r.sqe.how || r.sqe.address || r.sqe.length || r.sqe.offset || r.sqe.file_index ||
        r.sqe.fd <= 0 || r.sqe.fd > 65536)
        return errc::invalid_argument;
    return r.ring->buffers.remove(r.sqe.buffer, static_cast<u32>(r.sqe.fd));
}

reply files_update(uring_request& r) noexcept {
    if (r.sqe.flags & (entry_fixed_file | entry_buffer_select) || r.sqe.how || r.sqe.file_index ||
        r.sqe.length == 0)
        return errc::invalid_argument;
    return update_registered_files(*r.ring, r.sqe.address, static_cast<u32>(r.sqe.offset),
                                   r.sqe.length);
}

}  // namespace osprey::abi::uring_ops
