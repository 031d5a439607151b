// SPDX-License-Identifier: BSD-3-Clause
// Any bytes as what applications hand to sockets in packed form: netlink messages with attributes
// and nests, control messages, and packet filters, which are run over more bytes.
#include <net/netlink/message.hh>
#include <net/socket.hh>
#include <net/socket_filter.hh>

namespace {

using namespace osprey;
using namespace osprey::net;

volatile u8 sink;

void read_all(std::span<const u8> bytes) {
    u8 sum = 0;
    for (u8 b : bytes)
        sum = static_cast<u8>(sum + b);
    sink = sum;
}

void read_attributes(std::span<const u8> bytes, int depth) {
    const netlink_attributes<53> a{bytes};
    for (usize i = 0; i <= 53; ++i) {
        if (!a.has(i))
            continue;
        read_all(a[i]);
        sink = static_cast<u8>(a.get<u64>(i) + a.text(i).size());
        (void)a.address(i, 2);
        (void)a.address(i, 10);
        if (depth < 3)
            read_attributes(a[i], depth + 1);
    }
}

void read_messages(std::span<const u8> bytes) {
    for_each_netlink_message(bytes, [](netlink_request_view& r) {
        read_all(r.payload);
        struct fixed {
            u8 all[16];
        };
        read_all(r.fixed<fixed>().all);
        read_attributes(r.behind(16), 0);
        read_attributes(r.behind(12), 0);
    });
}

void read_control(std::span<const u8> bytes) {
    (void)for_each_control(bytes, [](int, int, std::span<const u8> data) -> result<void> {
        read_all(data);
        return ok;
    });
}

void run_filter(std::span<const u8> bytes) {
    if (bytes.empty())
        return;
    const usize count = bytes[0] % 64;
    bytes = bytes.subspan(1);
    if (bytes.size() < count * sizeof(filter_instruction))
        return;
    filter_instruction program[64];
    std::memcpy(program, bytes.data(), count * sizeof(filter_instruction));
    const auto packet = bytes.subspan(count * sizeof(filter_instruction));
    auto filter = socket_filter::create({program, count});
    if (!filter)
        return;
    const filter_input in{.linear = packet,
                          .bytes = static_cast<u32>(packet.size()),
                          .network_offset = static_cast<u32>(packet.size() / 3)};
    sink = static_cast<u8>((*filter)->run(in));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const u8* data, usize size) {
    if (size == 0)
        return 0;
    const std::span<const u8> bytes{data + 1, size - 1};
    switch (data[0] % 3) {
        case 0:
            read_messages(bytes);
            break;
        case 1:
            read_control(bytes);
            break;
        default:
            run_filter(bytes);
            break;
    }
    return 0;
}
