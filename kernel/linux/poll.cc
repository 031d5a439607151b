// SPDX-License-Identifier: BSD-3-Clause
//
// poll(2), select(2) and their forms with a signal mask.
#include <base/scope_exit.hh>
#include <linux/descriptors.hh>
#include <linux/syscalls.hh>
#include <linux/times.hh>
#include <linux/wait_mask.hh>
#include <vfs/poll.hh>

namespace osprey::abi {
namespace {

/// The requests of one call together with the references to their files.
class request_list {
public:
    request_list() noexcept = default;
    request_list(const request_list&) = delete;
    ~request_list() {
        for (usize i = 0; i < count_; ++i)
            if (requests_[i].target)
                requests_[i].target->drop_ref();
        if (requests_ != here_)
            deallocate(requests_, count_ * sizeof(vfs::poll_request));
    }
    result<void> reserve(usize count) noexcept {
        if (count > std::size(here_)) {
            auto* heap =
                static_cast<vfs::poll_request*>(allocate(count * sizeof(vfs::poll_request)));
            if (!heap)
                return errc::out_of_memory;
            requests_ = heap;
        }
        for (usize i = 0; i < count; ++i)
            requests_[i] = {nullptr, 0, 0};
        count_ = count;
        return {};
    }
    /// @return whether the descriptor is open.
    bool set(usize i, int fd, u32 wanted) noexcept {
        requests_[i].wanted = wanted;
        auto file = file_of({fd});
        if (!file)
            return false;
        requests_[i].target = file->release();
        return true;
    }
    vfs::poll_request& operator[](usize i) noexcept { return requests_[i]; }
    vfs::poll_request* data() noexcept { return requests_; }
    [[nodiscard]] usize size() const noexcept { return count_; }

private:
    vfs::poll_request here_[8];
    vfs::poll_request* requests_ = here_;
    usize count_ = 0;
};

/// The whole of poll(2). @return how many entries have events; `errc::interrupted`.
result<usize> poll_entries(virtual_address entries, u64 count, instant deadline) noexcept {
    if (count > proc::current_process().limits[7].soft)
        return errc::invalid_argument;
    const memory::user_ptr<abi_pollfd> list{entries};
    request_list requests;
    TRY_VOID(requests.reserve(count));
    usize invalid = 0;
    for (usize i = 0; i < count; ++i) {
        const abi_pollfd entry = TRY(list.at(i).load());
        if (entry.fd < 0)
            continue;
        // Errors and hang-up are told whether asked for or not.
        const u32 wanted = static_cast<u16>(entry.events) | vfs::poll_err | vfs::poll_hup;
        if (!requests.set(i, entry.fd, wanted)) {
            requests[i].wanted = vfs::poll_nval;
            ++invalid;
        }
    }
    // Closed descriptors are events at once: look at the others, but do not wait.
    const usize ready =
        TRY(vfs::poll_files(requests.data(), count, invalid ? instant{0} : deadline));
    for (usize i = 0; i < count; ++i) {
        const bool closed = requests[i].wanted == vfs::poll_nval;
        const i16 happened = static_cast<i16>(closed ? requests[i].wanted : requests[i].happened);
        const virtual_address at = list.at(i).address() + __builtin_offsetof(abi_pollfd, happened);
        TRY_VOID(memory::user_ptr<i16>{at}.store(happened));
    }
    return ready + invalid;
}

/// poll(2) goes on after a stop signal with the time that was left (restart_syscall(2)).
result<i64> resume_poll(proc::task::restart_block& block) noexcept {
    auto ready = poll_entries(block.arguments[0], block.arguments[1], block.deadline);
    if (ready)
        return static_cast<i64>(*ready);
    if (ready.error() != errc::interrupted)
        return ready.error();
    block.resume = resume_poll;
    return errc::restart_block;
}

/// Stores what is left of a timeout, as the system calls do (the C library hides it).
template <typename T>
void store_left(const memory::user_ptr<T>& timeout, instant deadline) noexcept {
    if (!timeout || deadline == instant::never())
        return;
    const i64 left = left_until(deadline);
    // A failure leaves the result of the wait as it is.
    if constexpr (std::is_same_v<T, abi_timeval>)
        (void)timeout.store(to_timeval(left));
    else
        (void)timeout.store(to_timespec(left));
}

}  // namespace

reply calls::poll(address entries, u32 count, i32 milliseconds) noexcept {
    const instant deadline = deadline_of_ms(milliseconds);
    auto ready = poll_entries(entries.value, count, deadline);
    if (ready || ready.error() != errc::interrupted)
        return ready;
    proc::task::restart_block& block = proc::current_task().restart;
    block.arguments[0] = entries.value;
    block.arguments[1] = count;
    block.deadline = deadline;
    block.resume = resume_poll;
    return errc::restart_block;
}

reply calls::ppoll(address entries, u32 count, maybe_inout<abi_timespec> timeout,
                   maybe_in<u64> mask, usize mask_size) noexcept {
    const instant deadline =
        TRY(deadline_of(memory::user_ptr<const abi_timespec>{timeout.address()}));
    wait_mask blocked;
    TRY_VOID(blocked.set(mask, mask_size));
    auto ready = poll_entries(entries.value, count, deadline);
    store_left(timeout, deadline);
    return blocked.finish(ready);
}

// select(2)

namespace {

constexpr u32 in_events = vfs::poll_in | vfs::poll_rdnorm | vfs::poll_hup | vfs::poll_err | 0x80;
constexpr u32 out_events = vfs::poll_out | vfs::poll_wrnorm | vfs::poll_err | 0x200;
constexpr u32 exceptional_events = vfs::poll_pri;

struct select_sets {
    address places[3];
    static constexpr u32 events[3] = {in_events, out_events, exceptional_events};
};

/// Word `i` of a set; a set that was not given is empty.
result<u64> word_of(address set, usize i) noexcept {
    if (!set)
        return u64{0};
    return set.as<const u64>().at(i).load();
}

result<usize> select_files(i32 count, const select_sets& sets, instant deadline) noexcept {
    if (count < 0)
        return errc::invalid_argument;
    // Linux looks no further than its descriptor table reaches, which grows in powers of two from
    // 64 entries on.
    i32 reach = 64;
    while (reach < count && proc::current_process().descriptors->next_open(reach) >= 0)
        reach *= 2;
    if (count > reach)
        count = reach;
    const usize words = (static_cast<usize>(count) + 63) / 64;
    // Linux looks only at descriptors that are in a set, so count those first.
    usize members = 0;
    for (usize i = 0; i < words; ++i) {
        u64 all = 0;
        for (const address& set : sets.places)
            all |= TRY(word_of(set, i));
        const usize bits = static_cast<usize>(count) - i * 64;
        if (bits < 64)
            all &= (u64{1} << bits) - 1;
        members += static_cast<usize>(std::popcount(all));
    }
    request_list requests;
    TRY_VOID(requests.reserve(members));
    auto* numbers = static_cast<i32*>(allocate((members + 1) * sizeof(i32)));
    if (!numbers)
        return errc::out_of_memory;
    scope_exit free_numbers{[&] {
        deallocate(numbers, (members + 1) * sizeof(i32));
    }};
    usize used = 0;
    for (usize i = 0; i < words; ++i) {
        u64 word[3];
        for (usize s = 0; s < 3; ++s)
            word[s] = TRY(word_of(sets.places[s], i));
        for (usize bit = 0; bit < 64 && i * 64 + bit < static_cast<usize>(count); ++bit) {
            u32 wanted = 0;
            for (usize s = 0; s < 3; ++s)
                if (word[s] >> bit & 1)
                    wanted |= select_sets::events[s];
            if (!wanted || used == members)
                continue;
            const i32 fd = static_cast<i32>(i * 64 + bit);
            if (!requests.set(used, fd, wanted))
                return errc::bad_descriptor;
            numbers[used++] = fd;
        }
    }
    (void)TRY(vfs::poll_files(requests.data(), used, deadline));

    usize ready = 0, next = 0;
    for (usize i = 0; i < words; ++i) {
        u64 fresh[3] = {}, given[3];
        for (usize s = 0; s < 3; ++s)
            given[s] = TRY(word_of(sets.places[s], i));
        for (; next < used && static_cast<usize>(numbers[next]) < (i + 1) * 64; ++next)
            for (usize s = 0; s < 3; ++s) {
                const u64 bit = u64{1} << numbers[next] % 64;
                if (given[s] & bit && requests[next].happened & select_sets::events[s]) {
                    fresh[s] |= bit;
                    ++ready;
                }
            }
        for (usize s = 0; s < 3; ++s)
            if (sets.places[s])
                TRY_VOID(sets.places[s].as<u64>().at(i).store(fresh[s]));
    }
    return ready;
}

}  // namespace

reply calls::select(i32 count, address readable, address writable, address exceptional,
                    maybe_inout<abi_timeval> timeout) noexcept {
    instant deadline = instant::never();
    if (timeout) {
        // select(2) alone accepts more than a second's worth of microseconds.
        const abi_timeval t = TRY(memory::user_ptr<const abi_timeval>{timeout.address()}.load());
        if (t.seconds < 0 || t.microseconds < 0)
            return errc::invalid_argument;
        const abi_timeval normal{t.seconds + t.microseconds / 1'000'000,
                                 t.microseconds % 1'000'000};
        deadline = in_ns(TRY(to_ns(normal)));
    }
    auto ready = select_files(count, {{readable, writable, exceptional}}, deadline);
    store_left(timeout, deadline);
    if (!ready && ready.error() == errc::interrupted)
        return errc::restart_no_handler;
    return ready;
}

reply calls::pselect6(i32 count, address readable, address writable, address exceptional,
                      maybe_inout<abi_timespec> timeout, address mask) noexcept {
    const instant deadline =
        TRY(deadline_of(memory::user_ptr<const abi_timespec>{timeout.address()}));
    wait_mask blocked;
    if (mask) {
        const auto given = TRY(mask.as<const abi_select_mask>().load());
        TRY_VOID(blocked.set(memory::user_ptr<const u64>{given.mask}, given.size));
    }
    auto ready = select_files(count, {{readable, writable, exceptional}}, deadline);
    store_left(timeout, deadline);
    return blocked.finish(ready);
}

}  // namespace osprey::abi
