// SPDX-License-Identifier: BSD-3-Clause
// Virtio entropy device (virtio 1.2 §5.4).
#include <base/log.hh>
#include <cstring>
#include <drivers/entropy/entropy.hh>
#include <drivers/virtio/devices.hh>
#include <drivers/virtio/request_queue.hh>
#include <sync/random_pool.hh>

namespace osprey::drivers {
namespace {
constinit std::atomic<virtio::request_queue*> source{nullptr};
}  // namespace

usize hardware_entropy(void* to, usize bytes) noexcept {
    auto* queue = source.load(std::memory_order_acquire);
    if (!queue)
        return 0;
    usize done = 0;
    while (done < bytes) {
        virtio::request_queue::ticket ticket{*queue};
        const usize wanted = bytes - done < virtio::request_queue::scratch_bytes
                                 ? bytes - done
                                 : virtio::request_queue::scratch_bytes;
        const virtio::segment room{ticket.scratch_address(), static_cast<u32>(wanted)};
        const usize got = queue->perform(ticket, {}, {&room, 1});
        if (got == 0 || got > wanted)
            break;
        std::memcpy(static_cast<u8*>(to) + done, ticket.scratch(), got);
        std::memset(ticket.scratch(), 0, got);
        done += got;
    }
    return done;
}

namespace virtio {

result<void> attach_entropy(transport& device) noexcept {
    if (source.load(std::memory_order_relaxed))
        return ok;  // one is enough
    TRY_VOID(device.begin(0));
    auto queue = TRY(make_unique<request_queue>());
    TRY_VOID(queue->open(device, 0));
    device.finish();
    source.store(queue.release(), std::memory_order_release);
    u8 seed[32];
    const usize got = hardware_entropy(seed, sizeof seed);
    add_entropy({seed, got});
    std::memset(seed, 0, sizeof seed);
    log::debug("virtio-rng: {} bytes into the pool", got);
    return ok;
}

}  // namespace virtio
}  // namespace osprey::drivers
