// SPDX-License-Identifier: BSD-3-Clause
//
// The calls of native AIO: io_setup(2), io_submit(2), io_getevents(2)…
#include <linux/syscalls.hh>
#include <linux/timers.hh>
#include <linux/times.hh>
#include <linux/wait_mask.hh>
#include <process/task.hh>

namespace osprey::abi {
namespace {

constexpr u32 most_events = 65536;  // fs.aio-max-nr, for each process

result<refptr<aio_context>> context_of(u64 number) noexcept {
    process_objects* objects = TRY(process_objects::of(proc::current_process()));
    sync::lock_guard guard{objects->mutex};
    for (const auto& c : objects->aio_contexts)
        if (c->address() == number)
            return c;
    return errc::invalid_argument;
}

/// The deadline of io_getevents(2), which takes what to_ns refuses.
instant deadline_of(const abi_timespec& t) noexcept {
    if (t.seconds < 0)
        return in_ns(0);
    auto ns = to_ns(t);
    return in_ns(ns ? *ns : 0);
}

result<usize> get_events(u64 number, i64 least, i64 most, address events,
                         instant deadline) noexcept {
    auto context = TRY(context_of(number));
    if (least < 0 || most < least)
        return errc::invalid_argument;
    return context->reap(static_cast<usize>(least), static_cast<usize>(most), events.value,
                         deadline);
}

}  // namespace

reply calls::io_setup(u32 count, inout<u64> context) noexcept {
    if (TRY(context.load()) != 0 || count == 0 || count > 0x1000'0000 / sizeof(abi_io_event))
        return errc::invalid_argument;
    if (count > most_events)
        return errc::again;
    process_objects* objects = TRY(process_objects::of(proc::current_process()));
    auto made = TRY(aio_context::create(count, TRY(objects->async())));
    TRY_VOID(made->map());
    {
        sync::lock_guard guard{objects->mutex};
        u64 in_use = count;
        for (const auto& c : objects->aio_contexts)
            in_use += c->asked_for();
        const bool too_many = in_use > most_events;
        if (auto kept =
                too_many ? result<void>{errc::again} : objects->aio_contexts.push_back(made);
            !kept) {
            made->unmap();
            return kept.error();
        }
    }
    auto told = context.store(made->address());
    if (!told)
        (void)io_destroy(made->address());
    return told;
}

reply calls::io_destroy(u64 number) noexcept {
    process_objects* objects = TRY(process_objects::of(proc::current_process()));
    refptr<aio_context> context;
    {
        sync::lock_guard guard{objects->mutex};
        auto& all = objects->aio_contexts;
        for (usize i = 0; i < all.size() && !context; ++i)
            if (all[i]->address() == number) {
                context = std::move(all[i]);
                all.erase_unordered(i);
            }
    }
    if (!context)
        return errc::invalid_argument;
    context->close();
    context->unmap();
    return done;
}

reply calls::io_submit(u64 number, i64 count, address requests) noexcept {
    if (count < 0)
        return errc::invalid_argument;
    auto context = TRY(context_of(number));
    const i64 most = count < context->capacity() ? count : i64{context->capacity()};
    for (i64 i = 0; i < most; ++i) {
        auto where = requests.as<const u64>().at(static_cast<usize>(i)).load();
        auto begun = where ? context->submit(*where) : result<void>{where.error()};
        if (!begun)
            return i ? reply{i} : reply{begun.error()};
    }
    return most;
}

reply calls::io_cancel(u64 number, inout<abi_iocb> request, address) noexcept {
    const virtual_address key = request.address() + __builtin_offsetof(abi_iocb, key);
    if (TRY(memory::user_ptr<const u32>{key}.load()) != 0)
        return errc::invalid_argument;
    return TRY(context_of(number))->cancel(request.address());
}

reply calls::io_getevents(u64 number, i64 least, i64 most, address events,
                          maybe_in<abi_timespec> timeout) noexcept {
    const instant deadline = timeout ? deadline_of(TRY(timeout.load())) : instant::never();
    return get_events(number, least, most, events, deadline);
}

reply calls::io_pgetevents(u64 number, i64 least, i64 most, address events,
                           maybe_in<abi_timespec> timeout, maybe_in<abi_aio_mask> mask) noexcept {
    const instant deadline = timeout ? deadline_of(TRY(timeout.load())) : instant::never();
    abi_aio_mask given{};
    if (mask)
        given = TRY(mask.load());
    wait_mask blocked;
    TRY_VOID(blocked.set(memory::user_ptr<const u64>{given.mask}, given.size));
    auto got = get_events(number, least, most, events, deadline);
    return blocked.finish(got);
}

}  // namespace osprey::abi
