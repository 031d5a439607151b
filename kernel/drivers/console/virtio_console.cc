// SPDX-License-Identifier: BSD-3-Clause
// Virtio console with several ports (virtio 1.2 §5.3). The device's thread keeps the control
// queue and tells readers of input; data itself is moved by the threads that read and write.
#include <base/heap.hh>
#include <base/log.hh>
#include <cstring>
#include <drivers/console/virtio_port.hh>
#include <drivers/virtio/devices.hh>
#include <memory/frame.hh>
#include <sched/thread.hh>

namespace osprey::drivers::virtio {
namespace {

constexpr u8 feature_multiport = 1;
constexpr u32 most_ports = 32;
constexpr u16 control_receive = 2, control_transmit = 3;

/// §5.3.6.2
enum control_event : u16 {
    device_ready = 0,
    port_add = 1,
    port_remove = 2,
    port_ready = 3,
    console_port = 4,
    resize = 5,
    port_open = 6,
    port_name = 7,
};
struct control_message {
    u32 port;
    u16 event;
    u16 value;
};
static_assert(sizeof(control_message) == 8);

class console final : public port_owner {
public:
    console(transport& device, u32 index) noexcept : device_{device}, index_{index} {}
    result<void> open() noexcept;

    void tell_open(u32 port, bool open) noexcept override {
        if (several_ports_)
            send(port, port_open, open);
    }
    transport& device() noexcept override { return device_; }
    sync::event& changed() noexcept override { return something_; }
    u32 index() const noexcept override { return index_; }

private:
    // The device drops control messages for which there is no buffer
    static constexpr u32 control_buffers = 64, control_bytes = 128;

    result<void> open_control() noexcept;
    void offer(u32 buffer) noexcept;
    void send(u32 port, control_event event, u16 value) noexcept;
    void take_messages() noexcept;
    void handle(const control_message& m, std::string_view text) noexcept;
    result<void> add_port(u32 number) noexcept;
    void start_port(u32 number, std::string_view name, virtio_port::user by) noexcept;
    [[noreturn]] void run() noexcept;

    transport& device_;
    const u32 index_;
    queue control_;
    physical_address control_memory_{};
    request_queue control_out_;
    sync::event something_;  // input or a message came
    bool several_ports_ = false;
    u32 consoles_ = 0;
    std::atomic<virtio_port*> ports_[most_ports] = {};
};

result<void> console::open() noexcept {
    TRY_VOID(device_.begin(u64{1} << feature_multiport));
    several_ports_ = device_.has(feature_multiport);
    if (several_ports_)
        TRY_VOID(open_control());
    else {
        TRY_VOID(add_port(0));
        TRY_VOID(ports_[0].load(std::memory_order_relaxed)->open());
    }
    device_.finish();
    if (several_ports_) {
        // The device answers a message before it returns the message's buffer, so all ports of
        // now are known and named when this is through.
        send(0, device_ready, 1);
        take_messages();
    } else {
        start_port(0, "hvc0", virtio_port::user::kernel);
    }
    auto thread = TRY(sched::thread::create(
        "virtio-console", [](void* self) { static_cast<console*>(self)->run(); }, this));
    thread->start();
    return ok;
}

result<void> console::open_control() noexcept {
    control_memory_ = TRY(memory::allocate_contiguous(control_buffers * control_bytes));
    TRY_VOID(
        device_.open_queue(control_, control_receive, control_buffers, signal_event, &something_));
    TRY_VOID(control_out_.open(device_, control_transmit));
    for (u32 i = 0; i < control_buffers; ++i)
        offer(i);
    control_.entries.publish();  // the device looks when the first message is to be sent
    return ok;
}

void console::offer(u32 buffer) noexcept {
    const segment room{raw(control_memory_) + buffer * control_bytes, control_bytes};
    control_.entries.add({}, {&room, 1}, buffer);
}

void console::send(u32 port, control_event event, u16 value) noexcept {
    request_queue::ticket ticket{control_out_};
    *reinterpret_cast<control_message*>(ticket.scratch()) = {port, event, value};
    const segment message{ticket.scratch_address(), sizeof(control_message)};
    control_out_.perform(ticket, {&message, 1}, {});
}

/// Context: the thread that attaches the device, then the device's thread.
void console::take_messages() noexcept {
    do {
        while (const auto came = control_.entries.take()) {
            const u32 buffer = came->token % control_buffers;
            const u8* data = arch::direct<u8>(control_memory_) + buffer * control_bytes;
            const u32 bytes = came->bytes < control_bytes ? came->bytes : control_bytes;
            if (bytes >= sizeof(control_message)) {
                control_message m;
                std::memcpy(&m, data, sizeof m);
                std::string_view text{reinterpret_cast<const char*>(data) + sizeof m,
                                      bytes - sizeof m};
                handle(m, text.substr(0, text.find('\0')));
            }
            offer(buffer);
            if (control_.entries.publish())
                device_.notify(control_);
        }
    } while (!control_.entries.enable_interrupt());
}

void console::handle(const control_message& m, std::string_view text) noexcept {
    if (m.port >= most_ports) {
        log::warning("virtio-console: port {} is beyond the {} that are kept", m.port, most_ports);
        return;
    }
    virtio_port* port = ports_[m.port].load(std::memory_order_relaxed);
    switch (m.event) {
        case port_add: {
            const auto added = port ? result<void>{} : add_port(m.port);
            if (!added)
                log::error("virtio-console: port {}: {}", m.port, osprey::name_of(added.error()));
            send(m.port, port_ready, static_cast<bool>(added));
            break;
        }
        case console_port:
            if (port && !port->started()) {
                fixed_text<16> name;
                format_to(name, "hvc{}", consoles_++);
                start_port(m.port, name.view(), virtio_port::user::kernel);
            }
            break;
        case port_name:
            if (port && !port->started() && !text.empty())
                start_port(
                    m.port, text,
                    is_kernel_port(text) ? virtio_port::user::kernel : virtio_port::user::programs);
            break;
        case port_open:
            if (port)
                port->set_host_connected(m.value != 0);
            break;
        default:
            break;  // how large the host's window is comes by the control channel
    }
}

result<void> console::add_port(u32 number) noexcept {
    auto port = TRY(make_unique<virtio_port>(*this, static_cast<u16>(number)));
    ports_[number].store(port.release(), std::memory_order_release);
    return ok;
}

void console::start_port(u32 number, std::string_view name, virtio_port::user by) noexcept {
    log::debug("virtio-console: port {} is {}", number, name);
    virtio_port& port = *ports_[number].load(std::memory_order_relaxed);
    if (auto started = port.start(name, by); !started)
        log::error("virtio-console: port {}: {}", name, osprey::name_of(started.error()));
    else if (port.is_open())
        tell_open(number, true);
}

void console::run() noexcept {
    for (;;) {
        (void)something_.wait();
        if (several_ports_)
            take_messages();
        for (auto& slot : ports_)
            if (virtio_port* port = slot.load(std::memory_order_acquire); port && port->started())
                port->announce_input();
    }
}

}  // namespace

result<void> attach_console(transport& device) noexcept {
    static constinit std::atomic<u32> consoles{0};
    // Interrupts lead to it: for ever
    auto* whole = TRY(make_unique<console>(device, consoles.fetch_add(1))).release();
    return whole->open();
}

}  // namespace osprey::drivers::virtio
