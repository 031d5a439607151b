// SPDX-License-Identifier: BSD-3-Clause
#include <base/failure.hh>
#include <base/files.hh>
#include <base/process_mark.hh>
#include <qemu/control.hh>
#include <qemu/known_runs.hh>

#include <algorithm>

namespace osprey::cli::qemu {

namespace {

/// Those that `word` means: one of that name, else those whose ids begin so.
std::vector<known_run> matching(std::vector<known_run> runs, const std::string& word) {
    const auto named = std::ranges::find_if(runs, [&](const known_run& r) {
        return !word.empty() && (r.name() == word || r.id == word);
    });
    if (named != runs.end()) {
        return {*named};
    }
    std::erase_if(runs, [&](const known_run& r) { return !r.id.starts_with(word); });
    return runs;
}

failure ambiguous(const char* what, const std::vector<known_run>& runs) {
    std::string names;
    for (const known_run& r : runs) {
        names += (names.empty() ? "" : ", ") + r.called();
    }
    return failure{exit_status::usage, fmt::format("more than one {} is meant", what),
                   "Choose: " + names};
}

running_guest as_guest(const known_run& run) {
    return {run.id,   run.called(), run.folder, run.folder / "monitor", run.folder / "agent",
            run.facts};
}

}  // namespace

const char* name_of(run_state state) {
    switch (state) {
        case run_state::starting:
            return "starting";
        case run_state::running:
            return "running";
        case run_state::exited:
            return "exited";
        case run_state::lost:
            break;
    }
    return "lost";
}

std::string known_run::name() const {
    return text_of(facts, "name");
}

std::string known_run::called() const {
    const std::string own = name();
    return own.empty() ? id : own;
}

pid_t known_run::pid() const {
    return static_cast<pid_t>(number_of(facts, "pid"));
}

unique_fd known_run::process() const {
    return open_process(pid(), text_of(facts, "process"));
}

int known_run::status() const {
    return state == run_state::exited ? static_cast<int>(number_of(facts, "status")) : -1;
}

std::filesystem::path runs_folder() {
    return state_folder() / "runs";
}

known_run look_at_run(const std::filesystem::path& folder) {
    known_run run{.id = folder.filename().string(), .folder = folder};
    const auto read = [&] {
        run.facts =
            nlohmann::json::parse(try_read_file(folder / "run.json").value_or(""), nullptr, false);
        if (!run.facts.is_object()) {
            run.facts = nlohmann::json::object();
        }
    };
    read();
    const std::string mark = text_of(run.facts, "process");
    const bool lives = !mark.empty() && process_mark(run.pid()) == mark;
    if (!lives && !run.facts.contains("status")) {
        read();  // it may have ended, and said so, between the two looks
    }
    run.state = run.facts.contains("status")   ? run_state::exited
                : !lives                       ? run_state::lost
                : run.facts.contains("booted") ? run_state::running
                                               : run_state::starting;
    return run;
}

std::vector<known_run> known_runs() {
    std::error_code error;
    std::vector<known_run> runs;
    for (const auto& entry : fs::directory_iterator{runs_folder(), error}) {
        if (known_run run = look_at_run(entry.path()); !run.facts.empty()) {
            runs.push_back(std::move(run));
        }
    }
    std::ranges::sort(runs, {}, &known_run::id);  // ids begin with the time
    return runs;
}

known_run find_run(const std::string& word) {
    std::vector<known_run> runs = matching(known_runs(), word);
    if (runs.empty() || word.empty()) {
        throw failure{exit_status::not_found, fmt::format("there is no run {}", word),
                      "`osprey ps -a` lists those that are known."};
    }
    if (runs.size() > 1) {
        throw ambiguous("run", runs);
    }
    return runs.front();
}

std::vector<running_guest> running_guests() {
    std::vector<running_guest> guests;
    for (const known_run& run : known_runs()) {
        if (run.is_alive()) {
            guests.push_back(as_guest(run));
        }
    }
    return guests;
}

running_guest find_running_guest(const std::string& word) {
    std::vector<known_run> runs = known_runs();
    std::erase_if(runs, [](const known_run& r) { return !r.is_alive(); });
    runs = matching(std::move(runs), word);
    if (runs.empty()) {
        throw failure{exit_status::not_found,
                      word.empty() ? "no guest is running" : fmt::format("no guest {} runs", word),
                      "`osprey ps` lists those that run; start one with `osprey run`."};
    }
    if (runs.size() > 1) {
        throw ambiguous("guest", runs);
    }
    return as_guest(runs.front());
}

}  // namespace osprey::cli::qemu
