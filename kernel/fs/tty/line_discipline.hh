// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <base/types.hh>

namespace osprey::fs {

/// struct termios of the Linux ABI (asm-generic/termbits.h), with the speeds of termios2.
struct terminal_settings {
    u32 input = 0x4500;  // ICRNL | IXON | IUTF8
    u32 output = 0x5;    // OPOST | ONLCR
    u32 control = 0xbf;  // CS8 | CREAD | B38400
    u32 local = 0x8a3b;  // ISIG ICANON ECHO ECHOE ECHOK ECHOCTL ECHOKE IEXTEN
    u8 line = 0;
    u8 characters[19] = {3, 28, 127, 21, 4, 0, 1, 0, 17, 19, 26, 0, 18, 15, 23, 22, 0, 0, 0};
    u32 input_speed = 38400, output_speed = 38400;
};
static_assert(sizeof(terminal_settings) == 44);
inline constexpr usize termios_bytes = 36;  // struct termios: without the speeds

/// What a terminal does between the device and the program: editing of lines, echo, signals from
/// the keyboard, and newline translation on output (termios(3)).
///
/// No locks and no waiting here: its user serialises calls.
class line_discipline {
public:
    /// What `receive` wants done; the user of the class implements it.
    class actions {
    public:
        virtual void echo(const char* text, usize bytes) noexcept = 0;
        virtual void signal(int number) noexcept = 0;

    protected:
        ~actions() = default;
    };

    terminal_settings settings;

    [[nodiscard]] bool canonical() const noexcept { return settings.local & 2; }
    /// A character from the device.
    void receive(char c, actions& to) noexcept;
    /// Takes what a read(2) of `room` bytes gets now: in canonical mode at most one line.
    usize take(char* to, usize room) noexcept;
    /// Is there something for read(2)? In canonical mode a whole line, or an end of file.
    [[nodiscard]] bool ready() const noexcept { return canonical() ? lines_ != 0 : used_ != 0; }
    /// An end of file (VEOF on an empty line) is the next thing to read.
    [[nodiscard]] bool at_end_of_file() const noexcept;
    [[nodiscard]] usize available() const noexcept { return ready() ? used_ : 0; }
    void flush_input() noexcept;
    /// Canonical mode was left: what was typed so far becomes readable.
    void mode_changed(bool was_canonical) noexcept;

    /// Translates output. `to` has room for 2 * bytes. @return bytes made.
    usize translate_output(const char* from, usize bytes, char* to) noexcept;

private:
    static constexpr usize capacity = 4096;
    static constexpr u8 data = 0, line_end = 1, file_end = 2;
    void push(char c, u8 mark) noexcept;
    void echo(char c, actions& to) noexcept;
    void erase(actions& to) noexcept;

    char text_[capacity];
    u8 marks_[capacity];
    usize head_ = 0, used_ = 0;
    u32 lines_ = 0;      // finished lines in the ring
    usize current_ = 0;  // bytes of the line being typed, at the end of the ring
    bool literal_ = false;
};

}  // namespace osprey::fs
