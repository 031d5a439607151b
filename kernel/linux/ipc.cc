// SPDX-License-Identifier: BSD-3-Clause
#include <fs/proc/proc.hh>
#include <linux/ipc.hh>
#include <linux/times.hh>

namespace osprey::abi {
namespace {

constexpr unsigned cap_ipc_owner = 15, cap_sys_admin = 21;
constexpr u32 mode_bits_mask = 0777;

const proc::credentials& me() noexcept {
    return proc::current_process().identity;
}
bool has(unsigned capability) noexcept {
    return me().effective >> capability & 1;
}
bool in_group(u32 gid) noexcept {
    const proc::credentials& c = me();
    for (u32 i = 0; i < c.group_count; ++i)
        if (c.groups[i] == gid)
            return true;
    return c.egid == gid;
}

}  // namespace

void own_by_caller(ipc_object& o, i32 key, u32 mode) noexcept {
    o.key = key;
    o.uid = o.creator_uid = me().euid;
    o.gid = o.creator_gid = me().egid;
    o.mode = mode & mode_bits_mask;
}

bool permits(const ipc_object& o, u32 wanted) noexcept {
    const u32 requested = wanted >> 6 | wanted >> 3 | wanted;
    u32 granted = o.mode;
    if (me().euid == o.uid || me().euid == o.creator_uid)
        granted >>= 6;
    else if (in_group(o.gid) || in_group(o.creator_gid))
        granted >>= 3;
    return !(requested & ~granted & 7) || has(cap_ipc_owner);
}

bool may_control(const ipc_object& o) noexcept {
    return me().euid == o.uid || me().euid == o.creator_uid || has(cap_sys_admin);
}

void change_owner(ipc_object& o, const abi_ipc_perm& wanted) noexcept {
    o.uid = wanted.uid, o.gid = wanted.gid;
    o.mode = (o.mode & ~mode_bits_mask) | (wanted.mode & mode_bits_mask);
}

abi_ipc_perm describe_owner(const ipc_object& o) noexcept {
    abi_ipc_perm p{};
    p.key = o.key;
    p.uid = o.uid, p.gid = o.gid;
    p.creator_uid = o.creator_uid, p.creator_gid = o.creator_gid;
    p.mode = o.mode;
    p.sequence = static_cast<u16>(o.id / 32768);
    return p;
}

i64 ipc_now() noexcept {
    return sched::realtime_ns() / ns_per_second;
}

result<void> add_ipc_files() noexcept {
    auto proc = TRY(fs::proc_filesystem());
    auto folder = TRY(proc->top().directory("sysvipc"));
    TRY_VOID(folder->file("msg", {show_message_queues, nullptr}));
    TRY_VOID(folder->file("sem", {show_semaphores, nullptr}));
    return folder->file("shm", {show_segments, nullptr});
}

}  // namespace osprey::abi
