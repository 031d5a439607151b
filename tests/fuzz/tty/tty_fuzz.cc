// SPDX-License-Identifier: BSD-3-Clause
// Keys, settings and reads in any order against a line discipline. The input is a list of steps: a
// byte that says what to do, and what that needs.
#include <cstdlib>
#include <cstring>
#include <recorder.hh>

using namespace osprey;

namespace {

void require(bool holds) {
    if (!holds)
        std::abort();
}

struct source {
    const u8* at;
    const u8* end;
    u8 byte() { return at == end ? 0 : *at++; }
    template <typename T>
    T value() {
        T v{};
        for (usize i = 0; i < sizeof v; ++i)
            reinterpret_cast<u8*>(&v)[i] = byte();
        return v;
    }
};

void read_some(fs::line_discipline& line, usize room) {
    static char text[8192];
    const bool ready = line.ready();
    const usize available = line.available();
    bool finished;
    const usize n = line.take(text, room, finished);
    require(n <= room && n <= available);
    // Nothing is read only where there is nothing, no room, or an end of file.
    require(n != 0 || !ready || room == 0 || finished);
    require(line.available() == available - n);
    require(ready || n == 0);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const u8* data, usize size) {
    source from{data, data + size};
    recorder device;
    device.limit = 512;
    fs::line_discipline line{device};
    while (from.at != from.end) {
        const u8 step = from.byte();
        switch (step % 8) {
            case 0: {
                auto s = from.value<struct fs::termios::settings>();
                fs::termios::name_speeds(s);
                line.set(s);
                break;
            }
            case 1:
                read_some(line, from.value<u16>() % 8192);
                break;
            case 2:
                line.drop_input();
                require(!line.ready() && line.available() == 0);
                break;
            case 3: {
                const usize wanted = from.byte(), there = static_cast<usize>(from.end - from.at);
                const usize n = wanted < there ? wanted : there;
                require(line.write(reinterpret_cast<const char*>(from.at), n) <= n);
                from.at += n;
                break;
            }
            case 4:
                line.hold(step & 8);
                break;
            case 5:
                device.output.clear();
                line.send_echoes();
                break;
            default: {
                // Typed, many times over: the ring has to go round.
                const usize wanted = from.byte(), there = static_cast<usize>(from.end - from.at);
                const usize n = wanted < there ? wanted : there;
                for (unsigned again = 0; again <= step / 8u; ++again) {
                    const usize taken = line.receive(reinterpret_cast<const char*>(from.at), n);
                    require(taken <= n);
                    if (taken < n)
                        break;
                }
                from.at += n;
            }
        }
        require(device.output.size() <= device.limit);
        require(line.available() <= 4096);
    }
    return 0;
}
