// SPDX-License-Identifier: BSD-3-Clause
// The ioctls that all terminals have (ioctl_tty(2)).
#include <fs/tty/requests.hh>
#include <fs/tty/terminal.hh>
#include <memory/user_pointer.hh>

namespace osprey::fs {

using r = tty_request;

namespace {

constexpr int sigttou = 22;

result<u64> answer(u64 argument, i32 value) noexcept {
    TRY_VOID(memory::user_ptr<i32>{argument}.store(value));
    return u64{0};
}

bool changes_settings(u32 request) noexcept {
    switch (request) {
        case r::tcsets:
        case r::tcsetsw:
        case r::tcsetsf:
        case r::tcsets2:
        case r::tcsetsw2:
        case r::tcsetsf2:
        case r::tcseta:
        case r::tcsetaw:
        case r::tcsetaf:
            return true;
        default:
            return false;
    }
}

/// Requests that only the foreground may make (termios(3), "SIGTTOU").
bool changes_terminal(u32 request) noexcept {
    switch (request) {
        case r::tcsbrk:
        case r::tcsbrkp:
        case r::tiocsbrk:
        case r::tioccbrk:
        case r::tcxonc:
        case r::tcflsh:
        case r::tiocsetd:
            return true;
        default:
            return changes_settings(request);
    }
}

termios::old_settings to_old(const termios::settings& s) noexcept {
    termios::old_settings old{};
    old.input = static_cast<u16>(s.input);
    old.output = static_cast<u16>(s.output);
    old.control = static_cast<u16>(s.control);
    old.local = static_cast<u16>(s.local);
    old.line = s.line;
    std::memcpy(old.characters, s.characters, sizeof old.characters);
    return old;
}

void take_old(const termios::old_settings& old, termios::settings& to) noexcept {
    constexpr u32 upper = 0xffff'0000;
    to.input = (to.input & upper) | old.input;
    to.output = (to.output & upper) | old.output;
    to.control = (to.control & upper) | old.control;
    to.local = (to.local & upper) | old.local;
    to.line = old.line;
    std::memcpy(to.characters, old.characters, sizeof old.characters);
}

}  // namespace

result<u64> terminal::get_settings(u32 request, u64 argument) noexcept {
    termios::settings now;
    {
        sync::lock_guard guard{mutex_};
        now = discipline_.settings();
    }
    if (request == r::tcgeta) {
        const termios::old_settings old = to_old(now);
        TRY_VOID(memory::copy_to_user(argument, &old, sizeof old));
    } else {
        TRY_VOID(memory::copy_to_user(
            argument, &now, request == r::tcgets2 ? sizeof now : termios::without_speeds));
    }
    return u64{0};
}

result<u64> terminal::set_settings(u32 request, u64 argument) noexcept {
    using namespace termios;
    struct settings next;
    {
        sync::lock_guard guard{mutex_};
        next = discipline_.settings();
    }
    if (request == r::tcseta || request == r::tcsetaw || request == r::tcsetaf) {
        old_settings old;
        TRY_VOID(memory::copy_from_user(&old, argument, sizeof old));
        take_old(old, next);
    } else {
        TRY_VOID(memory::copy_from_user(&next, argument,
                                        request >= r::tcsets2 ? sizeof next : without_speeds));
    }
    name_speeds(next);
    next.control = (next.control & ~(csize | parenb)) | cs8 | cread;
    change scope{*this};
    // Output never waits here, so there is nothing to drain before.
    if (request == r::tcsetsf || request == r::tcsetsf2 || request == r::tcsetaf)
        discipline_.drop_input();
    const struct settings before = discipline_.settings();
    discipline_.set(next);
    settings_changed(before);
    note(writable);
    return u64{0};
}

result<u64> terminal::flush(u64 which) noexcept {
    constexpr u64 input = 0, output = 1, both = 2;
    if (which > both)
        return errc::invalid_argument;
    change scope{*this};
    if (which != output)
        discipline_.drop_input();
    if (which != input)
        drop_output();
    return u64{0};
}

result<u64> terminal::control_flow(u64 what) noexcept {
    constexpr u64 output_off = 0, output_on = 1, input_off = 2, input_on = 3;
    if (what > input_on)
        return errc::invalid_argument;
    change scope{*this};
    if (what == output_off || what == output_on) {
        discipline_.hold(what == output_off);
        return u64{0};
    }
    // Asks the other end to stop or go on; stopped output does not stop this.
    const u8 c =
        discipline_.settings().characters[what == input_off ? termios::vstop : termios::vstart];
    if (c != 0 && device_room() != 0) {
        const char text = static_cast<char>(c);
        put_output(&text, 1);
    }
    return u64{0};
}

result<u64> terminal::ioctl(u32 request, u64 argument, bool by_master, bool may_read) noexcept {
    job_control* p = get_job_control();
    if (!by_master && p && changes_terminal(request))
        TRY_VOID(p->check_foreground(*this, sigttou));
    if (changes_settings(request))
        return set_settings(request, argument);
    switch (request) {
        case r::tcgets:
        case r::tcgets2:
        case r::tcgeta:
            return get_settings(request, argument);
        case r::tcflsh:
            return flush(argument);
        case r::tcxonc:
            return control_flow(argument);
        case r::tcsbrk:
        case r::tcsbrkp:
        case r::tiocsbrk:
        case r::tioccbrk:
            return u64{0};  // nothing to drain, and no line that could break
        case r::tiocexcl:
        case r::tiocnxcl: {
            sync::lock_guard guard{mutex_};
            exclusive_ = request == r::tiocexcl;
            return u64{0};
        }
        case r::tiocgexcl:
            return answer(argument, exclusive_);
        case r::tiocsctty:
        case r::tiocnotty:
        case r::tiocgpgrp:
        case r::tiocspgrp:
        case r::tiocgsid:
            return p ? p->control(*this, {request, argument, by_master, may_read})
                     : result<u64>{errc::not_tty};
        case r::tiocgwinsz: {
            u16 now[4];
            {
                sync::lock_guard guard{mutex_};
                std::memcpy(now, window_, sizeof(now));
            }
            TRY_VOID(memory::copy_to_user(argument, now, sizeof(now)));
            return u64{0};
        }
        case r::tiocswinsz: {
            u16 next[4];
            TRY_VOID(memory::copy_from_user(next, argument, sizeof(next)));
            set_window_size(next);
            return u64{0};
        }
        case r::fionread: {
            usize bytes;
            {
                sync::lock_guard guard{mutex_};
                bytes = discipline_.available();
            }
            return answer(argument, static_cast<i32>(bytes));
        }
        case r::tiocoutq:
        case r::tiocgetd:
            return answer(argument, 0);  // output leaves at once; the discipline is N_TTY
        case r::tiocsetd:
            if (TRY(memory::user_ptr<const i32>{argument}.load()) != 0)
                return errc::invalid_argument;
            return u64{0};
        case r::tiocsti: {
            const char c = static_cast<char>(TRY(memory::user_ptr<const u8>{argument}.load()));
            change scope{*this};
            (void)discipline_.receive(&c, 1);  // lost when there is no room, as on Linux
            return u64{0};
        }
        case r::tiocgdev:
            return answer(argument, static_cast<i32>(encode(number)));
        case r::tiocvhangup:
            if (p && !p->privileged())
                return errc::not_permitted;
            hang_up();
            return u64{0};
        default:
            return errc::not_tty;
    }
}

}  // namespace osprey::fs
