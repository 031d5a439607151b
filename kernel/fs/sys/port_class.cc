// SPDX-License-Identifier: BSD-3-Clause
// /sys/class/virtio-ports: ports to the host by name (Linux: drivers/char/virtio_console.c). They
// do not go or come after boot, so their directories are made once.
#include <fs/dev/dev.hh>
#include <fs/sys/sys.hh>

namespace osprey::fs {

namespace {

result<void> add_port(synthetic_filesystem& fs, drivers::program_port& port) noexcept {
    const port_names names = TRY(names_of(port));
    const string number = TRY(string::format("{}:{}", names.number.major, names.number.minor));
    auto all = TRY(TRY(fs.top().directory("class"))->directory("virtio-ports"));
    auto directory = TRY(all->directory(names.node.view()));
    TRY_VOID(directory->constant("name", port.name()));
    TRY_VOID(directory->constant("dev", number.view()));
    TRY_VOID(directory->constant(
        "uevent", TRY(string::format("MAJOR={}\nMINOR={}\nDEVNAME={}", names.number.major,
                                     names.number.minor, names.node.view()))
                      .view()));
    auto by_number = TRY(TRY(fs.top().directory("dev"))->directory("char"));
    const string target = TRY(string::format("../../class/virtio-ports/{}", names.node.view()));
    return by_number->link(number.view(), target.view());
}

}  // namespace

result<void> add_ports(synthetic_filesystem& fs) noexcept {
    struct collector {
        synthetic_filesystem& to;
        result<void> outcome;
    } each{fs, {}};
    drivers::for_each_program_port(
        [](drivers::program_port& port, void* context) {
            auto& c = *static_cast<collector*>(context);
            c.outcome = add_port(c.to, port);
            return c.outcome.has_value();
        },
        &each);
    return each.outcome;
}

}  // namespace osprey::fs
