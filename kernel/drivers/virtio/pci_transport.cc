// SPDX-License-Identifier: BSD-3-Clause
// Virtio over PCI by capabilities (virtio 1.2 §4.1).
#include <base/assert.hh>
#include <base/log.hh>
#include <drivers/virtio/pci_interrupts.hh>
#include <drivers/virtio/pci_transport.hh>

namespace osprey::drivers::virtio {
namespace {

constexpr u8 vendor_capability = 0x09;
enum structure : u8 { common = 1, notification = 2, interrupt_status = 3, device = 4 };

/// struct virtio_pci_common_cfg, §4.1.4.3
struct common_registers {
    u32 device_feature_select;
    u32 device_feature;
    u32 driver_feature_select;
    u32 driver_feature;
    u16 config_vector;
    u16 queue_count;
    u8 status;
    u8 config_generation;
    u16 queue_select;
    u16 queue_size;
    u16 queue_vector;
    u16 queue_enable;
    u16 queue_notify_offset;
    u64 queue_descriptors;
    u64 queue_driver;
    u64 queue_device;
};
static_assert(sizeof(common_registers) == 56);

class modern_pci final : public transport {
public:
    modern_pci(device_kind kind, bus::pci::function& f) noexcept
        : transport{kind}, function_{f}, interrupts_{f} {}

    result<void> open() noexcept {
        for (u16 at = 0; (at = function_.find_capability(vendor_capability, at)) != 0;)
            TRY_VOID(look_at(at));
        if (!common_ || !notify_ || !isr_)
            return errc::no_device_or_address;
        function_.set_command(bus::pci::memory_decoding | bus::pci::bus_mastering);
        return ok;
    }

    void notify(const queue& q) noexcept override { *notify_addresses_[q.number] = q.number; }

private:
    static constexpr u16 most_queues = 514;

    result<void> look_at(u16 at) noexcept {
        const u8 what = static_cast<u8>(function_.read(at + 3, 1));
        const u8 bar = static_cast<u8>(function_.read(at + 4, 1));
        const u32 offset = function_.read(at + 8, 4);
        const u32 bytes = function_.read(at + 12, 4);
        const auto map = [&](u32 least) -> result<void*> {
            if (bar > 5 || bytes < least)
                return errc::no_device_or_address;
            return function_.map(bar, offset, bytes);
        };
        if (what == common && !common_) {
            common_ = static_cast<volatile common_registers*>(TRY(map(sizeof(common_registers))));
        } else if (what == notification && !notify_) {
            notify_multiplier_ = function_.read(at + 16, 4);
            notify_ = static_cast<volatile u8*>(TRY(map(2)));
            notify_bytes_ = bytes;
        } else if (what == interrupt_status && !isr_) {
            isr_ = static_cast<volatile u8*>(TRY(map(1)));
        } else if (what == device && !config_) {
            config_ = static_cast<volatile u8*>(TRY(map(1)));
            config_bytes_ = bytes;
        }
        return ok;
    }

    u8 status() noexcept override { return common_->status; }
    void set_status(u8 bits) noexcept override { common_->status = bits; }
    bool legacy() const noexcept override { return false; }
    u64 offered_features() noexcept override {
        common_->device_feature_select = 0;
        const u64 low = common_->device_feature;
        common_->device_feature_select = 1;
        return low | u64{common_->device_feature} << 32;
    }
    void set_features(u64 agreed) noexcept override {
        common_->driver_feature_select = 0;
        common_->driver_feature = static_cast<u32>(agreed);
        common_->driver_feature_select = 1;
        common_->driver_feature = static_cast<u32>(agreed >> 32);
    }
    u32 config_generation() noexcept override { return common_->config_generation; }
    void read_config_bytes(u32 offset, u8* to, usize bytes) noexcept override {
        for (usize i = 0; i < bytes; ++i)
            to[i] = offset + i < config_bytes_ ? config_[offset + i] : u8{0};
    }
    u16 select_queue(u16 number) noexcept override {
        if (number >= most_queues || number >= common_->queue_count)
            return 0;
        common_->queue_select = number;
        return common_->queue_size;
    }
    result<void> bind_wire(arch::interrupt_handler handler, void* context) noexcept {
        TRY_VOID(add_handler(handler, context));
        return interrupts_.bind_wire(
            [](void* self) noexcept {
                auto& t = *static_cast<modern_pci*>(self);
                // Reading acknowledges. Bit 0: a queue, bit 1: the configuration (§4.1.4.5).
                if (*t.isr_ & 3)
                    t.run_handlers();
            },
            this);
    }
    result<void> bind_queue(u16, u32 cpu, arch::interrupt_handler handler,
                            void* context) noexcept override {
        if (!interrupts_.by_message())
            return bind_wire(handler, context);
        const u16 vector = TRY(interrupts_.bind(cpu, handler, context));
        common_->queue_vector = vector;
        return common_->queue_vector == vector ? result<void>{} : errc::no_space;
    }
    result<void> bind_config(arch::interrupt_handler handler, void* context) noexcept override {
        if (!interrupts_.by_message())
            return bind_wire(handler, context);
        const u16 vector = TRY(interrupts_.bind(0, handler, context));
        common_->config_vector = vector;
        return common_->config_vector == vector ? result<void>{} : errc::no_space;
    }
    void enable_queue(const queue& q) noexcept override {
        const u64 offset = u64{common_->queue_notify_offset} * notify_multiplier_;
        ensure(offset + 2 <= notify_bytes_, "a virtio queue's notification lies outside its BAR");
        notify_addresses_[q.number] = reinterpret_cast<volatile u16*>(notify_ + offset);
        common_->queue_size = q.entries.entries();
        // §4.1.3.1: 64-bit fields are written as two halves
        const auto write = [](volatile u64& field, u64 value) {
            auto* halves = reinterpret_cast<volatile u32*>(&field);
            halves[0] = static_cast<u32>(value);
            halves[1] = static_cast<u32>(value >> 32);
        };
        write(common_->queue_descriptors, raw(q.memory));
        write(common_->queue_driver, raw(q.memory) + q.entries.driver_area());
        write(common_->queue_device, raw(q.memory) + q.entries.device_area());
        common_->queue_enable = 1;
    }

    bus::pci::function& function_;
    pci_interrupts interrupts_;
    volatile common_registers* common_ = nullptr;
    volatile u8* notify_ = nullptr;
    volatile u8* isr_ = nullptr;
    volatile u8* config_ = nullptr;
    u64 notify_bytes_ = 0, config_bytes_ = 0;
    u32 notify_multiplier_ = 0;
    volatile u16* notify_addresses_[most_queues] = {};
};

}  // namespace

result<transport*> open_pci(bus::pci::function& f) noexcept {
    constexpr u16 first_modern = 0x1040;
    // §4.1.2: a transitional device tells its kind by the subsystem, and may speak both ways
    const auto kind = static_cast<device_kind>(
        f.device() >= first_modern ? f.device() - first_modern : f.subsystem_device());
    if (!is_supported(kind))
        return errc::no_device;
    if (f.find_capability(vendor_capability)) {
        auto modern = TRY(make_unique<modern_pci>(kind, f));
        if (modern->open())
            return static_cast<transport*>(modern.release());
        log::warning("virtio: a device's capabilities are not usable, trying the legacy interface");
    }
    if (f.device() >= first_modern)
        return errc::no_device_or_address;
    return open_legacy_pci(kind, f);
}

}  // namespace osprey::drivers::virtio
