// SPDX-License-Identifier: BSD-3-Clause
// Virtio over PCI as before version 1.0: registers in the ports of base address 0
// (virtio 1.2 §4.1.4.10).
#include <arch/pci_ports.hh>
#include <drivers/virtio/pci_interrupts.hh>
#include <drivers/virtio/pci_transport.hh>

namespace osprey::drivers::virtio {
namespace {

namespace ports = arch::pci_ports;

enum port : u16 {
    device_features = 0,
    driver_features = 4,
    queue_page = 8,
    queue_size = 12,
    queue_select = 14,
    queue_notify = 16,
    device_status = 18,
    interrupt_status = 19,
    config_without_messages = 20,
    config_vector = 20,
    queue_vector = 22,
    config_with_messages = 24,
};

class legacy_pci final : public transport {
public:
    legacy_pci(device_kind kind, bus::pci::function& f, u16 base) noexcept
        : transport{kind}, interrupts_{f}, base_{base} {}
    void notify(const queue& q) noexcept override { out(queue_notify, 2, q.number); }

private:
    u32 in(u16 reg, unsigned bytes) noexcept {
        return ports::in(static_cast<u16>(base_ + reg), bytes);
    }
    void out(u16 reg, unsigned bytes, u32 value) noexcept {
        ports::out(static_cast<u16>(base_ + reg), bytes, value);
    }
    u8 status() noexcept override { return static_cast<u8>(in(device_status, 1)); }
    void set_status(u8 bits) noexcept override { out(device_status, 1, bits); }
    bool legacy() const noexcept override { return true; }
    u64 offered_features() noexcept override { return in(device_features, 4); }
    void set_features(u64 agreed) noexcept override {
        out(driver_features, 4, static_cast<u32>(agreed));
    }
    void read_config_bytes(u32 offset, u8* to, usize bytes) noexcept override {
        const u16 start = interrupts_.by_message() ? config_with_messages : config_without_messages;
        for (usize i = 0; i < bytes; ++i)
            to[i] = static_cast<u8>(in(static_cast<u16>(start + offset + i), 1));
    }
    u16 select_queue(u16 number) noexcept override {
        out(queue_select, 2, number);
        return static_cast<u16>(in(queue_size, 2));
    }
    bool fixed_queue_size() const noexcept override { return true; }
    result<void> bind_wire(arch::interrupt_handler handler, void* context) noexcept {
        TRY_VOID(add_handler(handler, context));
        return interrupts_.bind_wire(
            [](void* self) noexcept {
                auto& t = *static_cast<legacy_pci*>(self);
                // Reading acknowledges. Bit 0: a queue, bit 1: the configuration (§4.1.4.5).
                if (t.in(interrupt_status, 1) & 3)
                    t.run_handlers();
            },
            this);
    }
    result<void> bind_queue(u16, u32 cpu, arch::interrupt_handler handler,
                            void* context) noexcept override {
        return bind_register(queue_vector, cpu, handler, context);
    }
    result<void> bind_config(arch::interrupt_handler handler, void* context) noexcept override {
        return bind_register(config_vector, 0, handler, context);
    }
    result<void> bind_register(u16 reg, u32 cpu, arch::interrupt_handler handler,
                               void* context) noexcept {
        if (!interrupts_.by_message())
            return bind_wire(handler, context);
        const u16 vector = TRY(interrupts_.bind(cpu, handler, context));
        out(reg, 2, vector);
        return in(reg, 2) == vector ? result<void>{} : errc::no_space;
    }
    void enable_queue(const queue& q) noexcept override {
        out(queue_page, 4, static_cast<u32>(raw(q.memory) >> page_shift));
    }

    pci_interrupts interrupts_;
    const u16 base_;
};

}  // namespace

result<transport*> open_legacy_pci(device_kind kind, bus::pci::function& f) noexcept {
    const auto bar = f.get_base_address(0);
    if (!bar.ports || bar.start == 0)
        return errc::no_device_or_address;
    f.set_command(bus::pci::io_decoding | bus::pci::bus_mastering);
    auto legacy = TRY(make_unique<legacy_pci>(kind, f, static_cast<u16>(bar.start)));
    return static_cast<transport*>(legacy.release());
}

}  // namespace osprey::drivers::virtio
