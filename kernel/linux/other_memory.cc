// SPDX-License-Identifier: BSD-3-Clause
//
// process_vm_readv(2), process_vm_writev(2): copies between the caller's memory and another
// process's; process_madvise(2).
#include <algorithm>
#include <linux/descriptors.hh>
#include <linux/iovec.hh>
#include <linux/other_processes.hh>
#include <linux/syscalls.hh>
#include <memory/frame.hh>
#include <process/pidfd.hh>

namespace osprey::abi {
namespace {

/// The addresses of the other process, which mean nothing here: only their number is checked.
result<vector<vfs::io_segment>> load_remote(virtual_address from, usize count) noexcept {
    constexpr usize most = 1024;  // IOV_MAX
    vector<vfs::io_segment> out;
    if (count > most)
        return errc::invalid_argument;
    TRY_VOID(out.resize(count));
    TRY_VOID(memory::copy_from_user(out.data(), from, count * sizeof(vfs::io_segment)));
    for (const vfs::io_segment& s : out)
        if (static_cast<i64>(s.bytes) < 0)
            return errc::invalid_argument;
    return out;
}

/// The process with a task of this number, and its memory. @return `errc::no_process`,
/// `errc::not_permitted`.
result<refptr<memory::address_space>> space_of(pid_number pid) noexcept {
    auto p = TRY(inspectable_process(pid));
    auto space = p->held(&proc::process::space);
    if (!space)
        return errc::no_process;  // a zombie
    return space;
}

/// Copies up to the end of the remote page at `at`. @return bytes; the page stays where it is
/// meanwhile, so nothing of either side can go away below the copy.
result<usize> copy_part(memory::address_space& space, virtual_address at, usize bytes,
                        vfs::io_buffer& local, bool writes) noexcept {
    const usize within = at & (page_size - 1);
    bytes = std::min({bytes, page_size - within, local.remaining()});
    auto page =
        space.pin(at - within, writes ? memory::protection::write : memory::protection::read);
    if (!page)
        return errc::bad_address;
    u8* there = arch::direct<u8>(page->where) + within;
    auto copied = writes ? local.take(there, bytes) : local.put(there, bytes);
    memory::release_frame(page->holder);
    return copied;
}

reply transfer(pid_number pid, virtual_address local, u32 local_count, address remote,
               usize remote_count, u64 how, bool writes) noexcept {
    if (how != 0)
        return errc::invalid_argument;
    io_vector here;
    TRY_VOID(here.load(local, local_count));
    if (here.bytes() == 0)
        return done;
    const auto there = TRY(load_remote(remote.value, remote_count));
    auto space = TRY(space_of(pid));
    vfs::io_buffer buffer{here.segments(), vfs::io_buffer::memory_kind::application};
    usize total = 0;
    for (const vfs::io_segment& s : there)
        for (u64 done_here = 0; done_here < s.bytes && buffer.remaining() != 0;) {
            auto part = copy_part(*space, s.base + done_here, s.bytes - done_here, buffer, writes);
            if (!part || *part == 0)
                return total != 0 ? reply{total} : reply{errc::bad_address};
            total += *part;
            done_here += *part;
        }
    return total;
}

}  // namespace

reply calls::process_vm_readv(pid_number pid, vector_out<2> local, u32 local_count, address remote,
                              usize remote_count, u64 how) noexcept {
    return transfer(pid, local.where, local_count, remote, remote_count, how, false);
}

reply calls::process_vm_writev(pid_number pid, vector_in<2> local, u32 local_count, address remote,
                               usize remote_count, u64 how) noexcept {
    return transfer(pid, local.where, local_count, remote, remote_count, how, true);
}

reply calls::process_madvise(fd_number pidfd, vector_in<2> ranges, usize count,
                             choice<madvise_values> advice, u32 how) noexcept {
    using v = madvise_values;
    constexpr unsigned cap_sys_nice = 23;
    if (how != 0)
        return errc::invalid_argument;
    io_vector where;
    TRY_VOID(where.load(ranges.where, static_cast<u32>(count)));
    auto file = TRY(file_of(pidfd));
    auto p = TRY(proc::process_of_pidfd(*file));
    const auto value = static_cast<u32>(advice.value());
    // What changes the content of another process's memory is refused there, too
    if (value != v::madv_cold && value != v::madv_pageout && value != v::madv_willneed)
        return errc::invalid_argument;
    const bool may_advise = proc::current_process().identity.effective >> cap_sys_nice & 1;
    if (!may_inspect(*p) || !may_advise)
        return errc::not_permitted;
    auto space = p->held(&proc::process::space);
    if (!space)
        return errc::no_process;
    usize advised = 0;
    for (const vfs::io_segment& s : where.segments()) {
        auto outcome = space->advise(s.base, s.bytes, static_cast<int>(value));
        if (!outcome)
            return advised != 0 ? reply{advised} : reply{outcome.error()};
        advised += s.bytes;
    }
    return advised;
}

}  // namespace osprey::abi
