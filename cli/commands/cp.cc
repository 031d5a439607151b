// SPDX-License-Identifier: BSD-3-Clause
#include <agent/guest.hh>
#include <agent/tree.hh>
#include <base/failure.hh>
#include <base/files.hh>
#include <base/report.hh>
#include <base/text.hh>
#include <commands/commands.hh>
#include <commands/usage.hh>

#include <cstring>

namespace osprey::cli::commands {

namespace {

struct cp_options {
    std::string from, to;
    report_style style;
};

/// "RUN:PATH"; nothing for a path of this machine. A colon behind a slash belongs to a path.
struct guest_place {
    std::string run, path;
};
std::optional<guest_place> guest_side(const std::string& text) {
    const size_t colon = text.find(':');
    if (colon == std::string::npos || colon == 0 || text.find('/') < colon || text[0] == '.') {
        return std::nullopt;
    }
    return guest_place{text.substr(0, colon), text.substr(colon + 1)};
}

std::string last_part(std::string path) {
    while (path.size() > 1 && path.ends_with('/')) {
        path.pop_back();
    }
    return fs::path{path}.filename().string();
}

class copy {
public:
    explicit copy(const cp_options& options) : options_{options}, report_{options.style} {}

    int run() {
        const auto from = guest_side(options_.from);
        const auto to = guest_side(options_.to);
        if (from.has_value() == to.has_value()) {
            throw failure{exit_status::usage,
                          from ? "osprey cp: only one side can be a guest"
                               : "osprey cp: one side has to be RUN:PATH",
                          "For example: osprey cp web:/var/log/nginx ./logs."};
        }
        if (from) {
            get(*from, options_.to);
        } else {
            put(options_.from, *to);
        }
        report_.progress_end();
        report_.event({{"event", "copied"}, {"files", done_.files}, {"bytes", done_.bytes}});
        report_.line(
            fmt::format("{} copied, {}", counted(done_.files, "file"), human_bytes(done_.bytes)));
        return 0;
    }

private:
    void get(const guest_place& from, fs::path to) {
        const auto where = qemu::find_running_guest(from.run);
        std::error_code error;
        if (fs::is_directory(to, error)) {
            to /= last_part(from.path);
        }
        agent::channel channel{where, {.words = {"get", from.path}, .built_in = true}};
        std::string received;
        size_t at = 0;
        const std::function<void(char*, size_t)> receive = [&](char* bytes, size_t size) {
            while (received.size() - at < size) {
                received.erase(0, std::exchange(at, 0));
                take(channel, from, received);
            }
            std::memcpy(bytes, received.data() + at, size);
            at += size;
        };
        agent::read_tree(to, receive, watcher(last_part(from.path)));
    }

    void put(const fs::path& from, guest_place to) {
        const auto where = qemu::find_running_guest(to.run);
        std::error_code error;
        if (!fs::exists(from, error)) {
            throw failure{exit_status::not_found,
                          fmt::format("there is no file {}", from.string())};
        }
        if (to.path.empty() || agent::guest{where}.list(to.path)) {
            to.path += (to.path.ends_with('/') ? "" : "/") + last_part(from.string());
        }
        agent::channel channel{where, {.words = {"put", to.path}, .input = true, .built_in = true}};
        agent::write_tree(
            from, [&](std::string_view bytes) { channel.send_all(bytes); },
            watcher(last_part(from.string())));
        channel.end_input();
        std::string nothing;
        while (take(channel, to, nothing)) {
        }
    }

    /// The next message; output is added to `received`. @return false: all is done, and well.
    bool take(agent::channel& channel, const guest_place& place, std::string& received) {
        const auto said = channel.receive();
        if (!said || said->what == agent::message::kind::failed) {
            throw failure{said ? said->bytes : agent::channel::guest_ended};
        }
        switch (said->what) {
            case agent::message::kind::output:
                received += said->bytes;
                return true;
            case agent::message::kind::error:
                complaint_ += said->bytes;
                return true;
            default:
                break;
        }
        if (said->status != 0) {
            throw failure{complaint_.empty()
                              ? fmt::format("{}: {}", place.path, std::strerror(said->status))
                              : complaint_.substr(0, complaint_.find('\n')),
                          "That is what the guest says."};
        }
        return false;
    }

    agent::progress_watcher watcher(const std::string& name) {
        return [this, name](const agent::tree_progress& p) {
            done_ = p;
            report_.progress(name,
                             p.total != 0 ? static_cast<double>(p.bytes) /
                                                static_cast<double>(std::max(p.total, p.bytes))
                                          : -1,
                             human_bytes(p.bytes));
        };
    }

    cp_options options_;
    reporter report_;
    agent::tree_progress done_;
    std::string complaint_;
};

}  // namespace

action add_cp(CLI::App& app) {
    auto options = std::make_shared<cp_options>();
    CLI::App* command = app.add_subcommand("cp", "Copy files into or out of a running guest");
    set_usage(*command,
              "Usage: osprey cp [OPTIONS] RUN:PATH HERE\n"
              "       osprey cp [OPTIONS] HERE RUN:PATH");
    command->footer(
        "Copies a file, or a folder with all below it; modes and times are kept, owners are not,\n"
        "nor setuid bits of what comes out of a guest. If the target is a folder, the copy goes\n"
        "into it under its own name. A file here with a colon in its name: ./a:b.\n\n"
        "Examples:\n"
        "  osprey cp ./site web:/site\n"
        "  osprey cp web:/var/log/nginx/access.log .");
    command->add_option("from", options->from, "What to copy")->type_name("FROM")->required();
    command->add_option("to", options->to, "Where to")->type_name("TO")->required();
    command->add_flag("-q,--quiet", options->style.quiet, "Say nothing but errors");
    command->add_flag("--json", options->style.json, "A status object on stderr in place of text");
    return [options] {
        return copy{*options}.run();
    };
}

}  // namespace osprey::cli::commands
