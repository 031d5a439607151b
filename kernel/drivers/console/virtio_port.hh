// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <drivers/console/program_port.hh>
#include <drivers/virtio/request_queue.hh>
#include <sync/event.hh>

namespace osprey::drivers::virtio {

/// Interrupt handler of all queues that the device's thread looks after: one vector serves them.
inline void signal_event(void* event) noexcept {
    static_cast<sync::event*>(event)->signal();
}

/// What a port needs of the console device that it is one of.
class port_owner {
public:
    /// Tells the device whether somebody in the guest listens at the port.
    virtual void tell_open(u32 port, bool open) noexcept = 0;
    virtual transport& device() noexcept = 0;
    /// Signalled by interrupts of the ports' input queues.
    virtual sync::event& changed() noexcept = 0;
    [[nodiscard]] virtual u32 index() const noexcept = 0;
    /// Held while a queue is set up: the device's registers are for one at a time.
    sync::mutex setting_up;

protected:
    ~port_owner() = default;
};

/// One port of a virtio console: a byte stream each way. Lives for ever.
///
/// Input stays in the buffers that the device filled until somebody reads it; only then they are
/// offered again, so the host stops sending to a guest that does not read. Output is given to the
/// device a page at a time and waits until the host has taken it: a slow host slows the writer
/// down, and nothing is lost when the machine is switched off after a write.
///
/// A port that the kernel uses itself is open from the start, one for programs (`program_port`)
/// while a program has it open; its queues are made when that first happens.
class virtio_port final : public program_port {
public:
    virtio_port(port_owner& owner, u16 number) noexcept
        : owner_{owner}, device_{owner.device()}, number_{number} {}
    /// Sets the queues up. Once, or again after it failed.
    result<void> open() noexcept;
    /// Who will use it.
    enum class user : u8 { kernel, programs };
    /// Gives the port its name and registers it; one of the kernel's own begins to work. After the
    /// device works.
    result<void> start(std::string_view name, user by) noexcept;
    [[nodiscard]] bool started() const noexcept { return name_size_ != 0; }
    [[nodiscard]] bool is_open() const noexcept { return opened_.load(std::memory_order_relaxed); }
    /// Wakes readers if there is something to read. Context: the device's thread.
    void announce_input() noexcept;

    /// The host came or went. Context: the device's thread.
    void set_host_connected(bool connected) noexcept;

    u32 device_index() const noexcept override { return owner_.index(); }
    u32 port_number() const noexcept override { return number_; }
    result<void> connect() noexcept override;
    void disconnect() noexcept override;
    bool host_connected() const noexcept override {
        return host_connected_.load(std::memory_order_acquire);
    }

    std::string_view name() const noexcept override { return {name_, name_size_}; }
    result<usize> write(const void* data, usize bytes) noexcept override;
    usize read(void* data, usize room) noexcept override;
    bool input_ready() const noexcept override {
        return opened_.load(std::memory_order_acquire) &&
               (left_.load(std::memory_order_acquire) != 0 || in_.entries.has_used());
    }

private:
    static constexpr u32 input_buffers = 4, input_bytes = page_size / input_buffers;

    void offer(u32 buffer) noexcept;
    void offer_all() noexcept;

    port_owner& owner_;
    transport& device_;
    const u16 number_;
    std::atomic<bool> opened_{false};  // the queues are set up
    std::atomic<bool> taken_{false};   // a program has it open
    std::atomic<bool> host_connected_{false};
    queue in_;
    physical_address in_memory_{}, out_memory_{};
    request_queue out_;
    sync::mutex reading_;  // guards in_ and the three below; nothing is taken inside
    u32 buffer_ = 0;       // being read
    u32 position_ = 0;
    std::atomic<u32> left_{0};
    sync::mutex writing_;  // keeps writes whole; held while the host is slow
    char name_[48] = {};
    usize name_size_ = 0;
};

}  // namespace osprey::drivers::virtio
