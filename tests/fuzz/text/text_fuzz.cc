// SPDX-License-Identifier: BSD-3-Clause
// The kernel's command line, and lines of the control channel as the guest reads and writes them.
#include <boot/command_line.hh>
#include <cstdlib>
#include <cstring>
#include <process/json_line.hh>

using namespace osprey;

namespace {

void require(bool holds) {
    if (!holds)
        std::abort();
}

void check_command_line(std::string_view text) {
    auto line = boot::parse_command_line(text);
    if (!line)
        return;
    usize bytes = 0;
    for (const auto& option : line->options) {
        bytes += option.name.size() + option.value.size();
        require(line->has(option.name.view()));
        (void)line->value(option.name.view());
    }
    for (const auto& program : line->programs) {
        require(!program.words.empty());
        for (const auto& word : program.words)
            bytes += word.size();
    }
    require(bytes <= text.size());
}

void check_json(std::string_view text) {
    u64 value;
    for (const char* name : {"stdin_eof", "signal", "winsize", ""})
        for (unsigned index : {0u, 1u, 7u})
            (void)proc::find_json_number(text, name, value, index);
    // A string that is written is one string: nothing ends it early, nothing breaks the line.
    fixed_text<6 * 4096 + 64> out;
    proc::write_json_string(out, text);
    const std::string_view json = out.view();
    require(json.size() >= 2 && json.front() == '"' && json.back() == '"');
    bool escaped = false;
    for (char c : json.substr(1, json.size() - 2)) {
        require(static_cast<unsigned char>(c) >= 0x20);
        require(escaped || c != '"');
        escaped = !escaped && c == '\\';
    }
    require(!escaped);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const u8* data, usize size) {
    const std::string_view text{reinterpret_cast<const char*>(data), size};
    check_command_line(text);
    check_json(text);
    return 0;
}
