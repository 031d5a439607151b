// SPDX-License-Identifier: BSD-3-Clause
#include <fs/tty/line_discipline.hh>

namespace osprey::fs {

namespace {
enum character : unsigned {
    vintr = 0,
    vquit = 1,
    verase = 2,
    vkill = 3,
    veof = 4,
    vstart = 8,
    vstop = 9,
    vsusp = 10,
    veol = 11,
    vwerase = 14,
    vlnext = 15,
    veol2 = 16
};
enum input_flag : u32 { istrip = 040, inlcr = 0100, igncr = 0200, icrnl = 0400, ixon = 02000 };
enum local_flag : u32 {
    isig = 1,
    icanon = 2,
    echo_on = 010,
    echoe = 020,
    echok = 040,
    echonl = 0100,
    noflsh = 0200,
    echoctl = 01000,
    echoke = 04000,
    iexten = 0100000
};
enum output_flag : u32 { opost = 1, onlcr = 4, ocrnl = 010, onlret = 040 };
constexpr int sigint = 2, sigquit = 3, sigtstp = 20;
}  // namespace

void line_discipline::push(char c, u8 mark) noexcept {
    if (used_ == capacity)
        return;  // full: what is typed is lost, as on Linux
    const usize at = (head_ + used_) % capacity;
    text_[at] = c;
    marks_[at] = mark;
    ++used_;
    if (mark == data) {
        ++current_;
    } else {
        current_ = 0;
        ++lines_;
    }
}

void line_discipline::echo(char c, actions& to) noexcept {
    const u32 local = settings.local;
    if (!(local & echo_on) && !(c == '\n' && (local & echonl)))
        return;
    const auto u = static_cast<unsigned char>(c);
    if ((local & echoctl) && (u < 32 || u == 127) && c != '\n' && c != '\t') {
        const char text[2] = {'^', static_cast<char>(u ^ 0x40)};
        to.echo(text, 2);
    } else if (c == '\n' && (settings.output & opost) && (settings.output & onlcr)) {
        to.echo("\r\n", 2);
    } else {
        to.echo(&c, 1);
    }
}

/// Takes the last character (all bytes of a UTF-8 one) of the line being typed away.
void line_discipline::erase(actions& to) noexcept {
    if (current_ == 0)
        return;
    char c;
    do {
        --used_;
        --current_;
        c = text_[(head_ + used_) % capacity];
    } while ((static_cast<unsigned char>(c) & 0xc0) == 0x80 && current_ != 0);
    if (!(settings.local & echo_on))
        return;
    const auto u = static_cast<unsigned char>(c);
    const unsigned width = (settings.local & echoctl) && (u < 32 || u == 127) ? 2 : 1;
    for (unsigned i = 0; i < width; ++i)
        if (settings.local & echoe)
            to.echo("\b \b", 3);
}

void line_discipline::receive(char c, actions& to) noexcept {
    const u32 input = settings.input, local = settings.local;
    const u8* special = settings.characters;
    const auto is = [&](unsigned which, char typed) {
        return special[which] != 0 && static_cast<unsigned char>(typed) == special[which];
    };
    if (input & istrip)
        c = static_cast<char>(c & 0x7f);
    if (literal_) {
        literal_ = false;
        push(c, data);
        echo(c, to);
        return;
    }
    if (c == '\r') {
        if (input & igncr)
            return;
        if (input & icrnl)
            c = '\n';
    } else if (c == '\n' && (input & inlcr)) {
        c = '\r';
    }
    if (local & isig) {
        const int number = is(vintr, c)   ? sigint
                           : is(vquit, c) ? sigquit
                           : is(vsusp, c) ? sigtstp
                                          : 0;
        if (number) {
            if (!(local & noflsh))
                flush_input();
            echo(c, to);
            to.signal(number);
            return;
        }
    }
    if ((input & ixon) && (is(vstart, c) || is(vstop, c)))
        return;  // the port to the host has no flow to stop
    if (!(local & icanon)) {
        push(c, data);
        current_ = 0;
        echo(c, to);
        return;
    }
    if ((local & iexten) && is(vlnext, c)) {
        literal_ = true;
        return;
    }
    if (is(verase, c))
        return erase(to);
    if (is(vkill, c)) {
        while (current_ != 0)
            erase(to);
        return;
    }
    if ((local & iexten) && is(vwerase, c)) {
        const auto last = [&] {
            return text_[(head_ + used_ - 1) % capacity];
        };
        while (current_ != 0 && last() == ' ')
            erase(to);
        while (current_ != 0 && last() != ' ')
            erase(to);
        return;
    }
    if (is(veof, c))
        return push(0, file_end);
    if (c == '\n' || is(veol, c) || is(veol2, c)) {
        echo(c, to);
        return push(c, line_end);
    }
    if (current_ + 1 >= capacity)
        return;
    push(c, data);
    echo(c, to);
}

bool line_discipline::at_end_of_file() const noexcept {
    return canonical() && lines_ != 0 && used_ != 0 && marks_[head_] == file_end;
}

usize line_discipline::take(char* to, usize room) noexcept {
    usize done = 0;
    if (!ready())
        return 0;
    while (used_ != 0 && (done < room || marks_[head_] == file_end)) {
        const u8 mark = marks_[head_];
        if (mark != file_end)
            to[done++] = text_[head_];
        head_ = (head_ + 1) % capacity;
        --used_;
        if (mark != data)
            --lines_;
        if (canonical() && mark != data)
            break;
    }
    if (current_ > used_)
        current_ = used_;
    return done;
}

void line_discipline::flush_input() noexcept {
    head_ = used_ = current_ = 0;
    lines_ = 0;
}

void line_discipline::mode_changed(bool was_canonical) noexcept {
    if (was_canonical && !canonical())
        current_ = 0;
}

usize line_discipline::translate_output(const char* from, usize bytes, char* to) noexcept {
    const u32 flags = settings.output;
    usize made = 0;
    for (usize i = 0; i < bytes; ++i) {
        char c = from[i];
        if (flags & opost) {
            if (c == '\n' && (flags & onlcr))
                to[made++] = '\r';
            else if (c == '\r' && (flags & ocrnl))
                c = '\n';
        }
        to[made++] = c;
    }
    return made;
}

}  // namespace osprey::fs
