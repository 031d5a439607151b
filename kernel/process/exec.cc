// SPDX-License-Identifier: BSD-3-Clause
#include <arch/context.hh>
#include <arch/signal_frame.hh>
#include <base/log.hh>
#include <process/priority_locks.hh>
#include <process/process_table.hh>
#include <process/program.hh>
#include <process/terminals.hh>
#include <trace/tracepoint.hh>

namespace osprey::proc {
namespace {

std::string_view last_component(std::string_view path) noexcept {
    const usize slash = path.rfind('/');
    return slash == path.npos ? path : path.substr(slash + 1);
}

/// A task that starts a program from nothing, and who waits for that.
struct first_start {
    const prepared_program* what;
    std::span<const std::string_view> environment;
    refptr<task> self;
    result<void> outcome{errc::again};
    std::atomic<bool> done{false};
    sched::thread* starter = &sched::current();
};

arch::register_frame fresh_frame(const entry_point& at) noexcept {
    return arch::initial_frame(at.instruction, at.stack);
}

void run_first(void* argument) noexcept {
    auto& t = *static_cast<task*>(argument);
    process& p = t.owner();
    memory::set_current_address_space(p.space.get());
    auto& request = *reinterpret_cast<first_start*>(task_access::start_frame(t).rdi);
    auto entry = map_program(p, *request.what, request.environment);
    if (entry)
        task_access::start_frame(t) = fresh_frame(*entry);
    const bool mapped = entry.has_value();
    if (!mapped)
        request.outcome = entry.error();
    else
        request.outcome = ok;
    sched::thread& starter = *request.starter;
    {
        sync::rcu_read_guard reading;  // `starter` may go as soon as it sees `done`
        request.done.store(true, std::memory_order_release);
        sched::wake(starter);
    }
    if (!mapped)
        exit_process(exit_status::exited(126));
    process_access::executed(p) = true;
    arch::enter_application(task_access::start_frame(t));
}

/// Ends the other tasks of the process and waits until they are gone.
result<void> become_only_task(process& p, task& self) noexcept {
    task* nobody = nullptr;
    {
        sync::lock_guard guard{p.mutex};
        if (p.exiting.load() || !process_access::survivor(p).compare_exchange_strong(nobody, &self))
            return errc::interrupted;
        for (task* t = process_access::first_task(p); t; t = task_access::next_in_process(*t))
            if (t != &self) {
                t->return_work.fetch_or(work_end);
                sched::interrupt(*t, sched::severity::fatal);
            }
    }
    auto waited = process_access::task_gone(p).wait(
        [&] { return p.task_count.load(std::memory_order_acquire) == 1; },
        sched::wait_mode::killable);
    process_access::survivor(p).store(nullptr);
    return waited;
}

/// Leaves the old program's memory behind; `p.space` is then where the new one goes.
result<void> change_memory(process& p, bool fixed_address) noexcept {
    const bool shared = &p.memory_owner() != &p || p.space->reference_count() > 1;
    refptr<memory::address_space> next = p.space;
    if (shared && fixed_address)
        next = TRY(memory::address_space::create());
    process_access::release_memory(p);
    process_access::memory_users(p).store(1);
    if (next != p.space) {
        memory::set_current_address_space(next.get());
        p.exchange(&process::space, std::move(next));
    }
    return ok;
}

/// What a new program may do (capabilities(7); no file has capabilities).
void reset_credentials(process& p) noexcept {
    constexpr u32 no_root = 1;  // SECBIT_NOROOT
    sync::lock_guard guard{p.mutex};
    credentials& c = p.identity;
    c.suid = c.fsuid = c.euid;
    c.sgid = c.fsgid = c.egid;
    const bool privileged = !(p.settings.secure_bits & no_root) && (c.uid == 0 || c.euid == 0);
    c.permitted = (privileged ? c.bounding | c.inheritable : 0) | c.ambient;
    c.effective = privileged && c.euid == 0 ? c.permitted : c.ambient;
}

void reset_for_new_program(process& p, task& t) noexcept {
    {
        sync::lock_guard guard{p.mutex};
        for (auto& action : p.actions)
            action = {.handler = action.handler == 1 ? u64{1} : u64{0}};
    }
    t.alternate_stack = t.alternate_size = 0;
    t.alternate_flags = 2;
    t.robust_list = t.clear_child_tid = 0;
    t.rseq_area = 0, t.rseq_size = 0;
    t.restore_blocked = false;
    t.restart = {};
    p.exit_signal = static_cast<i32>(signal::child);
    reset_credentials(p);
    p.dumpable = true;
    arch::fpu_reset(t.context().fpu);
    arch::set_thread_pointer(0);
}

}  // namespace

TRACEPOINT(process, process_exec, std::string_view name);
result<void> execute(vfs::path program, std::string_view name, const std::string_view* arguments,
                     usize argument_count, const std::string_view* environment,
                     usize environment_count, bool closed_by_exec) noexcept {
    TRACE(process_exec, name);
    process& p = current_process();
    task& t = current_task();
    prepared_program prepared =
        TRY(prepare_program(*p.directories, std::move(program), name, {arguments, argument_count},
                            closed_by_exec ? reach::not_after_exec : reach::by_name));
    TRY_VOID(become_only_task(p, t));
    clear_tid_and_robust_list(t);
    give_priority_locks_away(t, departure::executes);
    if (process_extension* extension = p.extension.load(std::memory_order_acquire))
        extension->program_leaves();
    TRY_VOID(change_memory(p, !prepared.executable->program.header.position_independent));
    auto entry = map_program(p, prepared, {environment, environment_count});
    if (!entry) {
        log::error("exec: {}: no way to map it ({}); the process ends", name,
                   name_of(entry.error()));
        process_access::release_parent(p);
        exit_process(exit_status::killed(signal::kill));
    }
    if (p.descriptors->reference_count() > 1)  // CLONE_FILES ends here
        if (auto own = p.descriptors->copy())
            p.exchange(&process::descriptors, std::move(*own));
    p.descriptors->close_on_exec_now();
    if (process_extension* extension = p.extension.load(std::memory_order_acquire))
        extension->program_replaced();
    p.settings.after_exec();
    reset_for_new_program(p, t);
    task_access::take_process_number(t);
    t.set_name(last_component(name));
    process_access::executed(p) = true;
    process_access::release_parent(p);
    arch::replace_system_call_frame(fresh_frame(*entry));
    return ok;
}

result<refptr<process>> start_program(const program& what, process* parent,
                                      refptr<vfs::descriptor_table> descriptors,
                                      refptr<vfs::directory_context> directories) noexcept {
    auto location =
        TRY(vfs::resolve(*directories, directories->cwd(), what.path, vfs::follow_last));
    prepared_program prepared = TRY(prepare_program(*directories, std::move(location), what.path,
                                                    {what.arguments, what.argument_count}));
    auto p = TRY(process_access::create(parent));
    p->space = TRY(memory::address_space::create());
    p->descriptors = std::move(descriptors);
    p->directories = std::move(directories);
    p->strace = what.traced;
    const auto name = last_component(what.path);
    name.copy(p->account.name, sizeof p->account.name - 1);
    first_start request{.what = &prepared,
                        .environment = {what.environment, what.environment_count}};
    auto t = TRY(task_access::create(*p, name, run_first));
    task_access::start_frame(*t).rdi = reinterpret_cast<u64>(&request);
    t->space = p->space.get();
    t->context().page_table = p->space->root();
    process_access::enter(*p, t->tid());
    task_access::enter(*t);
    if (what.terminal)
        take_terminal(*p, *what.terminal);
    t->start();
    TRY_VOID(sched::wait_until([&] { return request.done.load(std::memory_order_acquire); }));
    if (!request.outcome) {
        (void)wait_for(*p);
        return request.outcome.error();
    }
    return p;
}

}  // namespace osprey::proc
