// SPDX-License-Identifier: BSD-3-Clause
#include <fcntl.h>
#include <unistd.h>
#include <base/error.hh>
#include <base/fd.hh>
#include <base/folder.hh>
#include <base/text.hh>
#include <base/tracefs.hh>

#include <algorithm>
#include <cerrno>

namespace osprey::rest {

namespace {

std::vector<std::string> folders_in(const std::string& folder) {
    std::vector<std::string> names;
    for (folder_entry& entry : read_folder(folder)) {
        if (entry.name[0] != '.' && entry.may_be_folder) {
            names.push_back(std::move(entry.name));
        }
    }
    return names;
}

[[noreturn]] void refuse(const std::string& path, int error) {
    if (error == ENOENT || error == ENOTDIR) {
        throw api_error{501, "This kernel has no " + path};
    }
    throw system_error("Cannot use " + path, error);
}

/// Names come from clients; with a slash they would lead elsewhere.
bool is_plain(std::string_view name) {
    return !name.empty() && name.find('/') == std::string_view::npos && name[0] != '.';
}

}  // namespace

tracefs::tracefs(const std::string& folder) : folder_{folder} {
    if (folder_.empty()) {
        folder_ = "/sys/kernel/tracing";
        if (::access((folder_ + "/events").c_str(), F_OK) != 0) {
            folder_ = "/sys/kernel/debug/tracing";
        }
    }
    if (::access((folder_ + "/events").c_str(), F_OK) != 0) {
        throw api_error{501, "This kernel has no tracefs (/sys/kernel/tracing)"};
    }
}

std::string tracefs::text(const std::string& name) const {
    auto text = read_text(path(name), 64 << 20);
    if (!text) {
        refuse(path(name), errno);
    }
    return std::move(*text);
}

std::string tracefs::file_of(const event& e, const char* file) const {
    return path("events/" + e.system + "/" + e.name + "/" + file);
}

void tracefs::put(const std::string& path, std::string_view text) const {
    if (const int error = write_text(path, text)) {
        refuse(path, error);
    }
}

void tracefs::truncate(const std::string& name) const {
    const unique_fd file{::open(path(name).c_str(), O_WRONLY | O_TRUNC | O_CLOEXEC)};
    if (!file) {
        refuse(path(name), errno);
    }
}

std::vector<tracefs::event> tracefs::events() const {
    std::vector<event> list;
    for (const std::string& system : folders_in(path("events"))) {
        for (const std::string& name : folders_in(path("events/" + system))) {
            list.push_back({system, name});
        }
    }
    std::ranges::stable_sort(list, {}, &event::name);
    return list;
}

std::optional<tracefs::event> tracefs::find(const std::string& name) const {
    const size_t colon = name.find(':');
    const std::string own = colon == std::string::npos ? name : name.substr(colon + 1);
    if (!is_plain(own)) {
        return std::nullopt;
    }
    const auto systems = colon == std::string::npos ? folders_in(path("events"))
                                                    : std::vector{name.substr(0, colon)};
    for (const std::string& system : systems) {
        const event e{system, own};
        if (is_plain(system) && ::access(file_of(e, "enable").c_str(), F_OK) == 0) {
            return e;
        }
    }
    return std::nullopt;
}

tracefs::state tracefs::read(const event& e) const {
    state now;
    const std::string enabled = read_word(file_of(e, "enable"));
    now.enabled = enabled.starts_with('1');  // "1*": with a condition
    const std::string triggers = read_word(file_of(e, "trigger"));
    const auto lines = split(triggers, '\n');
    now.backtrace = std::ranges::any_of(
        lines, [](std::string_view line) { return line.starts_with("stacktrace"); });
    return now;
}

void tracefs::enable(const event& e, bool on) const {
    put(file_of(e, "enable"), on ? "1\n" : "0\n");
}

void tracefs::set_backtrace(const event& e, bool on) const {
    // Linux refuses to set a trigger twice, or to take away one that is not there.
    if (read(e).backtrace != on) {
        put(file_of(e, "trigger"), on ? "stacktrace\n" : "!stacktrace\n");
    }
}

void tracefs::count(const event& e, bool on) const {
    put(file_of(e, "count"), on ? "1\n" : "0\n");
}

std::vector<tracefs::counter> tracefs::counters() const {
    std::vector<counter> list;
    const std::string all = text("counts");
    for (const std::string_view line : split(all, '\n')) {
        const auto fields = words(line);
        if (fields.size() == 2) {
            list.push_back(
                {std::string{fields[0]}, static_cast<uint64_t>(to_number(fields[1]).value_or(0))});
        }
    }
    return list;
}

void tracefs::stop_counters() const {
    truncate("counts");
}

void tracefs::set_sampler(uint64_t per_second) const {
    put(path("sampler"), std::to_string(per_second) + "\n");
}

std::optional<tracefs::stack> tracefs::parse_stack(std::string_view line) {
    const auto parts = split(line, ';');
    const auto head = words(parts[0]);
    if (head.size() < 3) {
        return std::nullopt;
    }
    const auto count = to_number(head[0]);
    const auto pid = to_number(head[1]);
    const auto tid = to_number(head[2]);
    if (!count || !pid || !tid) {
        return std::nullopt;
    }
    // The name is all behind the third number: it may have blanks.
    const auto behind = static_cast<size_t>(head[2].data() + head[2].size() - parts[0].data());
    stack one{
        static_cast<uint64_t>(*count), *pid, *tid, std::string{trim(parts[0].substr(behind))}, {}};
    one.frames.assign(parts.begin() + 1, parts.end());
    return one;
}

std::vector<tracefs::stack> tracefs::stacks() const {
    std::vector<stack> list;
    const std::string all = text("stacks");
    for (const std::string_view line : split(all, '\n')) {
        if (auto one = parse_stack(line)) {
            list.push_back(std::move(*one));
        }
    }
    return list;
}

void tracefs::clear_stacks() const {
    truncate("stacks");
}

}  // namespace osprey::rest
