// SPDX-License-Identifier: BSD-3-Clause
// Output of a line discipline: translation, echo, and how erased characters vanish from the screen.
#include <cstring>
#include <fs/tty/line_discipline.hh>

namespace osprey::fs {

using namespace termios;

namespace {
constexpr bool is_control(u8 c) noexcept {
    return c < 32 || c == 127;
}
constexpr bool is_word(u8 c) noexcept {
    // Bytes that begin a character of UTF-8 count as letters (they are some in Latin-1).
    if (c >= 0xc0)
        return c != 0xd7 && c != 0xf7;
    const u8 letter = c | 0x20;
    return (letter >= 'a' && letter <= 'z') || (c >= '0' && c <= '9') || c == '_';
}
}  // namespace

usize line_discipline::translate(u8 c, char* to) noexcept {
    const u32 flags = settings_.output;
    switch (c) {
        case '\n':
            if (flags & (onlret | onlcr))
                column_ = 0;
            canon_column_ = column_;
            if (flags & onlcr) {
                to[0] = '\r', to[1] = '\n';
                return 2;
            }
            break;
        case '\r':
            if (flags & onocr && column_ == 0)
                return 0;
            if (flags & ocrnl) {
                c = '\n';
                if (flags & onlret)
                    canon_column_ = column_ = 0;
                break;
            }
            canon_column_ = column_ = 0;
            break;
        case '\t': {
            const u32 blanks = 8 - column_ % 8;
            column_ += blanks;
            if ((flags & xtabs) == xtabs) {
                std::memset(to, ' ', blanks);
                return blanks;
            }
            break;
        }
        case '\b':
            if (column_ > 0)
                --column_;
            break;
        default:
            if (is_control(c))
                break;
            if (flags & olcuc && c >= 'a' && c <= 'z')
                c = static_cast<u8>(c - 32);
            column_ += !continues_character(c);
    }
    *to = static_cast<char>(c);
    return 1;
}

usize line_discipline::write(const char* from, usize bytes) noexcept {
    send_echoes();
    if (stopped_)
        return 0;
    usize room = device_.output_room(), done = 0;
    if (!(settings_.output & opost)) {
        done = bytes < room ? bytes : room;
        device_.put_output(from, done);
        return done;
    }
    char made[128];
    usize size = 0;
    while (done < bytes && room != 0) {
        const u32 column = column_, canon_column = canon_column_;
        const usize more = translate(static_cast<u8>(from[done]), made + size);
        if (more > room) {
            column_ = column, canon_column_ = canon_column;
            break;
        }
        room -= more, size += more, ++done;
        if (size > sizeof made - 8) {
            device_.put_output(made, size);
            size = 0;
        }
    }
    device_.put_output(made, size);
    return done;
}

/// Sends what is echoed, or keeps it while output is stopped; what finds no place is lost.
void line_discipline::emit(const char* text, usize bytes) noexcept {
    if (echo_used_ == 0 && !stopped_ && device_.output_room() >= bytes)
        return device_.put_output(text, bytes);
    if (bytes > sizeof echo_ - echo_used_)
        return;
    std::memcpy(echo_ + echo_used_, text, bytes);
    echo_used_ += static_cast<u32>(bytes);
}

void line_discipline::send_echoes() noexcept {
    if (echo_used_ == 0 || stopped_)
        return;
    const usize room = device_.output_room();
    const u32 n = room < echo_used_ ? static_cast<u32>(room) : echo_used_;
    device_.put_output(echo_, n);
    echo_used_ -= n;
    std::memmove(echo_, echo_ + n, echo_used_);
}

void line_discipline::echo_raw(u8 c) noexcept {
    char made[8];
    made[0] = static_cast<char>(c);
    emit(made, settings_.output & opost ? translate(c, made) : 1);
}

void line_discipline::echo(u8 c) noexcept {
    if (!(settings_.local & echoctl) || !is_control(c) || c == '\t')
        return echo_raw(c);
    const char text[2] = {'^', static_cast<char>(c ^ 0x40)};
    column_ += 2;
    emit(text, 2);
}

/// Echoes a character of data; the first of a line notes where the line begins.
void line_discipline::echo_first(u8 c) noexcept {
    if (!echoes())
        return;
    finish_erasing();
    if (canon_ == head_)
        canon_column_ = column_;
    echo(c);
}

void line_discipline::stop() noexcept {
    if (stopped_)
        return;
    stopped_ = true;
    device_.flow_changed(false);
}

void line_discipline::start() noexcept {
    if (!stopped_ || held_)
        return;
    stopped_ = false;
    device_.flow_changed(true);
    send_echoes();
}

void line_discipline::hold(bool held) noexcept {
    if (held_ == held)
        return;
    held_ = held;
    held ? stop() : start();
}

void line_discipline::finish_erasing() noexcept {
    if (!erasing_)
        return;
    erasing_ = false;
    echo_raw('/');
}

void line_discipline::reprint() noexcept {
    finish_erasing();
    echo(settings_.characters[vreprint]);
    echo_raw('\n');
    for (u32 i = canon_; i != head_; ++i)
        echo(at(i));
}

/// Takes one character, or one word with the blanks behind it, or all of the line away.
void line_discipline::erase(erasure what) noexcept {
    if (head_ == canon_)
        return;
    bool in_word = false;
    while (head_ != canon_) {
        u32 first = head_;
        do
            --first;
        while (continues_character(at(first)) && first != canon_);
        const u8 c = at(first);
        if (continues_character(c))
            break;  // half a character stays
        if (what == erasure::word) {
            if (is_word(c))
                in_word = true;
            else if (in_word)
                break;
        }
        const u32 bytes = head_ - first;
        head_ = first;
        if (echoes())
            rub_out(first, bytes, what);
        if (what == erasure::character)
            break;
    }
    if (head_ == canon_ && echoes())
        finish_erasing();
}

void line_discipline::kill_line() noexcept {
    constexpr u32 visibly = echok | echoke | echoe;
    if (head_ == canon_)
        return;
    if (echoes() && (settings_.local & visibly) == visibly)
        return erase(erasure::line);
    head_ = canon_;
    if (!echoes())
        return;
    finish_erasing();
    echo(settings_.characters[vkill]);
    if (settings_.local & echok)
        echo_raw('\n');
}

/// Shows that the character at `first` is gone.
void line_discipline::rub_out(u32 first, u32 bytes, erasure what) noexcept {
    const u8 c = at(first);
    const u32 local = settings_.local;
    if (local & echoprt) {
        if (!erasing_)
            echo_raw('\\');
        erasing_ = true;
        echo(c);
        for (u32 i = 1; i < bytes; ++i)
            echo_raw(at(first + i));
        return;
    }
    if (what == erasure::character && !(local & echoe))
        return echo(settings_.characters[verase]);
    if (c == '\t')
        return rub_out_tab(first);
    const unsigned width = !is_control(c) ? 1 : local & echoctl ? 2 : 0;
    for (unsigned i = 0; i < width; ++i)
        for (const char* back = "\b \b"; *back; ++back)
            echo_raw(static_cast<u8>(*back));
}

/// A tab was as wide as what stood before it in its eight columns left over.
void line_discipline::rub_out_tab(u32 place) noexcept {
    u32 before = 0;
    bool after_tab = false;
    while (place != canon_ && !after_tab) {
        const u8 c = at(--place);
        after_tab = c == '\t';
        if (after_tab)
            break;
        if (is_control(c))
            before += settings_.local & echoctl ? 2 : 0;
        else
            before += !continues_character(c);
    }
    if (!after_tab)
        before += canon_column_;
    const u32 columns = 8 - before % 8;
    column_ = column_ > columns ? column_ - columns : 0;
    emit("\b\b\b\b\b\b\b\b", columns);
}

}  // namespace osprey::fs
