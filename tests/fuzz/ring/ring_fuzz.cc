// SPDX-License-Identifier: BSD-3-Clause
// A virtqueue whose device is broken: its area of the ring holds whatever the input says. The
// driver's own book-keeping must hold all the same.
#include <cstdlib>
#include <cstring>
#include <drivers/virtio/ring.hh>
#include <set>
#include <vector>

using namespace osprey;
using namespace osprey::drivers::virtio;

namespace {

void require(bool holds) {
    if (!holds)
        std::abort();
}

struct input {
    const u8* data;
    usize size;
    u8 next() {
        if (size == 0)
            return 0;
        --size;
        return *data++;
    }
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const u8* data, usize size) {
    constexpr u16 entries = 16;
    input in{data, size};
    const u8 kind = in.next();
    const u64 features = (kind & 1 ? u64{1} << feature_event_index : 0) |
                         (kind & 2 ? u64{1} << feature_indirect : 0);
    auto* memory = static_cast<u8*>(std::aligned_alloc(4096, ring::bytes_for(entries)));
    std::memset(memory, 0, ring::bytes_for(entries));
    std::vector<u8> book(ring::book_keeping_bytes(entries));
    ring driver;
    driver.set_book_keeping(book.data());
    driver.open(memory, entries, features);
    u8* const device = memory + driver.device_area();

    descriptor tables[entries][4];
    std::set<u32> in_flight;
    std::vector<u16> lengths;  // by token
    u32 token = 0;
    while (in.size) {
        switch (in.next() % 4) {
            case 0: {
                const usize reads = in.next() % 3, writes = in.next() % 3;
                const segment s[2] = {{1, 2}, {3, 4}};
                const u16 before = driver.free_entries();
                const bool indirect = driver.can_use_indirect() && in.next() % 2;
                const bool taken = indirect ? driver.add_indirect(tables[token % entries], 0,
                                                                  {s, reads}, {s, writes}, token)
                                            : driver.add({s, reads}, {s, writes}, token);
                const usize cost = indirect ? 1 : reads + writes;
                require(taken == (reads + writes != 0 && cost <= before));
                require(driver.free_entries() == before - (taken ? cost : 0));
                if (taken) {
                    in_flight.insert(token);
                    lengths.resize(token + 1);
                    lengths[token++] = static_cast<u16>(cost);
                }
                break;
            }
            case 1:
                (void)driver.publish();
                break;
            case 2: {  // the device writes anywhere in its area
                const usize at = in.next() % (6 + 8 * entries);
                device[at] = in.next();
                break;
            }
            case 3:
                (void)driver.enable_interrupt();
                for (unsigned i = 0; i < 2 * entries; ++i) {
                    const u16 before = driver.free_entries();
                    const auto done = driver.take();
                    if (!done)
                        break;
                    // Only what was added comes back, once, with all its entries.
                    require(in_flight.erase(done->token) == 1);
                    require(driver.free_entries() == before + lengths[done->token]);
                }
                driver.disable_interrupt();
                break;
        }
    }
    usize used = 0;
    for (u32 t : in_flight)
        used += lengths[t];
    require(used + driver.free_entries() == entries);
    std::free(memory);
    return 0;
}
