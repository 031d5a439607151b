// SPDX-License-Identifier: BSD-3-Clause
// Ports to the host as files: /dev/vport0p4, by name /dev/virtio-ports/NAME. They behave as those
// of Linux's virtio_console driver do.
#include <drivers/console/program_port.hh>
#include <fs/dev/dev.hh>
#include <fs/ram/ram_node.hh>
#include <vfs/device.hh>
#include <vfs/poll.hh>

namespace osprey::fs {

namespace {

using drivers::program_port;

constexpr u32 port_major = 248;  // of those that Linux gives out at run time
constexpr u32 ports_per_device = 32;

/// One opener at a time; reading waits while the host is there, writing until it has taken all.
class port_file final : public vfs::file {
public:
    port_file(refptr<vfs::vnode> node, u32 flags, program_port& port) noexcept
        : file{std::move(node), flags}, port_{port} {}

    result<usize> read(vfs::io_buffer& to) noexcept override {
        if (to.remaining() == 0)
            return usize{0};
        for (;;) {
            char piece[512];
            usize done = 0;
            while (to.remaining() != 0) {
                const usize room = to.remaining() < sizeof piece ? to.remaining() : sizeof piece;
                const usize n = port_.read(piece, room);
                if (n == 0)
                    break;
                done += TRY(to.put(piece, n));
            }
            if (done != 0 || !port_.host_connected())
                return done;
            if (nonblocking())
                return errc::again;
            if (!port_.input_arrived.wait([&] { return !must_wait(); }))
                return errc::restart_always;
        }
    }
    result<usize> read_at(vfs::io_buffer& to, u64) noexcept override { return read(to); }

    result<usize> write(vfs::io_buffer& from) noexcept override {
        usize done = 0;
        while (from.remaining() != 0) {
            if (!port_.host_connected()) {
                if (done != 0)
                    break;
                if (nonblocking())
                    return errc::again;
                if (!port_.input_arrived.wait([&] { return port_.host_connected(); }))
                    return errc::restart_always;
            }
            char piece[1024];
            auto n = from.take(piece, sizeof piece);
            if (!n)
                return done != 0 ? result<usize>{done} : n.error();
            TRY(port_.write(piece, *n));
            done += *n;
        }
        return done;
    }
    result<usize> write_at(vfs::io_buffer& from, u64) noexcept override { return write(from); }

    u32 poll(vfs::poll_registration* w) noexcept override {
        if (w)
            w->subscribe(port_.input_arrived);
        u32 events = 0;
        if (!must_wait())
            events |= vfs::poll_in | vfs::poll_rdnorm;
        events |= port_.host_connected() ? vfs::poll_out : vfs::poll_hup;
        return events;
    }

    void released() noexcept override { port_.disconnect(); }

private:
    [[nodiscard]] bool must_wait() const noexcept {
        return !port_.input_ready() && port_.host_connected();
    }

    program_port& port_;  // ports never go away
};

u32 minor_of(const program_port& port) noexcept {
    return port.device_index() * ports_per_device + port.port_number();
}

result<refptr<vfs::file>> open_port(refptr<vfs::vnode> node, vfs::device_number number,
                                    u32 flags) noexcept {
    struct search {
        u32 minor;
        program_port* found = nullptr;
    } s{number.minor};
    drivers::for_each_program_port(
        [](program_port& port, void* context) {
            auto& wanted = *static_cast<search*>(context);
            if (minor_of(port) == wanted.minor)
                wanted.found = &port;
            return !wanted.found;
        },
        &s);
    if (!s.found)
        return errc::no_device_or_address;
    TRY_VOID(s.found->connect());
    auto made = make_ref<port_file>(std::move(node), flags, *s.found);
    if (!made) {
        s.found->disconnect();
        return made.error();
    }
    return refptr<vfs::file>{std::move(*made)};
}

constinit vfs::device_class port_class{
    "virtio-portsdev", vfs::node_type::character_device, port_major, 0, 32 * ports_per_device,
    open_port};

result<void> add_port(ram_node& top, program_port& port) noexcept {
    const port_names names = TRY(names_of(port));
    TRY(top.create(names.node.view(), vfs::node_type::character_device, 0600, names.number));
    auto folder = top.lookup("virtio-ports");
    if (!folder)
        folder = top.create("virtio-ports", vfs::node_type::directory, 0755, {});
    const string target = TRY(string::format("../{}", names.node.view()));
    TRY(TRY(std::move(folder))->symlink(port.name(), target.view()));
    return ok;
}

}  // namespace

result<port_names> names_of(const program_port& port) noexcept {
    return port_names{
        .node = TRY(string::format("vport{}p{}", port.device_index(), port.port_number())),
        .number = {port_major, minor_of(port)}};
}

void register_port_nodes() noexcept {
    vfs::register_device(port_class);
}

void add_port_nodes(ram_node& top) noexcept {
    drivers::for_each_program_port(
        [](program_port& port, void* context) {
            // A port without a node is like a disk without one: opening it tells.
            (void)add_port(*static_cast<ram_node*>(context), port);
            return true;
        },
        &top);
}

}  // namespace osprey::fs
