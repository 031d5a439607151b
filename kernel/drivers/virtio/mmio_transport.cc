// SPDX-License-Identifier: BSD-3-Clause
// Virtio over MMIO (virtio 1.2 §4.2), version 2 and the legacy version 1 (§4.2.4).
#include <base/log.hh>
#include <drivers/virtio/mmio_transport.hh>
#include <drivers/virtio/pci_transport.hh>
#include <memory/kernel_map.hh>

namespace osprey::drivers::virtio {
namespace {

constexpr u32 magic = 0x74726976;  // "virt"

/// Byte offsets of the 32-bit registers.
enum mmio_register : u32 {
    magic_value = 0x000,
    version = 0x004,
    device_id = 0x008,
    device_features = 0x010,
    device_features_select = 0x014,
    driver_features = 0x020,
    driver_features_select = 0x024,
    guest_page_size = 0x028,  // version 1
    queue_select = 0x030,
    queue_size_most = 0x034,
    queue_size = 0x038,
    queue_alignment = 0x03c,  // version 1
    queue_page = 0x040,       // version 1
    queue_ready = 0x044,
    queue_notify = 0x050,
    interrupt_status = 0x060,
    interrupt_acknowledge = 0x064,
    device_status = 0x070,
    queue_descriptors = 0x080,
    queue_driver = 0x090,
    queue_device = 0x0a0,
    generation = 0x0fc,
    device_config = 0x100,
};

class mmio final : public transport {
public:
    mmio(device_kind kind, volatile u8* base, u32 bytes, u32 gsi, u32 version) noexcept
        : transport{kind}, base_{base}, bytes_{bytes}, gsi_{gsi}, version_{version} {
        if (legacy())
            write(guest_page_size, page_size);
    }
    void notify(const queue& q) noexcept override { write(queue_notify, q.number); }

private:
    u32 read(u32 reg) noexcept { return *reinterpret_cast<volatile u32*>(base_ + reg); }
    void write(u32 reg, u32 value) noexcept {
        *reinterpret_cast<volatile u32*>(base_ + reg) = value;
    }
    void write_wide(u32 reg, u64 value) noexcept {
        write(reg, static_cast<u32>(value));
        write(reg + 4, static_cast<u32>(value >> 32));
    }

    u8 status() noexcept override { return static_cast<u8>(read(device_status)); }
    void set_status(u8 bits) noexcept override {
        write(device_status, bits);
        if (legacy() && bits == 0)
            write(guest_page_size, page_size);  // a reset forgets it
    }
    bool legacy() const noexcept override { return version_ == 1; }
    u64 offered_features() noexcept override {
        write(device_features_select, 0);
        const u64 low = read(device_features);
        if (legacy())
            return low;
        write(device_features_select, 1);
        return low | u64{read(device_features)} << 32;
    }
    void set_features(u64 agreed) noexcept override {
        write(driver_features_select, 0);
        write(driver_features, static_cast<u32>(agreed));
        if (legacy())
            return;
        write(driver_features_select, 1);
        write(driver_features, static_cast<u32>(agreed >> 32));
    }
    u32 config_generation() noexcept override { return legacy() ? 0 : read(generation); }
    void read_config_bytes(u32 offset, u8* to, usize bytes) noexcept override {
        for (usize i = 0; i < bytes; ++i) {
            const u64 at = device_config + offset + i;
            to[i] = at < bytes_ ? base_[at] : u8{0};
        }
    }
    u16 select_queue(u16 number) noexcept override {
        write(queue_select, number);
        const u32 most = read(queue_size_most);
        return most > ring::most_entries ? u16{ring::most_entries} : static_cast<u16>(most);
    }
    result<void> bind_queue(u16, u32, arch::interrupt_handler handler,
                            void* context) noexcept override {
        return bind_config(handler, context);
    }
    result<void> bind_config(arch::interrupt_handler handler, void* context) noexcept override {
        TRY_VOID(add_handler(handler, context));
        if (bound_)
            return ok;
        bound_ = true;
        return arch::bind_gsi(
            gsi_, arch::trigger::level_high,
            [](void* self) noexcept {
                auto& t = *static_cast<mmio*>(self);
                const u32 why = t.read(interrupt_status);
                if (why == 0)
                    return;  // a neighbour on the same wire
                t.write(interrupt_acknowledge, why);
                if (why & 3)
                    t.run_handlers();
            },
            this, "virtio-mmio");
    }
    void enable_queue(const queue& q) noexcept override {
        write(queue_size, q.entries.entries());
        if (legacy()) {
            write(queue_alignment, ring::alignment);
            write(queue_page, static_cast<u32>(raw(q.memory) >> page_shift));
            return;
        }
        write_wide(queue_descriptors, raw(q.memory));
        write_wide(queue_driver, raw(q.memory) + q.entries.driver_area());
        write_wide(queue_device, raw(q.memory) + q.entries.device_area());
        write(queue_ready, 1);
    }

    volatile u8* const base_;
    const u32 bytes_;
    const u32 gsi_;
    const u32 version_;
    bool bound_ = false;
};

/// Windows are smaller than pages and lie side by side: the page of the one before often serves.
result<volatile u8*> map_window(const bus::virtio_mmio_window& window) noexcept {
    static constinit u64 mapped_page = 0;
    static constinit u8* mapping = nullptr;
    const u64 start = raw(window.start);
    const u64 page = align_down(start, page_size);
    const u64 offset = start - page;
    if (offset + window.bytes > page_size)
        return static_cast<volatile u8*>(TRY(memory::map_device(window.start, window.bytes)));
    if (page != mapped_page || !mapping) {
        mapping = static_cast<u8*>(TRY(memory::map_device(physical_address{page}, page_size)));
        mapped_page = page;
    }
    return mapping + offset;
}

}  // namespace

result<transport*> open_mmio(const bus::virtio_mmio_window& window) noexcept {
    if (window.bytes <= device_config)
        return errc::no_device;
    volatile u8* base = TRY(map_window(window));
    const auto read = [base](u32 reg) {
        return *reinterpret_cast<volatile u32*>(base + reg);
    };
    const u32 kind = read(magic_value) == magic ? read(device_id) : 0;
    const u32 spoken = kind ? read(version) : 0;
    if (kind == 0 || !is_supported(static_cast<device_kind>(kind)) || spoken < 1 || spoken > 2) {
        if (kind != 0)
            log::warning("virtio-mmio: no driver for device {} version {}", kind, spoken);
        return errc::no_device;
    }
    auto device = TRY(
        make_unique<mmio>(static_cast<device_kind>(kind), base, window.bytes, window.gsi, spoken));
    return static_cast<transport*>(device.release());
}

}  // namespace osprey::drivers::virtio
