// SPDX-License-Identifier: BSD-3-Clause
//
// io_uring_setup(2) and io_uring_enter(2).
#include <bit>
#include <linux/descriptors.hh>
#include <linux/syscalls.hh>
#include <linux/timers.hh>
#include <linux/times.hh>
#include <linux/uring/ring.hh>
#include <linux/wait_mask.hh>

namespace osprey::abi {
namespace {

constexpr u32 most_entries = 32768;
constexpr errc ring_disabled{77};  // EBADFD

/// Rounds the sizes of the rings as the flags allow. @return `errc::invalid_argument`.
result<void> choose_sizes(u32 entries, abi_uring_parameters& p) noexcept {
    using f = uring_setup_flags;
    const bool clamps = p.flags & f::ioring_setup_clamp;
    if (entries == 0)
        return errc::invalid_argument;
    if (entries > most_entries) {
        if (!clamps)
            return errc::invalid_argument;
        entries = most_entries;
    }
    p.sq_entries = std::bit_ceil(entries);
    if (!(p.flags & f::ioring_setup_cqsize)) {
        p.cq_entries = 2 * p.sq_entries;
        return {};
    }
    if (p.cq_entries == 0)
        return errc::invalid_argument;
    if (p.cq_entries > 2 * most_entries) {
        if (!clamps)
            return errc::invalid_argument;
        p.cq_entries = 2 * most_entries;
    }
    p.cq_entries = std::bit_ceil(p.cq_entries);
    return p.cq_entries < p.sq_entries ? result<void>{errc::invalid_argument} : result<void>{};
}

/// Flags that exclude or need each other.
result<void> check_flags(const abi_uring_parameters& p) noexcept {
    using f = uring_setup_flags;
    TRY_VOID(flags<f>{p.flags}.only());
    for (u32 word : p.reserved)
        if (word != 0)
            return errc::invalid_argument;
    const bool polls = p.flags & f::ioring_setup_sqpoll;
    if (polls && p.flags & (f::ioring_setup_coop_taskrun | f::ioring_setup_taskrun_flag |
                            f::ioring_setup_defer_taskrun))
        return errc::invalid_argument;
    if (p.flags & f::ioring_setup_taskrun_flag &&
        !(p.flags & (f::ioring_setup_coop_taskrun | f::ioring_setup_defer_taskrun)))
        return errc::invalid_argument;
    if (p.flags & f::ioring_setup_defer_taskrun && !(p.flags & f::ioring_setup_single_issuer))
        return errc::invalid_argument;
    if (p.flags & f::ioring_setup_sq_aff && !polls)
        return errc::invalid_argument;
    if (p.flags & f::ioring_setup_attach_wq) {
        auto other = TRY(file_of({static_cast<i32>(p.wq_fd)}));
        if (!other->is_uring())
            return errc::invalid_argument;
    }
    return {};
}

}  // namespace

reply calls::io_uring_setup(u32 entries, inout<abi_uring_parameters> parameters) noexcept {
    abi_uring_parameters p = TRY(parameters.load());
    TRY_VOID(check_flags(p));
    TRY_VOID(choose_sizes(entries, p));
    process_objects* objects = TRY(process_objects::of(proc::current_process()));
    auto ring = TRY(uring::create(p, TRY(objects->async())));
    auto file = TRY(make_uring_file(ring));
    if (p.flags & uring_setup_flags::ioring_setup_sqpoll)
        TRY_VOID(ring->start_poller(p.sq_thread_idle));
    TRY_VOID(parameters.store(p));
    return install(std::move(file), true);
}

namespace {

/// What the waiting part of io_uring_enter(2) is told.
struct wait_arguments {
    u64 mask = 0;
    usize mask_size = 0;
    instant deadline = instant::never();

    result<void> load(flags<uring_enter_flags> how, address argument, usize size) noexcept {
        if (!how.has(uring_enter_flags::ioring_enter_ext_arg)) {
            mask = argument.value;
            mask_size = size;
            return {};
        }
        if (size != sizeof(abi_uring_wait))
            return errc::invalid_argument;
        const abi_uring_wait given = TRY(argument.as<const abi_uring_wait>().load());
        if (given.padding != 0)
            return errc::invalid_argument;
        mask = given.mask;
        mask_size = given.mask_size;
        deadline = TRY(deadline_of(memory::user_ptr<const abi_timespec>{given.timeout}));
        return {};
    }
};

}  // namespace

reply calls::io_uring_enter(fd_number fd, u32 submit, u32 complete, flags<uring_enter_flags> how,
                            address argument, usize size) noexcept {
    using f = uring_enter_flags;
    if (how.bits & ~flags<f>::known())
        return errc::invalid_argument;
    if (how.has(f::ioring_enter_registered_ring)) {
        report_flags(f::ioring_enter_registered_ring, errc::invalid_argument);
        return errc::invalid_argument;
    }
    auto file = TRY(file_of(fd));
    if (!file->is_uring())
        return errc::not_supported;
    uring& ring = uring_of(*file);
    if (!ring.enabled())
        return ring_disabled;
    u32 taken = 0;
    if (ring.setup_flags() & uring_setup_flags::ioring_setup_sqpoll) {
        if (how.has(f::ioring_enter_sq_wakeup))
            ring.wake_poller();
        if (how.has(f::ioring_enter_sq_wait))
            ring.wait_for_room();
        taken = submit;
    } else if (submit != 0) {
        taken = TRY(ring.submit(submit));
        if (taken != submit)
            return taken;
    }
    if (!how.has(f::ioring_enter_getevents))
        return taken;
    wait_arguments wanted;
    auto waited = wanted.load(how, argument, size);
    wait_mask blocked;
    if (waited)
        waited = blocked.set(memory::user_ptr<const u64>{wanted.mask}, wanted.mask_size);
    if (waited)
        waited = ring.wait(complete, wanted.deadline);
    result<u32> outcome = waited ? result<u32>{taken} : result<u32>{waited.error()};
    if (taken != 0 && !waited && waited.error() != errc::interrupted)
        outcome = taken;
    const reply answer = blocked.finish(outcome, errc::interrupted);
    return answer.failed() && taken != 0 ? reply{taken} : answer;
}

}  // namespace osprey::abi
