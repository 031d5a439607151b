// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <drivers/console/character_port.hh>
#include <drivers/virtio/request_queue.hh>
#include <sync/event.hh>

namespace osprey::drivers::virtio {

/// Interrupt handler of all queues that the device's thread looks after: one vector serves them.
inline void signal_event(void* event) noexcept {
    static_cast<sync::event*>(event)->signal();
}

/// One port of a virtio console: a byte stream each way. Lives for ever.
///
/// Input stays in the buffers that the device filled until somebody reads it; only then they are
/// offered again, so the host stops sending to a guest that does not read. Output is given to the
/// device a page at a time and waits until the host has taken it: a slow host slows the writer
/// down, and nothing is lost when the machine is switched off after a write.
class virtio_port final : public character_port {
public:
    /// `changed` is signalled by the input queue's interrupt.
    virtio_port(transport& device, sync::event& changed) noexcept
        : device_{device}, changed_{changed} {}
    result<void> open(u16 number) noexcept;
    /// Offers the input buffers and registers the port. After the device works.
    void start(std::string_view name) noexcept;
    [[nodiscard]] bool started() const noexcept { return name_size_ != 0; }
    /// Wakes readers if there is something to read. Context: the device's thread.
    void announce_input() noexcept;

    std::string_view name() const noexcept override { return {name_, name_size_}; }
    result<usize> write(const void* data, usize bytes) noexcept override;
    usize read(void* data, usize room) noexcept override;
    bool input_ready() const noexcept override {
        return left_.load(std::memory_order_acquire) != 0 || in_.entries.has_used();
    }

private:
    static constexpr u32 input_buffers = 4, input_bytes = page_size / input_buffers;

    void offer(u32 buffer) noexcept;

    transport& device_;
    sync::event& changed_;
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
