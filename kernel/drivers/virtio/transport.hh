// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <arch/interrupts.hh>
#include <base/result.hh>
#include <base/types.hh>
#include <drivers/virtio/ring.hh>
#include <string_view>

namespace osprey::drivers::virtio {

/// Bits of the device status (virtio 1.2 §2.1).
enum status_bit : u8 {
    acknowledged = 1,
    driver_known = 2,
    driver_ready = 4,
    features_agreed = 8,
    needs_reset = 64,
    failed = 128,
};

/// Device numbers (§5).
enum class device_kind : u32 { network = 1, block = 2, console = 3, entropy = 4 };

/// A queue together with its memory.
struct queue {
    ring entries;
    u16 number = 0;
    physical_address memory{};
};

/// How the registers of one device are reached: PCI or MMIO, modern or legacy. Drivers see no
/// difference. Lives for ever.
/// Context: threads, but for `notify` (any).
class transport {
public:
    virtual ~transport() = default;

    [[nodiscard]] device_kind kind() const noexcept { return kind_; }
    [[nodiscard]] u64 features() const noexcept { return features_; }
    [[nodiscard]] bool has(unsigned feature) const noexcept { return features_ >> feature & 1; }

    /// §3.1.1 up to step 6: resets the device and agrees on those of `wanted` that it offers, with
    /// the ring features added. @return `errc::not_supported` if the device does not accept.
    result<void> begin(u64 wanted) noexcept;
    /// The device may work from here on.
    void finish() noexcept { set_status(status() | driver_ready); }
    /// Gives up: the device is told and stays silent.
    void fail() noexcept { set_status(status() | failed); }

    /// Sets queue `number` up with at most `most` entries; its interrupt runs `handler(context)`
    /// in interrupt context. @return `errc::no_device_or_address`: no such queue.
    /// `cpu`: where it does so, if the device can tell queues apart.
    result<void> open_queue(queue& q, u16 number, u16 most, arch::interrupt_handler handler,
                            void* context, u32 cpu = 0) noexcept;
    /// Runs `handler(context)` in interrupt context when the device's configuration has changed; it
    /// may also be called for nothing. Between `begin` and `finish`.
    virtual result<void> bind_config(arch::interrupt_handler handler, void* context) noexcept = 0;
    virtual void notify(const queue& q) noexcept = 0;

    /// Reads the device's own configuration, again while it changes (§2.5.1).
    void read_config(u32 offset, void* to, usize bytes) noexcept;
    template <typename T>
    T config(u32 offset) noexcept {
        T value;
        read_config(offset, &value, sizeof value);
        return value;
    }

protected:
    explicit transport(device_kind kind) noexcept : kind_{kind} {}
    /// Runs all handlers: for interrupts that cannot tell queues apart.
    void run_handlers() noexcept;

    virtual u8 status() noexcept = 0;
    virtual void set_status(u8 bits) noexcept = 0;
    virtual u64 offered_features() noexcept = 0;
    virtual void set_features(u64 agreed) noexcept = 0;
    [[nodiscard]] virtual bool legacy() const noexcept = 0;
    virtual u32 config_generation() noexcept { return 0; }
    virtual void read_config_bytes(u32 offset, u8* to, usize bytes) noexcept = 0;
    /// Largest number of entries of a queue, 0: there is none. Selects the queue for the next two.
    virtual u16 select_queue(u16 number) noexcept = 0;
    /// Can the driver choose fewer entries?
    [[nodiscard]] virtual bool fixed_queue_size() const noexcept { return false; }
    virtual result<void> bind_queue(u16 number, u32 cpu, arch::interrupt_handler handler,
                                    void* context) noexcept = 0;
    virtual void enable_queue(const queue& q) noexcept = 0;

    /// Adds to what `run_handlers` runs. @return `errc::no_space`.
    result<void> add_handler(arch::interrupt_handler handler, void* context) noexcept;

private:
    struct listener {
        arch::interrupt_handler handler;
        void* context;
    };
    const device_kind kind_;
    u64 features_ = 0;
    listener listeners_[80] = {};
    std::atomic<usize> listener_count_{0};
};

}  // namespace osprey::drivers::virtio
