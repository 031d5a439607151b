// SPDX-License-Identifier: BSD-3-Clause
//
// process_vm_readv(2), process_vm_writev(2): copies between the caller's memory and another
// process's.
#include <algorithm>
#include <linux/iovec.hh>
#include <linux/other_processes.hh>
#include <linux/syscalls.hh>
#include <memory/frame.hh>

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
    auto t = proc::find_task(pid.value);
    refptr<proc::process> p =
        t ? refptr<proc::process>{&t->owner()} : proc::find_process(pid.value);
    if (!p)
        return errc::no_process;
    if (!may_inspect(*p))
        return errc::not_permitted;
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

reply transfer(pid_number pid, virtual_address local, usize local_count, address remote,
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

reply calls::process_vm_readv(pid_number pid, vector_out<2> local, usize local_count,
                              address remote, usize remote_count, u64 how) noexcept {
    return transfer(pid, local.where, local_count, remote, remote_count, how, false);
}

reply calls::process_vm_writev(pid_number pid, vector_in<2> local, usize local_count,
                               address remote, usize remote_count, u64 how) noexcept {
    return transfer(pid, local.where, local_count, remote, remote_count, how, true);
}

}  // namespace osprey::abi
