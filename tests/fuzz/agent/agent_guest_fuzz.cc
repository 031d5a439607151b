// SPDX-License-Identifier: BSD-3-Clause
// What the agent reads from the host: a whole conversation of channels, frame by frame. Starting a
// program is replaced: its streams are pipes that nobody or this process uses.
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <vector>

// Signals of the fuzzer's input go to nobody.
#define kill(pid, number) 0
#include <modules/agent/channel.cc>
#undef kill

namespace osprey::agent {

namespace {
unsigned sent_last = 0;
}

void send_frame(uint16_t, frame_kind kind, const void*, uint32_t size) {
    if (size > most_payload) {
        std::abort();
    }
    sent_last += kind == frame_kind::exited || kind == frame_kind::failed;
}

pid_t start_program(const request_head& head, char** texts, int* fds) {
    for (unsigned i = 0; i < 1U + head.words + head.variables; ++i) {
        (void)strlen(texts[i]);
    }
    if ((head.flags & on_terminal) != 0) {
        return -ENOTTY;
    }
    int in[2], out[2], err[2];
    if (pipe2(in, O_NONBLOCK) != 0 || pipe2(out, O_NONBLOCK) != 0 || pipe2(err, O_NONBLOCK) != 0) {
        std::abort();
    }
    (void)!write(out[1], "output", head.rows % 7);
    close(out[1]);
    close(err[1]);
    if (head.columns % 2 == 0) {
        close(in[0]);  // it does not read
    } else {
        fds[2] = -1;
    }
    static int reader = -1;
    if (reader >= 0) {
        close(reader);
    }
    reader = head.columns % 2 == 0 ? -1 : in[0];
    fds[0] = in[1];
    fds[1] = out[0];
    if (head.columns % 2 == 0) {
        fds[2] = err[0];
    } else {
        close(err[0]);
    }
    return 1 << 29;  // no process has such a number
}

}  // namespace osprey::agent

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    using namespace osprey::agent;
    static const bool ignored = (signal(SIGPIPE, SIG_IGN), true);
    (void)ignored;
    std::vector<char> buffer(most_frame);
    frame_reader frames{buffer.data()};
    static channel c;
    unsigned opened = 0;
    sent_last = 0;
    bool good = true;
    for (size_t at = 0; at < size && good;) {
        const size_t part = std::min(size - at, frames.room_size());
        memcpy(frames.room(), data + at, part);
        frames.filled(part);
        at += part;
        good = frames.take([&](const frame_head& head, const char* payload) {
            // As main.cc does, for one channel.
            if (head.kind == frame_kind::open && !c.in_use()) {
                ++opened;
                c.open(head.channel, payload, head.size);
            } else if (c.in_use()) {
                c.handle(head, payload);
            }
            if (head.channel % 5 == 0 && c.in_use()) {
                c.ended(0);
            }
            pollfd set[3];
            if (c.watch(set) > 3) {
                std::abort();
            }
            c.move();
        });
    }
    if (c.in_use()) {
        const frame_head close_frame{0, 0, frame_kind::close, 0};
        c.handle(close_frame, nullptr);
    }
    if (c.in_use() || sent_last != opened) {
        std::abort();  // each channel ends by one last frame
    }
    return 0;
}
