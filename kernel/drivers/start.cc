// SPDX-License-Identifier: BSD-3-Clause
#include <base/log.hh>
#include <bus/pci.hh>
#include <bus/virtio_mmio.hh>
#include <drivers/start.hh>
#include <drivers/virtio/devices.hh>
#include <drivers/virtio/mmio_transport.hh>
#include <drivers/virtio/pci_transport.hh>

namespace osprey::drivers {
namespace {

struct virtio_driver {
    virtio::device_kind kind;
    std::string_view name;
    result<void> (*attach)(virtio::transport&) noexcept;
};
constexpr virtio_driver virtio_drivers[] = {
    {virtio::device_kind::block, "virtio-blk", virtio::attach_block},
    {virtio::device_kind::console, "virtio-console", virtio::attach_console},
    {virtio::device_kind::network, "virtio-net", virtio::attach_network},
    {virtio::device_kind::entropy, "virtio-rng", virtio::attach_entropy},
};

result<void> attach_virtio(virtio::transport& device) noexcept {
    for (const auto& driver : virtio_drivers) {
        if (driver.kind != device.kind())
            continue;
        auto done = driver.attach(device);
        if (!done) {
            log::error("{} does not work: {}", driver.name, name_of(done.error()));
            device.fail();
        }
        return done;
    }
    return errc::no_device;
}

result<void> attach_virtio_pci(bus::pci::function& f) noexcept {
    auto device = virtio::open_pci(f);
    if (!device) {
        if (device.error() == errc::no_device)
            return ok;  // a kind of device that nobody here drives
        return device.error();
    }
    (void)attach_virtio(**device);
    return ok;
}

constexpr bus::pci::match pci_drivers[] = {
    {0x1af4, 0x1000, 0x107f, attach_virtio_pci},
};
constinit bus::pci::function* pci_functions = nullptr;

void attach_virtio_mmio(const bus::virtio_mmio_window& window) noexcept {
    auto device = virtio::open_mmio(window);
    if (device)
        (void)attach_virtio(**device);
    else if (device.error() != errc::no_device)
        log::error("virtio-mmio at {:#x}: {}", raw(window.start), name_of(device.error()));
}

}  // namespace

bool virtio::is_supported(device_kind kind) noexcept {
    for (const auto& driver : virtio_drivers)
        if (driver.kind == kind)
            return true;
    return false;
}

void find_devices() noexcept {
    pci_functions = bus::pci::find(pci_drivers, std::size(pci_drivers));
}

void start_devices(std::string_view command_line) noexcept {
    bus::pci::attach(pci_functions);
    bus::for_each_virtio_mmio_window(command_line, attach_virtio_mmio);
}

}  // namespace osprey::drivers
