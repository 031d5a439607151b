// SPDX-License-Identifier: BSD-3-Clause
//
// Who a process is: numbers, groups, sessions, users, capabilities.
#include <linux/syscalls.hh>
#include <process/task.hh>
#include <process/terminals.hh>

namespace osprey::abi {
namespace {

proc::process& self() noexcept {
    return proc::current_process();
}
proc::credentials& me() noexcept {
    return self().identity;
}

/// The process with number `pid`, or the calling one for 0.
result<refptr<proc::process>> process_of(pid_number pid) noexcept {
    if (pid.value == 0)
        return refptr<proc::process>{&self()};
    auto p = pid.value > 0 ? proc::find_process(pid.value) : nullptr;
    if (!p)
        return errc::no_process;
    return p;
}

}  // namespace

reply calls::getpid() noexcept {
    return self().pid();
}
reply calls::gettid() noexcept {
    return proc::current_task().tid();
}
reply calls::getppid() noexcept {
    return self().parent_pid();
}
reply calls::getpgrp() noexcept {
    return self().process_group.load();
}
reply calls::getpgid(pid_number pid) noexcept {
    return TRY(process_of(pid))->process_group.load();
}
reply calls::getsid(pid_number pid) noexcept {
    return TRY(process_of(pid))->session.load();
}

reply calls::setsid() noexcept {
    proc::process& p = self();
    if (p.process_group.load() == p.pid())
        return errc::not_permitted;
    proc::leave_terminal(p);
    p.session = p.pid();
    p.process_group = p.pid();
    return p.pid();
}

reply calls::setpgid(pid_number pid, pid_number group) noexcept {
    if (group.value < 0 || pid.value < 0)
        return errc::invalid_argument;
    auto p = TRY(process_of(pid));
    const i32 wanted = group.value ? group.value : p->pid();
    if (p.get() != &self()) {
        if (p->parent_pid() != self().pid())
            return errc::no_process;
        if (p->session.load() != self().session.load())
            return errc::not_permitted;
        if (p->executed())
            return errc::access_denied;
    }
    if (p->session.load() == p->pid())
        return errc::not_permitted;
    if (wanted != p->pid()) {
        struct search {
            i32 group, session;
            bool found;
        } s{wanted, p->session.load(), false};
        proc::for_each_process(
            [](proc::process& other, void* context) {
                auto& wish = *static_cast<search*>(context);
                wish.found |= other.process_group.load() == wish.group &&
                              other.session.load() == wish.session;
                return !wish.found;
            },
            &s);
        if (!s.found)
            return errc::not_permitted;
    }
    p->process_group = wanted;
    return done;
}

reply calls::getuid() noexcept {
    return me().uid;
}
reply calls::geteuid() noexcept {
    return me().euid;
}
reply calls::getgid() noexcept {
    return me().gid;
}
reply calls::getegid() noexcept {
    return me().egid;
}

namespace {

constexpr u64 all_capabilities = ~u64{0} >> 23;

bool privileged(unsigned capability) noexcept {
    return me().effective >> capability & 1;
}
constexpr unsigned cap_setgid = 6, cap_setuid = 7;

/// What a change of user IDs does to capabilities (capabilities(7), "Effect of user ID changes").
bool holds_root() noexcept {
    return me().uid == 0 || me().euid == 0 || me().suid == 0;
}
bool capabilities_stay() noexcept {
    constexpr u32 no_setuid_fixup = 4;  // SECBIT_NO_SETUID_FIXUP
    return self().settings.secure_bits & no_setuid_fixup;
}
void after_uid_change(bool had_root, u32 old_euid) noexcept {
    proc::credentials& c = me();
    c.fsuid = c.euid;
    if (capabilities_stay())
        return;
    if (had_root && !holds_root()) {
        if (!self().settings.keep_capabilities)
            c.permitted = c.effective = 0;
        c.ambient = 0;
    }
    if (old_euid == 0 && c.euid != 0)
        c.effective = 0;
    else if (old_euid != 0 && c.euid == 0)
        c.effective = c.permitted;
}

/// One of setre*id, setres*id for either kind: -1 keeps.
struct id_triple {
    u32 &real, &effective, &saved;
};
bool owns(const id_triple& t, i32 id) noexcept {
    const u32 wanted = static_cast<u32>(id);
    return id == -1 || wanted == t.real || wanted == t.effective || wanted == t.saved;
}

result<void> set_three(id_triple t, i32 real, i32 effective, i32 saved, bool allowed) noexcept {
    if (!allowed && (!owns(t, real) || !owns(t, effective) || !owns(t, saved)))
        return errc::not_permitted;
    if (real != -1)
        t.real = static_cast<u32>(real);
    if (effective != -1)
        t.effective = static_cast<u32>(effective);
    if (saved != -1)
        t.saved = static_cast<u32>(saved);
    return {};
}

result<void> set_two(id_triple t, i32 real, i32 effective, bool allowed) noexcept {
    const u32 r = static_cast<u32>(real), e = static_cast<u32>(effective);
    if (!allowed && ((real != -1 && r != t.real && r != t.effective) || !owns(t, effective)))
        return errc::not_permitted;
    const u32 old_real = t.real;
    if (real != -1)
        t.real = r;
    if (effective != -1)
        t.effective = e;
    if (real != -1 || (effective != -1 && e != old_real))
        t.saved = t.effective;
    return {};
}

result<void> set_one(id_triple t, u32 id, bool allowed) noexcept {
    if (static_cast<i32>(id) == -1)
        return errc::invalid_argument;
    if (allowed)
        t.real = t.saved = id;
    else if (id != t.real && id != t.saved)
        return errc::not_permitted;
    t.effective = id;
    return {};
}

id_triple users() noexcept {
    return {me().uid, me().euid, me().suid};
}
id_triple groups() noexcept {
    return {me().gid, me().egid, me().sgid};
}

template <typename Change>
reply change_user(Change&& change) noexcept {
    sync::lock_guard guard{self().mutex};
    const bool had_root = holds_root();
    const u32 old_euid = me().euid;
    TRY_VOID(change(users(), privileged(cap_setuid)));
    after_uid_change(had_root, old_euid);
    return done;
}
template <typename Change>
reply change_group(Change&& change) noexcept {
    sync::lock_guard guard{self().mutex};
    TRY_VOID(change(groups(), privileged(cap_setgid)));
    me().fsgid = me().egid;
    return done;
}

}  // namespace

reply calls::setuid(u32 uid) noexcept {
    return change_user([&](id_triple t, bool allowed) { return set_one(t, uid, allowed); });
}
reply calls::setgid(u32 gid) noexcept {
    return change_group([&](id_triple t, bool allowed) { return set_one(t, gid, allowed); });
}
reply calls::setreuid(i32 real, i32 effective) noexcept {
    return change_user(
        [&](id_triple t, bool allowed) { return set_two(t, real, effective, allowed); });
}
reply calls::setregid(i32 real, i32 effective) noexcept {
    return change_group(
        [&](id_triple t, bool allowed) { return set_two(t, real, effective, allowed); });
}
reply calls::setresuid(i32 real, i32 effective, i32 saved) noexcept {
    return change_user(
        [&](id_triple t, bool allowed) { return set_three(t, real, effective, saved, allowed); });
}
reply calls::setresgid(i32 real, i32 effective, i32 saved) noexcept {
    return change_group(
        [&](id_triple t, bool allowed) { return set_three(t, real, effective, saved, allowed); });
}
reply calls::getresuid(out<u32> real, out<u32> effective, out<u32> saved) noexcept {
    TRY_VOID(real.store(me().uid));
    TRY_VOID(effective.store(me().euid));
    return saved.store(me().suid);
}
reply calls::getresgid(out<u32> real, out<u32> effective, out<u32> saved) noexcept {
    TRY_VOID(real.store(me().gid));
    TRY_VOID(effective.store(me().egid));
    return saved.store(me().sgid);
}
reply calls::setfsuid(i32 uid) noexcept {
    // CAP_CHOWN, DAC_OVERRIDE, DAC_READ_SEARCH, FOWNER, FSETID, LINUX_IMMUTABLE, MKNOD,
    // MAC_OVERRIDE
    constexpr u64 about_files = 0x1'0800'021f;
    sync::lock_guard guard{self().mutex};
    proc::credentials& c = me();
    const u32 before = c.fsuid;
    if (uid != -1 && (privileged(cap_setuid) || owns(users(), uid)))
        c.fsuid = static_cast<u32>(uid);
    if (before == 0 && c.fsuid != 0 && !capabilities_stay())
        c.effective &= ~about_files;
    else if (before != 0 && c.fsuid == 0 && !capabilities_stay())
        c.effective |= c.permitted & about_files;
    return before;
}
reply calls::setfsgid(i32 gid) noexcept {
    const u32 before = me().fsgid;
    if (gid != -1 && (privileged(cap_setgid) || owns(groups(), gid)))
        me().fsgid = static_cast<u32>(gid);
    return before;
}

reply calls::getgroups(i32 room, address list) noexcept {
    sync::lock_guard guard{self().mutex};
    const u32 count = me().group_count;
    if (room < 0)
        return errc::invalid_argument;
    if (room == 0)
        return count;
    if (static_cast<u32>(room) < count)
        return errc::invalid_argument;
    TRY_VOID(memory::copy_to_user(list.value, me().groups, count * sizeof(u32)));
    return count;
}

reply calls::setgroups(i32 count, address list) noexcept {
    if (!privileged(cap_setgid))
        return errc::not_permitted;
    if (count < 0 || count > 65536)
        return errc::invalid_argument;
    if (static_cast<usize>(count) > std::size(me().groups)) {
        report_unsupported(0, "more than 32 supplementary groups", errc::out_of_memory);
        return errc::out_of_memory;
    }
    u32 fresh[std::size(proc::credentials{}.groups)];
    TRY_VOID(memory::copy_from_user(fresh, list.value, static_cast<usize>(count) * sizeof(u32)));
    sync::lock_guard guard{self().mutex};
    for (i32 i = 0; i < count; ++i)
        me().groups[i] = fresh[i];
    me().group_count = static_cast<u32>(count);
    return done;
}

namespace {

constexpr u32 capability_v1 = 0x19980330, capability_v2 = 0x20071026, capability_v3 = 0x20080522;

/// How many 32-bit halves the given version has. An unknown one is answered with ours.
result<unsigned> capability_words(inout<abi_capability_header> header,
                                  const abi_capability_header& h) noexcept {
    switch (h.version) {
        case capability_v1:
            return 1u;
        case capability_v2:
        case capability_v3:
            return 2u;
        default:
            TRY_VOID(header.as<u32>().store(capability_v3));
            return errc::invalid_argument;
    }
}

}  // namespace

reply calls::capget(inout<abi_capability_header> header, address data) noexcept {
    abi_capability_header h{TRY(header.as<const u32>().load()), 0};
    auto words = capability_words(header, h);
    if (!words) {
        // A null `data` only asks which version is preferred.
        if (!data && words.error() == errc::invalid_argument)
            return done;
        return words.error();
    }
    h = TRY(header.load());
    if (h.pid < 0)
        return errc::invalid_argument;
    refptr<proc::process> p{&self()};
    if (h.pid != 0) {
        auto t = proc::find_task(h.pid);
        if (!t)
            return errc::no_process;
        p = refptr<proc::process>{&t->owner()};
    }
    if (!data)
        return done;
    for (unsigned i = 0; i < *words; ++i) {
        const proc::credentials& c = p->identity;
        const abi_capability_data half{static_cast<u32>(c.effective >> 32 * i),
                                       static_cast<u32>(c.permitted >> 32 * i),
                                       static_cast<u32>(c.inheritable >> 32 * i)};
        TRY_VOID(data.as<abi_capability_data>().at(i).store(half));
    }
    return done;
}

reply calls::capset(inout<abi_capability_header> header, address data) noexcept {
    const abi_capability_header h = TRY(header.load());
    const unsigned words = TRY(capability_words(header, h));
    if (h.pid != 0 && h.pid != proc::current_task().tid())
        return errc::not_permitted;
    u64 effective = 0, permitted = 0, inheritable = 0;
    for (unsigned i = 0; i < words; ++i) {
        const auto half = TRY(data.as<const abi_capability_data>().at(i).load());
        effective |= u64{half.effective} << 32 * i;
        permitted |= u64{half.permitted} << 32 * i;
        inheritable |= u64{half.inheritable} << 32 * i;
    }
    effective &= all_capabilities, permitted &= all_capabilities, inheritable &= all_capabilities;
    sync::lock_guard guard{self().mutex};
    proc::credentials& c = me();
    constexpr unsigned cap_setpcap = 8;
    if (permitted & ~c.permitted || effective & ~permitted ||
        (inheritable & ~(c.inheritable | c.permitted) && !privileged(cap_setpcap)) ||
        inheritable & ~(c.inheritable | c.bounding))
        return errc::not_permitted;
    c.effective = effective, c.permitted = permitted, c.inheritable = inheritable;
    c.ambient &= permitted & inheritable;
    return done;
}

}  // namespace osprey::abi
