// SPDX-License-Identifier: BSD-3-Clause
// clone(2): threads, processes that borrow the memory of their parent (vfork, posix_spawn), and
// those with a copy of it (fork).
#include <arch/context.hh>
#include <arch/interrupts.hh>
#include <arch/signal_frame.hh>
#include <base/log.hh>
#include <memory/user_pointer.hh>
#include <process/call_filter.hh>
#include <process/pidfd.hh>
#include <process/process_table.hh>
#include <sched/scheduler.hh>
#include <trace/tracepoint.hh>

namespace osprey::proc {
namespace {

// linux/sched.h
enum clone_flag : u64 {
    clone_vm = 0x100,
    clone_fs = 0x200,
    clone_files = 0x400,
    clone_sighand = 0x800,
    clone_pidfd = 0x1000,
    clone_ptrace = 0x2000,
    clone_vfork = 0x4000,
    clone_parent = 0x8000,
    clone_thread = 0x10000,
    clone_new_namespaces =
        0x2000000 | 0x4000000 | 0x8000000 | 0x10000000 | 0x20000000 | 0x40000000 | 0x20000 | 0x80,
    clone_sysvsem = 0x40000,
    clone_settls = 0x80000,
    clone_parent_settid = 0x100000,
    clone_child_cleartid = 0x200000,
    clone_detached = 0x400000,
    clone_untraced = 0x800000,
    clone_child_settid = 0x1000000,
    clone_io = 0x80000000,
    clone_clear_sighand = u64{1} << 32,
    clone_into_cgroup = u64{1} << 33,
};
constexpr u64 known_flags = (u64{1} << 34) - 1;

void run_clone(void* argument) noexcept {
    auto& t = *static_cast<task*>(argument);
    if (const virtual_address word = std::exchange(t.set_child_tid, 0))
        (void)memory::user_ptr<i32>{word}.store(t.tid());  // failures are not told, as on Linux
    arch::enter_application(task_access::start_frame(t));
}

result<void> check(const clone_arguments& what) noexcept {
    const u64 f = what.flags;
    if ((f & clone_thread && !(f & clone_sighand)) || (f & clone_sighand && !(f & clone_vm)) ||
        (f & clone_clear_sighand && f & clone_sighand))
        return errc::invalid_argument;
    if (f & ~known_flags)
        return errc::invalid_argument;
    // Process 1 has nobody beside it (clone(2), CLONE_PARENT).
    if (f & clone_parent && current_process().pid() == 1)
        return errc::invalid_argument;
    if (f & clone_new_namespaces) {
        log::notice("clone: namespaces are not supported (flags {:#x})", f);
        return errc::invalid_argument;
    }
    if (f & clone_into_cgroup) {
        log::notice("clone: flag CLONE_INTO_CGROUP is not supported");
        return errc::invalid_argument;
    }
    if (f & clone_pidfd && f & (clone_thread | clone_detached))
        return errc::invalid_argument;
    if (!(f & clone_thread) && f & clone_sighand) {
        log::notice("clone: CLONE_SIGHAND without CLONE_THREAD is not supported");
        return errc::not_implemented;
    }
    return ok;
}

/// Gives up a process that never ran.
void abandon(process& p) noexcept {
    if (process_extension* extension = p.extension.exchange(nullptr)) {
        extension->process_ended();
        delete extension;
    }
    process_access::release_memory(p);
}

/// vfork: `p` borrows the memory of `parent`.
void borrow_memory(process& p, process& parent) noexcept {
    p.vdso = parent.vdso;
    p.stack_start = parent.stack_start;
    p.space = parent.space;
    process& lender = parent.memory_owner();
    process_access::memory_users(lender).fetch_add(1);
    process_access::borrowed_from(p) = refptr<process>{&lender};
}

/// fork: `p` gets a copy of what `parent` sees, and what goes with it.
result<void> copy_memory(process& p, process& parent) noexcept {
    process& owner = parent.memory_owner();
    p.space = TRY(parent.space->fork(owner.account, p.account));
    {
        sync::lock_guard guard{owner.brk_mutex};
        p.brk_start = owner.brk_start, p.brk_end = owner.brk_end;
    }
    p.arguments_start = owner.arguments_start, p.arguments_end = owner.arguments_end;
    p.environment_start = owner.environment_start, p.environment_end = owner.environment_end;
    p.stack_start = owner.stack_start, p.vdso = owner.vdso;
    p.code_start = owner.code_start, p.code_end = owner.code_end;
    std::memcpy(p.auxiliary_vector, owner.auxiliary_vector, sizeof p.auxiliary_vector);
    p.settings.membarrier_registered = parent.settings.membarrier_registered.load();
    {
        sync::lock_guard guard{owner.mutex};
        p.command_line = TRY(string::copy_of(owner.command_line.view()));
        p.environment = TRY(string::copy_of(owner.environment.view()));
    }
    if (process_extension* extension = parent.extension.load(std::memory_order_acquire))
        TRY_VOID(extension->memory_copied(p));
    return ok;
}

/// A process like the caller's.
result<refptr<process>> make_child(const clone_arguments& what, process& parent) noexcept {
    auto p = TRY(process_access::create(&parent));
    process_access::creator(*p) = current_task().tid();
    p->descriptors =
        what.flags & clone_files ? parent.descriptors : TRY(parent.descriptors->copy());
    p->directories = what.flags & clone_fs ? parent.directories : TRY(parent.directories->copy());
    p->exit_signal = what.exit_signal;
    std::memcpy(p->account.name, parent.account.name, sizeof p->account.name);
    {
        sync::lock_guard guard{parent.mutex};
        for (unsigned i = 0; i < signal_count; ++i)
            if (!(what.flags & clone_clear_sighand) || parent.actions[i].handler == 1)
                p->actions[i] = parent.actions[i];
        p->executable = parent.executable;
    }
    if (what.flags & clone_vm) {
        borrow_memory(*p, parent);
    } else if (auto copied = copy_memory(*p, parent); !copied) {
        abandon(*p);
        return copied.error();
    }
    return p;
}

/// With the mutex that others hold who give a filter to all tasks of a process: they find the new
/// task, or it copies what they gave to its creator.
void inherit_filter(task& child, task& parent) noexcept {
    sync::lock_guard guard{parent.owner().mutex};
    child.strictly_confined = parent.strictly_confined.load();
    if (call_filter* f = parent.filter.load(std::memory_order_acquire);
        f && f != child.filter.load(std::memory_order_relaxed)) {
        f->add_ref();
        if (call_filter* old = child.filter.exchange(f))
            old->drop_ref();
    }
}

/// Copies what a new task has from its creator.
void inherit(task& child, task& parent, const clone_arguments& what) noexcept {
    arch::register_frame& frame = task_access::start_frame(child);
    frame = arch::application_frame();
    arch::complete_system_call_frame(frame);
    frame.set_syscall_result(0);
    if (what.stack)
        frame.set_stack_pointer(what.stack);
    arch::fpu_copy_current(child.context().fpu);
    child.context().thread_pointer = what.flags & clone_settls ? what.tls : arch::thread_pointer();
    child.space = child.owner().space.get();
    child.context().page_table = child.space->root();
    child.blocked = parent.blocked;
    child.timer_slack_ns = parent.timer_slack_ns;
    child.settings.inherit(parent.settings);
    inherit_filter(child, parent);
    if (what.flags & clone_child_cleartid)
        child.clear_child_tid = what.child_tid;
    (void)child.set_scheduling(parent.get_scheduling());
    (void)child.set_affinity(parent.affinity());
    if (what.flags & clone_child_settid && !(what.flags & clone_vm))
        child.set_child_tid = what.child_tid;
    if (!(what.flags & clone_vm) || what.flags & clone_vfork) {
        // The child runs on its parent's stack and signal stack, or on copies of them.
        child.alternate_stack = parent.alternate_stack;
        child.alternate_size = parent.alternate_size;
        child.alternate_flags = parent.alternate_flags;
    }
}

/// CLONE_PIDFD: a descriptor of the child for its parent. @return its number.
result<int> give_pidfd(process& parent, process& child, virtual_address where) noexcept {
    auto file = TRY(make_pidfd(child, 0));
    const u64 limit = parent.limits[7].soft;  // RLIMIT_NOFILE
    const int fd = TRY(parent.descriptors->install(
        std::move(file), true, 0, static_cast<u32>(limit < 0x7fff'ffff ? limit : 0x7fff'ffff)));
    if (auto told = memory::user_ptr<i32>{where}.store(fd); !told) {
        (void)parent.descriptors->close(fd);
        return told.error();
    }
    return fd;
}

}  // namespace

TRACEPOINT(process, process_clone, trace::address flags);
result<i32> clone(const clone_arguments& what) noexcept {
    TRACE(process_clone, what.flags);
    TRY_VOID(check(what));
    sched::await_burials();
    task& self = current_task();
    process& own = self.owner();
    const bool thread = what.flags & clone_thread;
    refptr<process> p = thread ? refptr<process>{&own} : TRY(make_child(what, own));
    int pidfd = -1;
    auto child = [&]() -> result<refptr<task>> {
        if (what.flags & clone_pidfd)
            pidfd = TRY(give_pidfd(own, *p, what.pidfd));
        return task_access::create(*p, self.name(), run_clone);
    }();
    if (!child) {
        if (!thread)
            abandon(*p);
        if (pidfd >= 0)
            (void)own.descriptors->close(pidfd);
        return child.error();
    }
    task& t = **child;
    inherit(t, self, what);
    const i32 number = t.tid();
    if (what.flags & clone_sysvsem)
        own.settings.semaphore_undo = true;  // shared from now on, as kcmp(2) shows
    if (!thread) {
        if (what.flags & clone_vfork)
            process_access::block_parent(*p);
        self.made_children = true;
        process_access::enter(*p, number, what.flags & clone_parent ? &own : nullptr);
    }
    task_access::enter(t);
    // Failures to store are not reported, as on Linux.
    if (what.flags & clone_parent_settid)
        (void)memory::user_ptr<i32>{what.parent_tid}.store(number);
    if (what.flags & clone_child_settid && what.flags & clone_vm)
        (void)memory::user_ptr<i32>{what.child_tid}.store(number);
    t.start();
    if (!thread && what.flags & clone_vfork)
        process_access::wait_for_release(*p);
    return number;
}

}  // namespace osprey::proc
