// SPDX-License-Identifier: BSD-3-Clause
// Job control: controlling terminals, foreground and background (ioctl_tty(2), setpgid(2)).
#include <fs/tty/requests.hh>
#include <memory/user_pointer.hh>
#include <process/process_table.hh>
#include <process/signal_rules.hh>
#include <process/terminals.hh>

namespace osprey::proc {

namespace {

using r = fs::tty_request;
using terminal_ref = refptr<fs::terminal>;

/// Guards which session has which terminal. The mutex of a process may be taken inside.
constinit sync::mutex terminals;
void (*send_to_everybody)(i32 number) noexcept = nullptr;

bool leads_session(const process& p) noexcept {
    return p.session.load() == p.pid();
}

void signal_group_from_kernel(i32 group, signal s) noexcept {
    if (group != 0)
        (void)send_signal_to_group(group, make_signal(s, 0x80));  // SI_KERNEL; nobody there: fine
}

/// With `terminals` held.
void give(process& p, fs::terminal& t) noexcept {
    t.session = p.session.load();
    t.foreground = p.process_group.load();
    p.lost_foreground = 0;
    p.exchange(&process::terminal, terminal_ref{&t}).reset();
}

/// Nobody of its session has the terminal any more. With `terminals` held.
/// @return the group that was in the foreground; `leader`: who leads the session, if he lives.
i32 take_from_session(fs::terminal& t, refptr<process>& leader) noexcept {
    struct state {
        fs::terminal& t;
        i32 session;
        refptr<process>& leader;
    } s{t, t.session.exchange(0), leader};
    if (s.session != 0)
        for_each_process(
            [](process& p, void* context) {
                auto& s = *static_cast<state*>(context);
                if (p.session.load() != s.session)
                    return true;
                if (p.held(&process::terminal).get() == &s.t)
                    p.exchange(&process::terminal, {}).reset();
                if (leads_session(p))
                    s.leader = refptr<process>{&p};
                return true;
            },
            &s);
    return t.foreground.exchange(0);
}

result<u64> take_for_caller(fs::terminal& t, const fs::job_control::request& what,
                            bool privileged) noexcept {
    process& p = current_process();
    sync::lock_guard guard{terminals};
    const bool leader = leads_session(p);
    if (leader && t.session.load() == p.session.load())
        return u64{0};
    if (!leader || p.held(&process::terminal))
        return errc::not_permitted;
    if (t.session.load() != 0) {
        constexpr u64 steal = 1;
        if (what.argument != steal || !privileged)
            return errc::not_permitted;
        refptr<process> loser;
        (void)take_from_session(t, loser);
    }
    if (!what.may_read && !privileged)
        return errc::not_permitted;
    give(p, t);
    return u64{0};
}

result<u64> give_up(fs::terminal& t) noexcept {
    process& p = current_process();
    i32 group = 0;
    {
        sync::lock_guard guard{terminals};
        if (p.held(&process::terminal).get() != &t)
            return errc::not_tty;
        refptr<process> leader;
        if (leads_session(p))
            group = take_from_session(t, leader);
        else
            p.exchange(&process::terminal, {}).reset();
    }
    signal_group_from_kernel(group, signal::hup);
    signal_group_from_kernel(group, signal::cont);
    return u64{0};
}

/// The session of a process group. @return `errc::no_process`: there is nothing of that number.
result<i32> session_of_group(i32 group) noexcept {
    struct search {
        i32 group, session;
    } s{group, 0};
    for_each_process(
        [](process& p, void* context) {
            auto& s = *static_cast<search*>(context);
            if (p.process_group.load() == s.group)
                s.session = p.session.load();
            return s.session == 0;
        },
        &s);
    if (s.session != 0)
        return s.session;
    if (auto p = find_process(group))
        return p->session.load();
    return errc::no_process;
}

result<u64> set_foreground(fs::terminal& t, u64 argument) noexcept {
    const i32 group = TRY(memory::user_ptr<const i32>{argument}.load());
    if (group < 0)
        return errc::invalid_argument;
    process& p = current_process();
    sync::lock_guard guard{terminals};
    const i32 session = p.session.load();
    if (p.held(&process::terminal).get() != &t || t.session.load() != session)
        return errc::not_tty;
    if (TRY(session_of_group(group)) != session)
        return errc::not_permitted;
    t.foreground = group;
    return u64{0};
}

class job_control_of_processes final : public fs::job_control {
public:
    result<void> check_foreground(fs::terminal& t, int number) noexcept override {
        if (!sched::current().is_application())
            return ok;
        process& p = current_process();
        const auto s = static_cast<signal>(number);
        const i32 foreground = t.foreground.load(), own = p.process_group.load();
        if (foreground == 0 || foreground == own || p.held(&process::terminal).get() != &t)
            return ok;
        bool unheard = current_task().blocked.contains(s);
        if (!unheard) {
            sync::lock_guard guard{p.mutex};
            unheard = p.actions[number - 1].handler == handler_ignore;
        }
        if (unheard)
            return s == signal::ttin ? result<void>{errc::io_error} : ok;
        if (group_is_orphaned(own))
            return errc::io_error;
        signal_group_from_kernel(own, s);
        return errc::restart_always;
    }

    void signal_group(i32 group, int number) noexcept override {
        if (group == 0)
            return send_to_everybody(number);
        signal_group_from_kernel(group, static_cast<signal>(number));
    }

    void terminal_opened(fs::terminal& t) noexcept override {
        if (!sched::current().is_application())
            return;
        process& p = current_process();
        if (leads_session(p))
            take_terminal(p, t);
    }

    void terminal_hung_up(fs::terminal& t) noexcept override {
        refptr<process> leader;
        {
            sync::lock_guard guard{terminals};
            const i32 group = take_from_session(t, leader);
            if (leader)
                leader->lost_foreground = group;
        }
        if (!leader)
            return;
        (void)send_signal(*leader, make_signal(signal::hup, 0x80));
        (void)send_signal(*leader, make_signal(signal::cont, 0x80));
    }

    terminal_ref of_caller() noexcept override {
        if (!sched::current().is_application())
            return nullptr;
        return current_process().held(&process::terminal);
    }

    result<u64> control(fs::terminal& t, const request& what) noexcept override {
        const bool own = current_process().held(&process::terminal).get() == &t;
        const auto tell = [&what](i32 value) -> result<u64> {
            TRY_VOID(memory::user_ptr<i32>{what.argument}.store(value));
            return u64{0};
        };
        switch (what.number) {
            case r::tiocsctty:
                return take_for_caller(t, what, privileged());
            case r::tiocnotty:
                return give_up(t);
            case r::tiocgpgrp:
                if (!own && !what.by_master)
                    return errc::not_tty;
                return tell(t.foreground.load());
            case r::tiocgsid: {
                const i32 session = t.session.load();
                if ((!own && !what.by_master) || session == 0)
                    return errc::not_tty;
                return tell(session);
            }
            default: {  // TIOCSPGRP
                const auto allowed = check_foreground(t, static_cast<int>(signal::ttou));
                if (!allowed)
                    return allowed.error() == errc::io_error ? errc::not_tty : allowed.error();
                return set_foreground(t, what.argument);
            }
        }
    }

    bool privileged() noexcept override {
        constexpr unsigned sys_admin = 21;
        return !sched::current().is_application() ||
               (current_process().identity.effective >> sys_admin & 1) != 0;
    }
};
constinit job_control_of_processes the_job_control;

}  // namespace

void set_up_job_control(void (*send_to_all)(i32 number) noexcept) noexcept {
    send_to_everybody = send_to_all;
    fs::set_job_control(the_job_control);
}

void take_terminal(process& p, fs::terminal& t) noexcept {
    sync::lock_guard guard{terminals};
    if (t.session.load() == 0 && !p.held(&process::terminal))
        give(p, t);
}

void leave_terminal(process& p) noexcept {
    p.exchange(&process::terminal, {}).reset();
}

void leave_terminal_at_end(process& p) noexcept {
    if (!leads_session(p))
        return leave_terminal(p);
    i32 group = 0;
    const i32 lost = p.lost_foreground.exchange(0);
    {
        sync::lock_guard guard{terminals};
        refptr<process> leader;
        const terminal_ref t = p.held(&process::terminal);
        if (t && t->session.load() == p.session.load())
            group = take_from_session(*t, leader);
    }
    leave_terminal(p);
    signal_group_from_kernel(group, signal::hup);
    signal_group_from_kernel(lost, signal::hup);
    signal_group_from_kernel(lost, signal::cont);
}

}  // namespace osprey::proc
