// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <fs/tty/termios.hh>

namespace osprey::fs {

/// What a terminal does between a device and its programs: editing of lines, echo, signals from the
/// keyboard, flow control by characters and translation of output, as n_tty of Linux does it
/// (termios(3)).
///
/// Input is a ring of 4096 bytes. In canonical mode the part before `canon_` is finished lines,
/// whose last bytes have a bit in `ends_`, and the rest is the line being typed. An end of file is
/// a marked zero byte, which reads leave out.
///
/// No locks and no waiting here: the terminal serialises calls, and `device` is called inside them.
class line_discipline {
public:
    /// Where output goes, and what happens besides.
    class device {
    public:
        /// How many bytes `put_output` takes now.
        virtual usize output_room() noexcept = 0;
        virtual void put_output(const char* text, usize bytes) noexcept = 0;
        /// Drops output that has not been sent.
        virtual void drop_output() noexcept = 0;
        virtual void raise_signal(int number) noexcept = 0;
        virtual void input_arrived() noexcept = 0;
        /// All input was dropped.
        virtual void input_dropped() noexcept = 0;
        /// Output was stopped, or goes on.
        virtual void flow_changed(bool runs) noexcept = 0;

    protected:
        ~device() = default;
    };

    explicit line_discipline(device& d) noexcept : device_{d} { note_special_characters(); }

    [[nodiscard]] const termios::settings& settings() const noexcept { return settings_; }
    void set(const termios::settings& next) noexcept;

    /// Characters from the device. @return how many there was room for.
    usize receive(const char* from, usize bytes) noexcept;
    /// What read(2) gets: in canonical mode at most one line, `finished` tells its end.
    usize take(char* to, usize room, bool& finished) noexcept;
    /// Is there something for read(2)? In canonical mode a whole line or an end of file, else
    /// `least` bytes.
    [[nodiscard]] bool ready(usize least = 1) const noexcept {
        return by_line() ? canon_ != tail_ : head_ - tail_ >= least;
    }
    /// FIONREAD.
    [[nodiscard]] usize available() const noexcept;
    void drop_input() noexcept;

    /// Translates output. @return how many bytes of it there was room for.
    usize write(const char* from, usize bytes) noexcept;
    /// Sends echoes that found no room.
    void send_echoes() noexcept;

    void stop() noexcept;
    void start() noexcept;
    /// TCXONC: output that a program has stopped is not started by a character.
    void hold(bool held) noexcept;
    [[nodiscard]] bool stopped() const noexcept { return stopped_; }
    /// Reads end at lines.
    [[nodiscard]] bool by_line() const noexcept {
        return (settings_.local & (termios::icanon | termios::extproc)) == termios::icanon;
    }

private:
    static constexpr u32 capacity = 4096;
    enum class erasure : u8 { character, word, line };

    [[nodiscard]] bool canonical() const noexcept { return settings_.local & termios::icanon; }
    [[nodiscard]] u8& at(u32 place) noexcept { return text_[place % capacity]; }
    [[nodiscard]] bool ends_line(u32 place) const noexcept {
        return ends_[place % capacity / 64] >> place % 64 & 1;
    }
    void mark_end(u32 place, bool is_end) noexcept;
    [[nodiscard]] bool continues_character(u8 c) const noexcept {
        return settings_.input & termios::iutf8 && (c & 0xc0) == 0x80;
    }
    [[nodiscard]] bool is_character(u8 c, termios::character which) const noexcept {
        return c == settings_.characters[which];
    }
    void note_special_characters() noexcept;

    // Input
    [[nodiscard]] bool make_room() noexcept;
    void receive_one(u8 c) noexcept;
    bool receive_special(u8& c) noexcept;
    bool receive_signal(u8 c) noexcept;
    bool edit_line(u8 c) noexcept;
    void end_line(u8 c) noexcept;
    void push(u8 c) noexcept { at(head_++) = c; }
    void push_data(u8 c) noexcept;
    void reprint() noexcept;
    void erase(erasure what) noexcept;
    void kill_line() noexcept;
    void rub_out(u32 first, u32 bytes, erasure what) noexcept;
    void rub_out_tab(u32 place) noexcept;
    void finish_erasing() noexcept;

    // Output
    /// @return bytes that `c` becomes; `to` has room for 8.
    usize translate(u8 c, char* to) noexcept;
    void emit(const char* text, usize bytes) noexcept;
    void echo_raw(u8 c) noexcept;
    void echo(u8 c) noexcept;
    void echo_first(u8 c) noexcept;
    [[nodiscard]] bool echoes() const noexcept { return settings_.local & termios::echo; }

    device& device_;
    termios::settings settings_;
    u64 special_[4] = {};  // characters that `receive_special` has to see
    u32 tail_ = 0, canon_ = 0, head_ = 0;
    u32 column_ = 0;
    u32 canon_column_ = 0;  // where the line being typed begins
    u32 echo_used_ = 0;
    bool literal_ = false;  // the next character means itself
    bool erasing_ = false;  // ECHOPRT: between \ and /
    bool stopped_ = false, held_ = false;
    u64 ends_[capacity / 64] = {};
    u8 text_[capacity];
    char echo_[capacity];  // echoes that wait for room
};

}  // namespace osprey::fs
