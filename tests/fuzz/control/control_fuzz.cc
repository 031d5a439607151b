// SPDX-License-Identifier: BSD-3-Clause
// The control channel as the host reads it: a guest may send anything.
#include <qemu/control.hh>

#include <algorithm>
#include <cstdlib>

using namespace osprey::cli::qemu;

namespace {

void require(bool holds) {
    if (!holds) {
        std::abort();
    }
}

void check_line(std::string_view line) {
    require(line.find('\n') == std::string_view::npos || line.size() > line_splitter::longest);
    const nlohmann::json event = parse_event(line);
    require(event.is_object() && event["event"].is_string());
    for (const char* field : {"boot_us", "cpus", "memory", "code", "signal"}) {
        (void)number_of(event, field);
    }
    (void)text_of(event, "message");
    const int code = exit_code_of(event);
    require(code >= 0 && code <= 255);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    // The first byte says in which pieces the rest comes: lines must not depend on that.
    if (size == 0) {
        return 0;
    }
    const size_t piece = data[0] + size_t{1};
    const std::string_view text{reinterpret_cast<const char*>(data) + 1, size - 1};
    line_splitter whole;
    line_splitter pieces;
    std::vector<std::string> lines;
    whole.feed(text, [&](std::string_view line) {
        check_line(line);
        lines.emplace_back(line);
    });
    size_t seen = 0;
    for (size_t at = 0; at < text.size(); at += piece) {
        pieces.feed(text.substr(at, piece), [&](std::string_view line) {
            require(seen < lines.size() && lines[seen] == line);
            ++seen;
        });
    }
    require(seen == lines.size() && pieces.rest() == whole.rest());
    return 0;
}
