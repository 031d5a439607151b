// SPDX-License-Identifier: BSD-3-Clause
// National Semiconductor PC16550D: the serial port of every PC. Only the polling half that the
// log and the crash report need; registers as in the data sheet's section 8.
#include <arch/cpu.hh>
#include <arch/io.hh>
#include <base/log_ring.hh>
#include <drivers/console/uart16550.hh>

namespace osprey::drivers {
namespace {

constexpr u16 com1 = 0x3f8;
constexpr u16 transmit_holding = com1 + 0, divisor_low = com1 + 0, divisor_high = com1 + 1;
constexpr u16 interrupt_enable = com1 + 1, fifo_control = com1 + 2, line_control = com1 + 3;
constexpr u16 modem_control = com1 + 4, line_status = com1 + 5;
constexpr u8 transmitter_empty = 0x20, divisor_access = 0x80, eight_bits = 3;
constexpr usize fifo_size = 16;
constexpr unsigned patience = 1'000'000;  // polls; a UART without a reader must not hang the kernel

constinit bool present = false;

void wait_for_room() noexcept {
    for (unsigned i = 0; i < patience && !(arch::port_in8(line_status) & transmitter_empty); ++i)
        arch::relax();
}

}  // namespace

void write_early_console(std::string_view text) noexcept {
    if (!present)
        return;
    usize room = 0;
    auto put = [&room](char c) {
        if (room == 0) {
            wait_for_room();
            room = fifo_size;
        }
        arch::port_out8(transmit_holding, static_cast<u8>(c));
        --room;
    };
    for (char c : text) {
        if (c == '\n')
            put('\r');
        put(c);
    }
}

void initialize_early_console() noexcept {
    if (arch::port_in8(line_status) == 0xff)
        return;
    present = true;
    arch::port_out8(interrupt_enable, 0);
    arch::port_out8(line_control, divisor_access);
    arch::port_out8(divisor_low, 1);
    arch::port_out8(divisor_high, 0);
    arch::port_out8(line_control, eight_bits);
    arch::port_out8(fifo_control, 7);   // on, both cleared
    arch::port_out8(modem_control, 3);  // DTR, RTS
    log::set_console(write_early_console);
}

}  // namespace osprey::drivers
