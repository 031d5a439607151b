// SPDX-License-Identifier: BSD-3-Clause
#include <qemu/control.hh>

namespace osprey::cli::qemu {

void line_splitter::feed(std::string_view bytes,
                         const std::function<void(std::string_view line)>& each) {
    while (true) {
        const size_t end = bytes.find('\n');
        if (end == std::string_view::npos) {
            rest_ += bytes;
            if (rest_.size() > longest) {
                const std::string line = std::move(rest_);
                rest_.clear();
                each(line);
            }
            return;
        }
        rest_ += bytes.substr(0, end);
        const std::string line = std::move(rest_);
        rest_.clear();
        each(line);
        bytes.remove_prefix(end + 1);
    }
}

nlohmann::json parse_event(std::string_view line) {
    nlohmann::json event = nlohmann::json::parse(line, nullptr, false);
    if (event.is_object() && event.contains("event") && event["event"].is_string()) {
        return event;
    }
    return {{"event", "invalid"}, {"text", line}};
}

uint64_t number_of(const nlohmann::json& event, const char* field, uint64_t otherwise) {
    const auto found = event.find(field);
    // A broken guest may send what no counter can be: it is as good as missing.
    return found != event.end() && found->is_number_unsigned() ? found->get<uint64_t>() : otherwise;
}

std::string text_of(const nlohmann::json& event, const char* field) {
    const auto found = event.find(field);
    return found != event.end() && found->is_string() ? found->get<std::string>() : std::string{};
}

int exit_code_of(const nlohmann::json& event) {
    if (event.contains("signal")) {
        return 128 + static_cast<int>(number_of(event, "signal") & 0x7f);
    }
    return static_cast<int>(number_of(event, "code") & 0xff);
}

}  // namespace osprey::cli::qemu
