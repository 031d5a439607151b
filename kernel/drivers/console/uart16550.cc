// SPDX-License-Identifier: BSD-3-Clause
// National Semiconductor PC16550D: the serial port of every PC. Output is polled, as the log and
// the crash report need it; input comes by interrupt. Registers as in the data sheet's section 8.
#include <algorithm>
#include <arch/cpu.hh>
#include <arch/interrupts.hh>
#include <arch/io.hh>
#include <base/heap.hh>
#include <base/log_ring.hh>
#include <base/spsc_ring.hh>
#include <bus/acpi.hh>
#include <drivers/console/character_port.hh>
#include <drivers/console/uart16550.hh>
#include <sched/scheduler.hh>

namespace osprey::drivers {
namespace {

constexpr u16 com1 = 0x3f8;
constexpr u16 transmit_holding = com1 + 0, divisor_low = com1 + 0, divisor_high = com1 + 1;
constexpr u16 interrupt_enable = com1 + 1, fifo_control = com1 + 2, line_control = com1 + 3;
constexpr u16 modem_control = com1 + 4, line_status = com1 + 5;
constexpr u16 receive_buffer = com1 + 0;
constexpr u8 com1_irq = 4, data_ready = 1, interrupt_on_data = 1;
constexpr u8 transmitter_empty = 0x20, divisor_access = 0x80, eight_bits = 3;
constexpr usize fifo_size = 16;
constexpr unsigned patience = 1'000'000;  // polls; a UART without a reader must not hang the kernel

constinit bool present = false;

void wait_for_room() noexcept {
    for (unsigned i = 0; i < patience && !(arch::port_in8(line_status) & transmitter_empty); ++i)
        arch::relax();
}

void put(std::string_view bytes) noexcept {
    while (!bytes.empty()) {
        wait_for_room();
        const usize burst = std::min(bytes.size(), fifo_size);
        for (char c : bytes.substr(0, burst))
            arch::port_out8(transmit_holding, static_cast<u8>(c));
        bytes.remove_prefix(burst);
    }
}

class serial_port final : public character_port {
public:
    [[nodiscard]] std::string_view name() const noexcept override { return "ttyS0"; }
    result<usize> write(const void* data, usize bytes) noexcept override {
        put({static_cast<const char*>(data), bytes});
        return bytes;
    }
    usize read(void* data, usize room) noexcept override {
        usize n = 0;
        while (n < room && input_.pop(static_cast<u8*>(data)[n]))
            ++n;
        if (n != 0)
            call_mover();  // it may have stopped for want of room
        return n;
    }
    [[nodiscard]] bool input_ready() const noexcept override { return !input_.empty(); }

    /// The driver's thread: moves what arrived into the ring.
    [[noreturn]] void move_input() noexcept {
        for (;;) {
            bool arrived = false;
            while (has_room() && (arch::port_in8(line_status) & data_ready))
                arrived |= input_.push(arch::port_in8(receive_buffer));
            if (arrived)
                input_arrived.wake_all(event_readable);
            if (has_room())
                arch::port_out8(interrupt_enable, interrupt_on_data);
            (void)sched::wait_until([this] { return attention_.exchange(false); });
        }
    }
    /// Interrupt context: quiet until the thread has taken everything.
    void interrupt() noexcept {
        arch::port_out8(interrupt_enable, 0);
        call_mover();
    }
    refptr<sched::thread> mover;

private:
    static constexpr usize capacity = 4096;
    static constexpr u32 event_readable = 0x01 | 0x40;  // POLLIN | POLLRDNORM

    [[nodiscard]] bool has_room() const noexcept { return input_.size() < capacity; }
    void call_mover() noexcept {
        attention_.store(true);
        sched::wake(*mover);
    }

    spsc_ring<u8, capacity> input_;
    std::atomic<bool> attention_{false};
};

}  // namespace

void start_serial_port() noexcept {
    if (!present)
        return;
    auto port = make_unique<serial_port>();
    if (!port) {
        log::error("ttyS0: no memory");
        return;
    }
    serial_port* self = port->release();  // stays for the life of the system
    auto mover = sched::thread::create(
        "ttyS0", [](void* of) { static_cast<serial_port*>(of)->move_input(); }, self);
    if (!mover) {
        log::error("ttyS0: no memory");
        delete self;
        return;
    }
    self->mover = std::move(mover).value();
    const auto bound = arch::bind_gsi(
        bus::acpi::gsi_of_irq(com1_irq), arch::trigger::edge_high,
        [](void* of) noexcept { static_cast<serial_port*>(of)->interrupt(); }, self, "ttyS0");
    if (!bound)
        log::warning("ttyS0: no interrupt, so no input ({})", name_of(bound.error()));
    arch::port_out8(modem_control, 0xb);  // DTR, RTS, OUT2: lets the interrupt out
    register_character_port(*self);
    self->mover->start();
}

void write_early_console(std::string_view text) noexcept {
    while (present && !text.empty()) {
        const usize line = std::min(text.find('\n'), text.size());
        put(text.substr(0, line));
        if (line == text.size())
            return;
        put("\r\n");
        text.remove_prefix(line + 1);
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
