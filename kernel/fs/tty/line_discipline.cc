// SPDX-License-Identifier: BSD-3-Clause
// Input: characters become lines, signals and flow control.
#include <cstring>
#include <fs/tty/line_discipline.hh>
#include <initializer_list>

namespace osprey::fs {

using namespace termios;

namespace {
constexpr int sigint = 2, sigquit = 3, sigtstp = 20;
constexpr u8 file_end = 0;  // what a character that is switched off is, too

u8 lower(u8 c) noexcept {
    return c >= 'A' && c <= 'Z' ? static_cast<u8>(c + 32) : c;
}
}  // namespace

void termios::name_speeds(struct settings& s) noexcept {
    constexpr u32 speeds[] = {0,       50,      75,      110,     134,     150,     200,    300,
                              600,     1200,    1800,    2400,    4800,    9600,    19200,  38400,
                              57600,   115200,  230400,  460800,  500000,  576000,  921600, 1000000,
                              1152000, 1500000, 2000000, 2500000, 3000000, 3500000, 4000000};
    constexpr u32 other = cbaudex;  // BOTHER: as the numbers say
    constexpr unsigned input_shift = 16;
    const auto speed_of = [&](u32 bits, u32 told) noexcept {
        if (bits == other)
            return told;
        const u32 index = bits & cbaudex ? (bits & 0xf) + 15 : bits;
        return index < sizeof speeds / sizeof *speeds ? speeds[index] : 0;
    };
    s.output_speed = speed_of(s.control & cbaud, s.output_speed);
    const u32 input = s.control >> input_shift & cbaud;
    s.input_speed = input ? speed_of(input, s.input_speed) : s.output_speed;
}

void line_discipline::mark_end(u32 place, bool is_end) noexcept {
    const u64 bit = u64{1} << place % 64;
    u64& word = ends_[place % capacity / 64];
    word = is_end ? word | bit : word & ~bit;
}

void line_discipline::note_special_characters() noexcept {
    std::memset(special_, 0, sizeof special_);
    const auto add = [this](u8 c) noexcept {
        special_[c / 64] |= u64{1} << c % 64;
    };
    const auto add_all = [&](std::initializer_list<character> all) noexcept {
        for (character which : all)
            add(settings_.characters[which]);
    };
    const u32 input = settings_.input, local = settings_.local;
    if (input & (igncr | icrnl))
        add('\r');
    if (input & inlcr)
        add('\n');
    if (local & icanon) {
        add('\n');
        add_all({verase, vkill, veof, veol});
        if (local & iexten)
            add_all({vwerase, vlnext, veol2});
        if (local & iexten && local & termios::echo)
            add(settings_.characters[vreprint]);
    }
    if (input & ixon)
        add_all({vstart, vstop});
    if (local & isig)
        add_all({vintr, vquit, vsusp});
    special_[0] &= ~u64{1};  // a zero byte is data
}

void line_discipline::set(const struct settings& next) noexcept {
    const struct settings before = settings_;
    settings_ = next;
    if ((before.local ^ next.local) & (icanon | extproc)) {
        std::memset(ends_, 0, sizeof ends_);
        canon_ = tail_;
        // What is there becomes one line, which nothing ends.
        if (canonical() && head_ != tail_) {
            mark_end(head_ - 1, true);
            canon_ = head_;
        }
        erasing_ = literal_ = false;
    }
    note_special_characters();
    if (before.input & ixon && !(next.input & ixon))
        start();
    if (ready())
        device_.input_arrived();
}

/// Room for one more character. A line that is too long goes on in its last place, so that its end
/// can be typed.
bool line_discipline::make_room() noexcept {
    const bool marks = settings_.input & parmrk;  // then a byte of ones takes two places
    const u32 places = capacity - (head_ - tail_), needed = marks ? 2 : 1;
    if ((marks ? (places + 2) / 3 : places) > 1)
        return true;
    if (!canonical() || canon_ != tail_)
        return false;
    if (places < needed)
        head_ -= needed - places;
    return true;
}

usize line_discipline::receive(const char* from, usize bytes) noexcept {
    usize done = 0;
    while (done < bytes && make_room())
        receive_one(static_cast<u8>(from[done++]));
    return done;
}

void line_discipline::receive_one(u8 c) noexcept {
    const u32 input = settings_.input;
    if (input & istrip)
        c &= 0x7f;
    if (input & iuclc && settings_.local & iexten)
        c = lower(c);
    if (settings_.local & extproc) {
        push(c);
        return device_.input_arrived();
    }
    const bool special = !literal_ && special_[c / 64] >> c % 64 & 1;
    literal_ = false;
    if (special && receive_special(c))
        return;
    if (!special && stopped_ && input & ixon && input & ixany)
        start();
    if (special && c == '\n' && echoes()) {
        finish_erasing();
        echo_raw('\n');
    } else {
        echo_first(c);
    }
    push_data(c);
    if (!canonical())
        device_.input_arrived();
}

/// @return whether `c` has been dealt with; else it is data.
bool line_discipline::receive_special(u8& c) noexcept {
    const u32 input = settings_.input;
    if (input & ixon) {
        if (is_character(c, vstart))
            return start(), true;
        if (is_character(c, vstop))
            return stop(), true;
    }
    if (settings_.local & isig && receive_signal(c))
        return true;
    if (stopped_ && input & ixon && input & ixany)
        start();
    if (c == '\r') {
        if (input & igncr)
            return true;
        if (input & icrnl)
            c = '\n';
    } else if (c == '\n' && input & inlcr) {
        c = '\r';
    }
    return canonical() && edit_line(c);
}

bool line_discipline::receive_signal(u8 c) noexcept {
    const int number = is_character(c, vintr)   ? sigint
                       : is_character(c, vquit) ? sigquit
                       : is_character(c, vsusp) ? sigtstp
                                                : 0;
    if (number == 0)
        return false;
    if (!(settings_.local & noflsh)) {
        echo_used_ = 0;
        device_.drop_output();
        drop_input();
    }
    device_.raise_signal(number);
    if (settings_.input & ixon)
        start();
    if (echoes())
        echo(c);
    return true;
}

bool line_discipline::edit_line(u8 c) noexcept {
    const bool extended = settings_.local & iexten;
    if (is_character(c, verase))
        return erase(erasure::character), true;
    if (is_character(c, vkill))
        return kill_line(), true;
    if (extended && is_character(c, vwerase))
        return erase(erasure::word), true;
    if (extended && is_character(c, vlnext)) {
        literal_ = true;
        if (echoes()) {
            finish_erasing();
            if (settings_.local & echoctl) {
                echo_raw('^');
                echo_raw('\b');
            }
        }
        return true;
    }
    if (extended && echoes() && is_character(c, vreprint))
        return reprint(), true;
    if (c == '\n') {
        if (settings_.local & (termios::echo | echonl))
            echo_raw('\n');
        return end_line(c), true;
    }
    if (is_character(c, veof))
        return end_line(file_end), true;
    if (is_character(c, veol) || (extended && is_character(c, veol2))) {
        if (echoes()) {
            if (canon_ == head_)
                canon_column_ = column_;
            echo(c);
        }
        if (c == 0xff && settings_.input & parmrk)
            push(c);
        return end_line(c), true;
    }
    return false;
}

void line_discipline::end_line(u8 c) noexcept {
    mark_end(head_, true);
    push(c);
    canon_ = head_;
    device_.input_arrived();
}

void line_discipline::push_data(u8 c) noexcept {
    if (c == 0xff && settings_.input & parmrk)
        push(c);
    push(c);
}

usize line_discipline::available() const noexcept {
    if (!by_line())
        return head_ - tail_;
    usize bytes = 0;
    for (u32 i = tail_; i != canon_; ++i)
        bytes += !(ends_line(i) && text_[i % capacity] == file_end);
    return bytes;
}

usize line_discipline::take(char* to, usize room, bool& finished) noexcept {
    usize done = 0;
    finished = false;
    const bool lines = by_line();
    const u32 end = lines ? canon_ : head_;
    while (tail_ != end && !finished) {
        finished = lines && ends_line(tail_);
        const bool is_data = !finished || at(tail_) != file_end;
        // An end of file right behind what fills the room belongs to it: nobody reads 0 there.
        if (is_data && done == room) {
            finished = false;
            break;
        }
        if (is_data)
            to[done++] = static_cast<char>(at(tail_));
        if (finished)
            mark_end(tail_, false);
        ++tail_;
    }
    if (!lines)
        canon_ = tail_;
    return done;
}

void line_discipline::drop_input() noexcept {
    tail_ = canon_ = head_ = 0;
    std::memset(ends_, 0, sizeof ends_);
    literal_ = erasing_ = false;
    device_.input_dropped();
}

}  // namespace osprey::fs
