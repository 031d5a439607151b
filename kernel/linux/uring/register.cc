// SPDX-License-Identifier: BSD-3-Clause
//
// io_uring_register(2).
#include <linux/descriptors.hh>
#include <linux/syscalls.hh>
#include <linux/times.hh>
#include <linux/uring/ring.hh>

namespace osprey::abi {
namespace {

using r = uring_registrations;
constexpr u32 most_files = 32768, most_buffers = 16384;
constexpr u64 largest_buffer = u64{1} << 30;

/// The file behind a descriptor that is to be registered; -1 leaves the place empty.
result<refptr<vfs::file>> registrable(i32 fd) noexcept {
    if (fd == -1)
        return refptr<vfs::file>{};
    auto file = TRY(file_of({fd}));
    if (file->is_uring())
        return errc::bad_descriptor;  // rings that hold each other would never go
    return file;
}

result<void> register_files(uring& ring, address descriptors, u32 count, bool sparse) noexcept {
    if (count == 0)
        return errc::invalid_argument;
    if (count > most_files || count > proc::current_process().limits[7].soft)
        return errc::too_many_files;
    vector<refptr<vfs::file>> files;
    TRY_VOID(files.resize(count));
    for (u32 i = 0; i < count && !sparse; ++i)
        files[i] = TRY(registrable(TRY(descriptors.as<const i32>().at(i).load())));
    return ring.register_files(std::move(files));
}

result<void> register_buffers(uring& ring, address vectors, u32 count, bool sparse) noexcept {
    if (count == 0 || count > most_buffers)
        return errc::invalid_argument;
    vector<vfs::io_segment> buffers;
    TRY_VOID(buffers.resize(count));
    for (u32 i = 0; i < count && !sparse; ++i) {
        const auto b = TRY(vectors.as<const vfs::io_segment>().at(i).load());
        if (b.base == 0 && b.bytes != 0)
            return errc::bad_address;
        if (b.bytes > largest_buffer || (b.base == 0) != (b.bytes == 0))
            return errc::bad_address;
        if (!memory::is_application_range(b.base, b.bytes))
            return errc::overflow;
        // Linux would pin it: what is not there is told now.
        for (u64 at = align_down(b.base, page_size); at < b.base + b.bytes; at += page_size)
            if (!memory::user_ptr<const u8>{at < b.base ? b.base : at}.load())
                return errc::bad_address;
        buffers[i] = b;
    }
    return ring.buffers.register_fixed(std::move(buffers));
}

}  // namespace

result<u32> update_registered_files(uring& ring, u64 descriptors, u32 offset, u32 count) noexcept {
    constexpr i32 skip = -2;
    for (u32 i = 0; i < count; ++i) {
        auto fd = memory::user_ptr<const i32>{descriptors}.at(i).load();
        result<void> done_one{};
        if (!fd) {
            done_one = fd.error();
        } else if (*fd != skip) {
            auto file = registrable(*fd);
            if (!file) {
                done_one = file.error();
            } else if (*file) {
                auto placed = ring.install_fixed(offset + i, std::move(*file));
                if (!placed)
                    done_one = placed.error();
            } else {
                done_one = ring.remove_fixed(offset + i);
                if (!done_one && done_one.error() == errc::bad_descriptor)
                    done_one = {};  // it was empty
            }
        }
        if (!done_one)
            return i ? result<u32>{i} : done_one.error();
    }
    return count;
}

namespace {

result<u32> update_files(uring& ring, address argument, u32 count) noexcept {
    const auto update = TRY(argument.as<const abi_files_update>().load());
    if (update.reserved != 0)
        return errc::invalid_argument;
    return update_registered_files(ring, update.descriptors, update.offset, count);
}

result<void> register_event(uring& ring, address argument, u32 count, bool only_later) noexcept {
    if (count != 1)
        return errc::invalid_argument;
    auto event = TRY(file_of({TRY(argument.as<const i32>().load())}));
    if (!event->is_eventfd())
        return errc::invalid_argument;
    return ring.register_event(std::move(event), only_later);
}

result<void> probe(address argument, u32 count) noexcept {
    constexpr u16 supported = 1;
    if (count > 256)
        return errc::invalid_argument;
    const usize bytes = sizeof(abi_uring_probe) + count * sizeof(abi_uring_probe_entry);
    for (usize i = 0; i < bytes; ++i)
        if (TRY(memory::user_ptr<const u8>{argument.value + i}.load()) != 0)
            return errc::invalid_argument;
    constexpr u32 operations = uring_operations::ioring_op_sendmsg_zc + 1;
    const u32 told = count < operations ? count : operations;
    TRY_VOID(argument.as<abi_uring_probe>().store(
        {.last_operation = operations - 1, .count = static_cast<u8>(told)}));
    const memory::user_ptr<abi_uring_probe_entry> list{argument.value + sizeof(abi_uring_probe)};
    for (u32 i = 0; i < told; ++i) {
        const u8 code = static_cast<u8>(i);
        TRY_VOID(list.at(i).store(
            {.operation = code, .flags = find_operation(code) ? supported : u16{0}}));
    }
    return {};
}

/// IORING_REGISTER_FILES2 and _BUFFERS2, without tags (IORING_FEAT_RSRC_TAGS is not told).
result<void> register_resources(uring& ring, address argument, u32 size, bool files) noexcept {
    constexpr u32 sparse = 1;
    if (size != sizeof(abi_uring_resources))
        return errc::invalid_argument;
    const auto given = TRY(argument.as<const abi_uring_resources>().load());
    if (given.reserved != 0 || given.flags & ~sparse || given.count == 0)
        return errc::invalid_argument;
    if (given.tags != 0) {
        report_unsupported(0, "tags of registered resources", errc::invalid_argument);
        return errc::invalid_argument;
    }
    if (given.flags & sparse && given.data != 0)
        return errc::invalid_argument;
    return files ? register_files(ring, {given.data}, given.count, given.flags & sparse)
                 : register_buffers(ring, {given.data}, given.count, given.flags & sparse);
}

result<void> set_worker_limits(uring& ring, address argument, u32 count) noexcept {
    if (!argument || count != 2)
        return errc::invalid_argument;
    const memory::user_ptr<u32> words{argument.value};
    std::atomic<u32>* limits[] = {&ring.bounded_workers, &ring.unbounded_workers};
    for (unsigned i = 0; i < 2; ++i) {
        const u32 wanted = TRY(words.at(i).load());
        const u32 before = wanted ? limits[i]->exchange(wanted) : limits[i]->load();
        TRY_VOID(words.at(i).store(before ? before : async_pool::most_tasks));
    }
    return {};
}

/// As IORING_OP_ASYNC_CANCEL, but waits until what was cancelled has ended.
result<u32> cancel_now(uring& ring, address argument, u32 count) noexcept {
    if (count != 1)
        return errc::invalid_argument;
    const auto given = TRY(argument.as<const abi_sync_cancel>().load());
    constexpr u32 all = 1, by_file = 2, any = 4, by_slot = 8;
    if (given.flags & ~(all | by_file | any | by_slot))
        return errc::invalid_argument;
    uring::selection s;
    s.user_data = given.address;
    s.all = given.flags & (all | any);
    s.any = given.flags & any;
    refptr<vfs::file> file;
    if (given.flags & by_file) {
        file = given.flags & by_slot ? TRY(ring.fixed_file(static_cast<u32>(given.fd)))
                                     : TRY(file_of({given.fd}));
        s.file = file.get();
    }
    instant deadline = instant::never();
    if (given.timeout.seconds != -1 || given.timeout.nanoseconds != -1)
        deadline = in_ns(TRY(to_ns(given.timeout)));
    for (;;) {
        auto ended = ring.cancel(s);
        if (ended || ended.error() != errc::already_in_progress)
            return ended ? result<u32>{s.all ? *ended : 0u} : ended.error();
        if (sched::monotonic_now() >= deadline)
            return errc::timer_expired;
        TRY_VOID(sched::sleep_until(sched::monotonic_now() + duration::milliseconds(1)));
    }
}

}  // namespace

reply calls::io_uring_register(fd_number fd, choice<uring_registrations> what, address argument,
                               u32 count) noexcept {
    if (static_cast<u32>(what.value()) > r::ioring_register_file_alloc_range)
        return what.unknown();
    auto file = TRY(file_of(fd));
    if (!file->is_uring())
        return errc::not_supported;
    uring& ring = uring_of(*file);
    const bool nothing = !argument && count == 0;
    switch (what.value()) {
        case r::ioring_register_buffers:
            return register_buffers(ring, argument, count, false);
        case r::ioring_unregister_buffers:
            return nothing ? reply{ring.buffers.unregister_fixed()} : errc::invalid_argument;
        case r::ioring_register_files:
            return register_files(ring, argument, count, false);
        case r::ioring_unregister_files:
            return nothing ? reply{ring.unregister_files()} : errc::invalid_argument;
        case r::ioring_register_files_update:
            return count ? reply{update_files(ring, argument, count)} : errc::invalid_argument;
        case r::ioring_register_eventfd:
        case r::ioring_register_eventfd_async:
            return register_event(ring, argument, count,
                                  what.value() == r::ioring_register_eventfd_async);
        case r::ioring_unregister_eventfd:
            return nothing ? reply{ring.unregister_event()} : errc::invalid_argument;
        case r::ioring_register_probe:
            return argument ? reply{probe(argument, count)} : errc::invalid_argument;
        case r::ioring_register_enable_rings:
            if (!nothing)
                return errc::invalid_argument;
            if (ring.enabled())
                return errc{77};  // EBADFD
            ring.enable();
            return done;
        case r::ioring_register_files2:
            return register_resources(ring, argument, count, true);
        case r::ioring_register_buffers2:
            return register_resources(ring, argument, count, false);
        case r::ioring_register_iowq_max_workers:
            return set_worker_limits(ring, argument, count);
        case r::ioring_register_pbuf_ring:
            if (!argument || count != 1)
                return errc::invalid_argument;
            return ring.buffers.register_ring(TRY(argument.as<const abi_buffer_ring>().load()));
        case r::ioring_unregister_pbuf_ring: {
            if (!argument || count != 1)
                return errc::invalid_argument;
            const auto given = TRY(argument.as<const abi_buffer_ring>().load());
            return ring.buffers.unregister_ring(given.group);
        }
        case r::ioring_register_sync_cancel:
            return argument ? reply{cancel_now(ring, argument, count)} : errc::invalid_argument;
        case r::ioring_register_file_alloc_range: {
            if (!argument || count != 0)
                return errc::invalid_argument;
            const auto range = TRY(argument.as<const abi_index_range>().load());
            if (range.reserved != 0)
                return errc::invalid_argument;
            return ring.set_index_range(range.offset, range.length);
        }
        default:
            // Personalities, restrictions, affinities, tags and rings by number
            return what.unknown();
    }
}

}  // namespace osprey::abi
