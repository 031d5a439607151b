// SPDX-License-Identifier: BSD-3-Clause
#include "trace_dump.hh"

#include <fcntl.h>
#include <unistd.h>
#include <base/error.hh>
#include <base/fd.hh>
#include <base/text.hh>
#include <base/tracefs.hh>
#include <http/settings.hh>

#include <array>
#include <bit>
#include <cerrno>
#include <map>
#include <memory>

namespace osprey::rest {

namespace {

constexpr size_t page_size = 4096;
/// Of one CPU, so that a trace that is being written does not keep the request busy for ever.
constexpr size_t most_bytes = 256 << 20;

template <typename Integer>
void append(std::string& to, Integer value) {
    to.append(reinterpret_cast<const char*>(&value), sizeof value);
}

/// A text with its length before it, in so many bytes.
template <typename Length>
void append_sized(std::string& to, std::string_view text) {
    append(to, static_cast<Length>(text.size()));
    to += text;
}

void append_header_file(std::string& to, const tracefs& trace, const char* name) {
    to.append(name, std::char_traits<char>::length(name) + 1);
    append_sized<uint64_t>(to, trace.text(std::string{"events/"} + name));
}

void append_formats(std::string& to, const tracefs& trace) {
    std::map<std::string, std::vector<std::string>> systems;
    for (const tracefs::event& e : trace.events()) {
        if (auto format = read_text(trace.path("events/" + e.system + "/" + e.name + "/format"))) {
            systems[e.system].push_back(std::move(*format));
        }
    }
    // Those of the tracer itself come first and without their system's name.
    const auto own = systems.extract("ftrace");
    append(to, static_cast<uint32_t>(own.empty() ? 0 : own.mapped().size()));
    if (!own.empty()) {
        for (const std::string& format : own.mapped()) {
            append_sized<uint64_t>(to, format);
        }
    }
    append(to, static_cast<uint32_t>(systems.size()));
    for (const auto& [system, formats] : systems) {
        to.append(system.c_str(), system.size() + 1);
        append(to, static_cast<uint32_t>(formats.size()));
        for (const std::string& format : formats) {
            append_sized<uint64_t>(to, format);
        }
    }
}

void append_option(std::string& to, uint16_t number, std::string_view text) {
    append(to, number);
    append_sized<uint32_t>(to, text);
}

/// "[local] global counter": the clock in brackets is the one in use. trace-cmd keeps the text.
constexpr uint16_t option_clock = 4;

std::string make_head(const tracefs& trace, unsigned cpus) {
    std::string head{"\x17\x08\x44tracing6\0", 12};
    static_assert(std::endian::native == std::endian::little);
    head += '\0';  // little endian
    head += static_cast<char>(sizeof(long));
    append(head, static_cast<uint32_t>(page_size));
    append_header_file(head, trace, "header_page");
    append_header_file(head, trace, "header_event");
    append_formats(head, trace);
    append_sized<uint32_t>(head, read_text("/proc/kallsyms").value_or(""));
    append_sized<uint32_t>(head, read_text(trace.path("printk_formats")).value_or(""));
    append_sized<uint64_t>(head, read_text(trace.path("saved_cmdlines")).value_or(""));
    append(head, static_cast<uint32_t>(cpus));
    head.append("options  ", 10);
    append_option(head, option_clock, read_text(trace.path("trace_clock")).value_or("") + '\0');
    append(head, uint16_t{0});
    head.append("flyrecord", 10);
    return head;
}

/// An unlinked file: the data of all CPUs are read before the first byte is sent, since the head
/// tells where they are.
unique_fd make_store() {
    std::string name = "/tmp/osprey-trace.XXXXXX";
    unique_fd file{::mkostemp(name.data(), O_CLOEXEC)};
    if (!file) {
        throw system_error("Cannot keep the trace in /tmp", errno);
    }
    ::unlink(name.c_str());
    return file;
}

/// @return how many bytes were taken from this CPU's buffer: whole pages.
uint64_t drain(const tracefs& trace, unsigned cpu, const unique_fd& store, uint64_t at) {
    const std::string name = trace.path("per_cpu/cpu" + std::to_string(cpu) + "/trace_pipe_raw");
    const unique_fd pipe{::open(name.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC)};
    if (!pipe) {
        throw system_error("Cannot read " + name, errno);
    }
    uint64_t taken = 0;
    std::array<char, page_size> page;
    while (taken < most_bytes) {
        const ssize_t got = ::read(pipe.get(), page.data(), page.size());
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got <= 0) {
            break;
        }
        std::fill(page.begin() + got, page.end(), '\0');
        const ssize_t put =
            ::pwrite(store.get(), page.data(), page.size(), static_cast<off_t>(at + taken));
        if (put != static_cast<ssize_t>(page.size())) {
            throw system_error("Cannot keep the trace in /tmp", put < 0 ? errno : ENOSPC);
        }
        taken += page.size();
    }
    return taken;
}

}  // namespace

reply get_trace_buffers(call& c) {
    const tracefs trace{c.site.trace_folder};
    unsigned cpus = 0;
    while (::access(trace.path("per_cpu/cpu" + std::to_string(cpus)).c_str(), F_OK) == 0) {
        ++cpus;
    }
    if (cpus == 0) {
        throw api_error{501, "This kernel has no " + trace.path("per_cpu")};
    }
    std::string head = make_head(trace, cpus);
    const uint64_t first =
        (head.size() + cpus * 2 * sizeof(uint64_t) + page_size - 1) / page_size * page_size;
    auto store = std::make_shared<unique_fd>(make_store());
    uint64_t at = first;
    for (unsigned cpu = 0; cpu < cpus; ++cpu) {
        const uint64_t size = drain(trace, cpu, *store, at);
        append(head, at);
        append(head, size);
        at += size;
    }
    head.resize(first);
    if (::pwrite(store->get(), head.data(), head.size(), 0) != static_cast<ssize_t>(head.size())) {
        throw system_error("Cannot keep the trace in /tmp", errno);
    }
    c.response.set_header("Content-Disposition", "attachment; filename=trace.dat");
    c.response.set_content_provider(
        at, "application/octet-stream",
        [store](size_t from, size_t length, httplib::DataSink& sink) {
            std::array<char, 1 << 16> bytes;
            const ssize_t got = ::pread(store->get(), bytes.data(), std::min(length, bytes.size()),
                                        static_cast<off_t>(from));
            return got > 0 && sink.write(bytes.data(), static_cast<size_t>(got));
        });
    return answered;
}

}  // namespace osprey::rest
