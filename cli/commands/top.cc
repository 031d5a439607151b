// SPDX-License-Identifier: BSD-3-Clause
#include <fmt/format.h>
#include <agent/sample.hh>
#include <base/text.hh>
#include <commands/commands.hh>
#include <commands/listing.hh>
#include <commands/screen.hh>
#include <commands/usage.hh>

#include <algorithm>
#include <map>

namespace osprey::cli::commands {

namespace {

using agent::machine_sample;
using agent::thread_sample;
using nlohmann::json;

struct top_options {
    std::string run;
    int64_t iterations = 0;
    double seconds = 2;
    bool plain = false;
    bool as_json = false;
};

/// A thread and what it did since the sample before.
struct thread_rates {
    thread_sample now;
    double percent = 0;                                    ///< of one CPU
    double switches = 0, preemptions = 0, migrations = 0;  // per second
};

class thread_view {
public:
    explicit thread_view(const top_options& options)
        : options_{options},
          where_{qemu::find_running_guest(options.run)},
          guest_{where_},
          screen_{options.plain || options.as_json ? screen::style::plain : screen::style::full} {}

    int run() {
        take();
        for (int64_t i = 0; options_.iterations == 0 || i < options_.iterations; ++i) {
            if (!screen_.wait(options_.seconds)) {
                break;
            }
            const machine_sample before = machine_;
            const std::map<int, thread_sample> threads = std::move(threads_);
            take();
            show(before, threads);
        }
        return 0;
    }

private:
    void take() {
        machine_ = agent::sample_machine(guest_);
        threads_.clear();
        for (thread_sample& t : agent::sample_threads(guest_)) {
            threads_[t.tid] = std::move(t);
        }
    }

    void show(const machine_sample& before, const std::map<int, thread_sample>& old) {
        const double elapsed = std::max(machine_.uptime - before.uptime, 0.001);
        std::vector<thread_rates> rates;
        for (const auto& [tid, now] : threads_) {
            const auto known = old.find(tid);
            // A new thread did all that it has done in this time; so did one with an old number.
            const bool same = known != old.end() && known->second.seconds <= now.seconds &&
                              known->second.switches <= now.switches;
            const thread_sample then = same ? known->second : thread_sample{};
            const auto per_second = [&](uint64_t a, uint64_t b) {
                return static_cast<double>(b - std::min(a, b)) / elapsed;
            };
            rates.push_back({now, 100 * (now.seconds - then.seconds) / elapsed,
                             per_second(then.switches, now.switches),
                             per_second(then.preemptions, now.preemptions),
                             per_second(then.migrations, now.migrations)});
        }
        std::ranges::stable_sort(rates, std::greater{}, &thread_rates::percent);
        if (options_.as_json) {
            print_json_line(as_json(before, elapsed, rates));
        } else {
            screen_.draw(text(before, rates));
        }
    }

    /// Per cent of the time that a CPU was busy.
    static double busy(const agent::cpu_times& then, const agent::cpu_times& now) {
        const double worked = now.busy - then.busy;
        const double all = worked + now.idle - then.idle;
        return all > 0 ? std::clamp(100 * worked / all, 0.0, 100.0) : 0;
    }

    std::string text(const machine_sample& before, const std::vector<thread_rates>& rates) const {
        std::string head = fmt::format(
            "{}: {}, {} of {} used, up {}\n", where_.called, counted(threads_.size(), "thread"),
            human_bytes(machine_.memory_total -
                        std::min(machine_.memory_available, machine_.memory_total)),
            human_bytes(machine_.memory_total), human_age(static_cast<uint64_t>(machine_.uptime)));
        head += "CPUs busy:";
        for (size_t i = 0; i < machine_.cpus.size() && i < before.cpus.size(); ++i) {
            head += fmt::format(" {:.0f}%", busy(before.cpus[i], machine_.cpus[i]));
        }
        head += "\n\n";
        table lines{{"    TID", "    PID", "CPU", "  %CPU", "   TIME", "  SW/s", " us/SW", " PRE/s",
                     " MIG/s", "NAME"}};
        for (const thread_rates& t : rates) {
            lines.add(
                {fmt::format("{:7}", t.now.tid), fmt::format("{:7}", t.now.pid),
                 fmt::format("{:3}", t.now.cpu), fmt::format("{:6.1f}", t.percent),
                 fmt::format("{:7.2f}", t.now.seconds), fmt::format("{:6.1f}", t.switches),
                 t.switches > 0 ? fmt::format("{:6.0f}", t.percent * 1e4 / t.switches) : "     -",
                 fmt::format("{:6.1f}", t.preemptions), fmt::format("{:6.1f}", t.migrations),
                 printable(t.now.name)});
        }
        return head + lines.text() + (screen_.is_full() ? "" : "\n");
    }

    json as_json(const machine_sample& before, double elapsed,
                 const std::vector<thread_rates>& rates) const {
        json cpus = json::array();
        for (size_t i = 0; i < machine_.cpus.size() && i < before.cpus.size(); ++i) {
            cpus.push_back({{"cpu", i}, {"busy_percent", busy(before.cpus[i], machine_.cpus[i])}});
        }
        json threads = json::array();
        for (const thread_rates& t : rates) {
            threads.push_back({{"tid", t.now.tid},
                               {"pid", t.now.pid},
                               {"cpu", t.now.cpu},
                               {"name", t.now.name},
                               {"state", std::string(1, t.now.state)},
                               {"cpu_percent", t.percent},
                               {"cpu_ms", t.now.seconds * 1000},
                               {"switches", t.now.switches},
                               {"preemptions", t.now.preemptions},
                               {"migrations", t.now.migrations},
                               {"switches_per_second", t.switches},
                               {"preemptions_per_second", t.preemptions},
                               {"migrations_per_second", t.migrations}});
        }
        return {{"run", where_.id},
                {"name", where_.called},
                {"uptime_s", machine_.uptime},
                {"elapsed_s", elapsed},
                {"cpus", cpus},
                {"memory_bytes", machine_.memory_total},
                {"memory_available_bytes", machine_.memory_available},
                {"threads", threads}};
    }

    top_options options_;
    qemu::running_guest where_;
    agent::guest guest_;
    screen screen_;
    machine_sample machine_;
    std::map<int, thread_sample> threads_;
};

}  // namespace

action add_top(CLI::App& app) {
    auto options = std::make_shared<top_options>();
    CLI::App* command = app.add_subcommand("top", "Show what the threads of a guest do");
    set_usage(*command, "Usage: osprey top [OPTIONS] [RUN]");
    command->footer(
        "The busiest threads first. CPU: where the thread ran last; %CPU: 100 is one CPU; TIME:\n"
        "seconds of CPU time; SW/s: switches to the thread a second, each for us/SW microseconds\n"
        "on average; PRE/s: how often it was preempted; MIG/s: how often it moved to another CPU.\n"
        "On a terminal it fills the screen and q ends it; else there is a block for each time.\n"
        "RUN may be left out when one guest runs.");
    command->add_option("run", options->run, "Which guest")->type_name("RUN");
    command->add_option("-d,--delay", options->seconds, "Time between two looks")
        ->type_name("SECONDS")
        ->check(CLI::Range(0.01, 1e6).description(""))
        ->capture_default_str();
    command->add_option("-n,--iterations", options->iterations, "End after so many (0: never)")
        ->type_name("N")
        ->check(CLI::NonNegativeNumber.description(""));
    command->add_flag("-b,--batch", options->plain, "Blocks of text, on a terminal, too");
    command->add_flag("--json", options->as_json, "One JSON object for each time, one a line");
    return [options] {
        return thread_view{*options}.run();
    };
}

}  // namespace osprey::cli::commands
