// SPDX-License-Identifier: BSD-3-Clause
// The log ring: writers reserve chunks with one atomic addition and publish a line by storing its
// position into the first chunk; readers check that position before and after they copy. The
// console is fed by whichever writer finds it free, but only as far as the writer's own line: a
// thread that was preempted while it held the console would else come back to show all that the
// others wrote meanwhile, and never get away while they go on writing. What is left is for the
// console's own thread. So nobody ever waits.
#include <algorithm>
#include <atomic>
#include <base/log_ring.hh>

namespace osprey::log {
namespace {

constexpr usize chunk_bytes = 128, chunk_count = 256;
constexpr u64 everything = ~u64{0};

struct header {
    std::atomic<u64> published;  // position + 1 when the line is complete
    u64 ns;
    u32 number;
    u16 length;
    u8 severity;
    u8 chunks;
};
static_assert(sizeof(header) == 24);

union chunk {
    header head;
    char bytes[chunk_bytes];
    constexpr chunk() noexcept : bytes{} {}
};

constinit chunk ring[chunk_count];
constinit std::atomic<u64> reserved{0};  // chunks ever reserved
constinit std::atomic<u32> lines{0};
constinit std::atomic<time_source> time{nullptr};
constinit std::atomic<console_sink> console{nullptr};
constinit std::atomic<level> console_level{level::notice};
constinit std::atomic<bool> console_busy{false};
constinit std::atomic<u64> console_position{0};
constinit std::atomic<console_helper> helper{nullptr};
constinit u32 console_number = 0;  // of the next line; the holder's

char& byte_at(u64 position, usize offset) noexcept {
    return ring[(position + offset / chunk_bytes) % chunk_count].bytes[offset % chunk_bytes];
}

void show(console_sink sink, const record& line) noexcept {
    if (line.severity > console_level.load(std::memory_order_relaxed))
        return;
    fixed_text<512> text;
    format_to(text, "[{:5}.{:06}] {}\n", line.ns / 1'000'000'000, line.ns / 1'000 % 1'000'000,
              line.text.view());
    sink(text.view());
}

/// Shows the lines that start before `end`. Context: holder of the console.
void drain_console(console_sink sink, u64 end) noexcept {
    record line;
    for (u64 at; (at = console_position.load(std::memory_order_relaxed)) < end && read(at, line);) {
        console_position.store(line.next, std::memory_order_relaxed);
        if (line.position != at && line.number > console_number) {
            fixed_text<64> gap;
            format_to(gap, "[{} lines lost: the console is too slow]\n",
                      line.number - console_number);
            sink(gap.view());
        }
        console_number = line.number + 1;
        show(sink, line);
    }
}

bool finished_line_left() noexcept {
    const u64 at = console_position.load(std::memory_order_relaxed);
    return ring[at % chunk_count].head.published.load(std::memory_order_seq_cst) == at + 1 ||
           newest() > at + chunk_count;
}

/// Shows the lines that start before `end` if nobody else is at it.
/// @return whether lines are left that nobody is about to show.
bool show_until(u64 end) noexcept {
    const console_sink sink = console.load(std::memory_order_acquire);
    if (!sink || console_busy.exchange(true, std::memory_order_acquire))
        return false;  // the holder looks again after it lets go
    drain_console(sink, end);
    console_busy.store(false, std::memory_order_seq_cst);
    return finished_line_left();
}

void feed_console(u64 end) noexcept {
    if (!show_until(end)) [[likely]]
        return;
    if (const console_helper call = helper.load(std::memory_order_acquire))
        call();
    else
        show_pending();
}

}  // namespace

void write(level severity, std::string_view text) noexcept {
    if (text.size() > 480)
        text = text.substr(0, 480);
    const usize chunks = (sizeof(header) + text.size() + chunk_bytes - 1) / chunk_bytes;
    const u64 position = reserved.fetch_add(chunks, std::memory_order_relaxed);
    header& head = ring[position % chunk_count].head;
    head.published.store(0, std::memory_order_relaxed);
    std::atomic_thread_fence(std::memory_order_release);
    const time_source clock = time.load(std::memory_order_relaxed);
    head.ns = clock ? clock() : 0;
    head.number = lines.fetch_add(1, std::memory_order_relaxed);
    head.length = static_cast<u16>(text.size());
    head.severity = static_cast<u8>(severity);
    head.chunks = static_cast<u8>(chunks);
    for (usize i = 0; i < text.size(); ++i)
        byte_at(position, sizeof(header) + i) = text[i];
    head.published.store(position + 1, std::memory_order_seq_cst);
    feed_console(position + chunks);
}

u64 newest() noexcept {
    return reserved.load(std::memory_order_acquire);
}

u64 oldest() noexcept {
    const u64 end = newest();
    return end > chunk_count ? end - chunk_count : 0;
}

bool read(u64 position, record& out) noexcept {
    const u64 end = newest();
    if (end > position + chunk_count)
        position = end - chunk_count;
    for (; position < end; ++position) {
        const header& head = ring[position % chunk_count].head;
        if (head.published.load(std::memory_order_acquire) != position + 1) {
            // In the middle of a line whose start was overwritten, or not finished yet
            if (position + chunk_count / 2 > end)
                return false;
            continue;
        }
        const usize length = head.length;
        if (length > 480)
            continue;
        out.ns = head.ns;
        out.number = head.number;
        out.severity = static_cast<level>(head.severity);
        out.position = position;
        out.next = position + head.chunks;
        out.text.clear();
        for (usize i = 0; i < length;) {
            const usize offset = sizeof(header) + i;
            const usize run = std::min(chunk_bytes - offset % chunk_bytes, length - i);
            out.text.append({&byte_at(position, offset), run});
            i += run;
        }
        std::atomic_thread_fence(std::memory_order_acquire);
        if (newest() <= position + chunk_count &&
            head.published.load(std::memory_order_relaxed) == position + 1)
            return true;
    }
    return false;
}

void set_console(console_sink sink) noexcept {
    console.store(sink, std::memory_order_seq_cst);
    feed_console(everything);
}

void set_console_helper(console_helper call) noexcept {
    helper.store(call, std::memory_order_release);
}

void show_pending() noexcept {
    while (show_until(everything)) {
    }
}

bool console_lags() noexcept {
    return console.load(std::memory_order_relaxed) &&
           newest() > console_position.load(std::memory_order_relaxed) + chunk_count / 2;
}

void set_time_source(time_source source) noexcept {
    time.store(source, std::memory_order_relaxed);
}

void set_console_level(level least) noexcept {
    console_level.store(least, std::memory_order_relaxed);
}

void flush_console() noexcept {
    // A holder on another CPU shows a line in well under a millisecond; one that was preempted
    // would take too long
    constexpr unsigned patience = 1'000'000;
    for (unsigned i = 0; i < patience && console_busy.load(std::memory_order_acquire); ++i)
        std::atomic_signal_fence(std::memory_order_seq_cst);
    force_console();
}

void force_console() noexcept {
    console_busy.store(true, std::memory_order_relaxed);
    if (console_sink sink = console.load(std::memory_order_acquire))
        drain_console(sink, everything);
}

}  // namespace osprey::log
