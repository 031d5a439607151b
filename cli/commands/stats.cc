// SPDX-License-Identifier: BSD-3-Clause
#include <agent/sample.hh>
#include <base/failure.hh>
#include <base/text.hh>
#include <commands/commands.hh>
#include <commands/listing.hh>
#include <commands/screen.hh>
#include <commands/usage.hh>

#include <algorithm>
#include <map>
#include <memory>

namespace osprey::cli::commands {

namespace {

using agent::machine_sample;
using nlohmann::json;

struct stats_options {
    std::vector<std::string> runs;
    double seconds = 1;
    bool once = false;
    bool as_json = false;
};

/// One guest that is watched, as long as it lives.
struct watched_guest {
    explicit watched_guest(const qemu::running_guest& guest) : where{guest}, files{guest} {
        now = agent::sample_machine(files);
    }

    void look() {
        before = now;
        now = agent::sample_machine(files);
    }

    /// 100 is one CPU all of the time, as Docker has it.
    [[nodiscard]] double percent() const {
        double worked = 0;
        for (size_t i = 0; i < now.cpus.size() && i < before.cpus.size(); ++i) {
            worked += now.cpus[i].busy - before.cpus[i].busy;
        }
        const double elapsed = now.uptime - before.uptime;
        return elapsed > 0 ? std::max(100 * worked / elapsed, 0.0) : 0;
    }
    [[nodiscard]] uint64_t memory_used() const {
        return now.memory_total - std::min(now.memory_available, now.memory_total);
    }

    qemu::running_guest where;
    agent::guest files;
    machine_sample before, now;
};

class stats_view {
public:
    explicit stats_view(const stats_options& options)
        : options_{options},
          screen_{options.once || options.as_json ? screen::style::plain : screen::style::full} {}

    int run() {
        for (const std::string& word : options_.runs) {
            add(qemu::find_running_guest(word));
        }
        find_new();
        while (screen_.wait(options_.seconds)) {
            look();
            show();
            if (options_.once || (guests_.empty() && !options_.runs.empty())) {
                break;
            }
            find_new();
        }
        return 0;
    }

private:
    void add(const qemu::running_guest& where) {
        try {
            guests_.emplace(where.id, std::make_unique<watched_guest>(where));
        } catch (const failure& error) {
            unreadable_[where.id] = {where.called, error.what()};
            if (!options_.runs.empty()) {
                throw;
            }
        }
    }

    /// Without names it shows all that run, also those that start meanwhile.
    void find_new() {
        if (!options_.runs.empty()) {
            return;
        }
        const std::vector<qemu::running_guest> running = qemu::running_guests();
        for (const qemu::running_guest& where : running) {
            if (!guests_.contains(where.id) && !unreadable_.contains(where.id) &&
                where.facts.contains("booted")) {
                add(where);
            }
        }
        std::erase_if(unreadable_, [&](const auto& entry) {
            return std::ranges::find(running, entry.first, &qemu::running_guest::id) ==
                   running.end();
        });
    }

    void look() {
        std::erase_if(guests_, [](auto& entry) {
            try {
                entry.second->look();
                return false;
            } catch (const failure&) {
                return true;  // it ended
            }
        });
    }

    void show() const {
        if (options_.as_json) {
            json all = json::array();
            for (const auto& [id, g] : guests_) {
                all.push_back({{"run", id},
                               {"name", g->where.called},
                               {"cpu_percent", g->percent()},
                               {"cpus", g->now.cpus.size()},
                               {"memory_used_bytes", g->memory_used()},
                               {"memory_bytes", g->now.memory_total},
                               {"network_received_bytes", g->now.received},
                               {"network_sent_bytes", g->now.sent},
                               {"disk_read_bytes", g->now.disk_read},
                               {"disk_written_bytes", g->now.written},
                               {"processes", g->now.processes},
                               {"threads", g->now.threads}});
            }
            return options_.once ? print_json(all) : print_json_line(all);
        }
        table lines{{"RUN ID", "NAME", "CPU %", "MEM USAGE / LIMIT", "MEM %", "NET I/O",
                     "BLOCK I/O", "PIDS"}};
        for (const auto& [id, g] : guests_) {
            lines.add(
                {id, g->where.called == id ? "-" : g->where.called,
                 fmt::format("{:.2f}%", g->percent()),
                 fmt::format("{} / {}", human_bytes(g->memory_used()),
                             human_bytes(g->now.memory_total)),
                 fmt::format("{:.2f}%",
                             100.0 * static_cast<double>(g->memory_used()) /
                                 static_cast<double>(std::max<uint64_t>(g->now.memory_total, 1))),
                 fmt::format("{} / {}", human_bytes(g->now.received), human_bytes(g->now.sent)),
                 fmt::format("{} / {}", human_bytes(g->now.disk_read), human_bytes(g->now.written)),
                 fmt::format("{}", g->now.threads)});
        }
        for (const auto& [id, why] : unreadable_) {
            lines.add({id, why.first == id ? "-" : why.first, "-", why.second});
        }
        screen_.draw(lines.text());
    }

    stats_options options_;
    mutable screen screen_;
    std::map<std::string, std::unique_ptr<watched_guest>> guests_;
    /// Guests without an agent: what they are called, and why they cannot be read.
    std::map<std::string, std::pair<std::string, std::string>> unreadable_;
};

}  // namespace

action add_stats(CLI::App& app) {
    auto options = std::make_shared<stats_options>();
    CLI::App* command =
        app.add_subcommand("stats", "Show what guests use: CPU, memory, network, disk");
    set_usage(*command, "Usage: osprey stats [OPTIONS] [RUN…]");
    command->footer(
        "Without RUN: all that run. CPU: 100 % is one CPU; memory: what the guest cannot give to\n"
        "programs at once; network and disk: bytes since boot, in / out and read / written; PIDS:\n"
        "threads. On a terminal it fills the screen, and q ends it.");
    command->add_option("runs", options->runs, "Which guests")->type_name("RUN");
    command->add_option("-d,--delay", options->seconds, "Time between two looks")
        ->type_name("SECONDS")
        ->check(CLI::Range(0.01, 1e6).description(""))
        ->capture_default_str();
    command->add_flag("--no-stream", options->once, "Look once, then end");
    command->add_flag("--json", options->as_json, "A JSON array for each time, one a line");
    return [options] {
        return stats_view{*options}.run();
    };
}

}  // namespace osprey::cli::commands
