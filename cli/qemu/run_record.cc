// SPDX-License-Identifier: BSD-3-Clause
#include <signal.h>
#include <unistd.h>
#include <base/failure.hh>
#include <base/files.hh>
#include <qemu/run_record.hh>

#include <algorithm>
#include <ctime>
#include <vector>

namespace osprey::cli::qemu {

namespace {

constexpr size_t runs_kept = 50;

nlohmann::json read_facts(const fs::path& folder) {
    return nlohmann::json::parse(try_read_file(folder / "run.json").value_or(""), nullptr, false);
}

bool is_alive(const nlohmann::json& facts) {
    if (!facts.is_object() || facts.contains("status")) {
        return false;
    }
    const auto pid = facts.value("pid", pid_t{0});
    return pid > 0 && ::kill(pid, 0) == 0;
}

}  // namespace

run_record::run_record(const nlohmann::json& facts) : facts_(facts) {
    const fs::path runs = state_folder() / "runs";
    make_folders(runs);
    prune(runs);
    char stamp[32];
    const time_t now = ::time(nullptr);
    tm parts{};
    ::gmtime_r(&now, &parts);
    ::strftime(stamp, sizeof stamp, "%Y%m%d-%H%M%S", &parts);
    id_ = fmt::format("{}-{}", stamp, ::getpid());
    folder_ = runs / id_;
    make_folders(folder_);
    log_.open(log_path(), std::ios::binary | std::ios::trunc);
    facts_["id"] = id_;
    facts_["pid"] = ::getpid();
    facts_["started"] = now;
    note({});
}

void run_record::add_log(std::string_view bytes) {
    log_.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    log_.flush();
}

void run_record::note(const nlohmann::json& facts) {
    if (facts.is_object()) {
        facts_.update(facts);
    }
    write_file(folder_ / "run.json",
               facts_.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n");
}

void run_record::prune(const fs::path& runs) {
    std::error_code error;
    std::vector<fs::path> all;
    for (const auto& entry : fs::directory_iterator{runs, error}) {
        all.push_back(entry.path());
    }
    std::ranges::sort(all, std::greater{});  // names begin with the time
    for (size_t i = runs_kept; i < all.size(); ++i) {
        if (!is_alive(read_facts(all[i]))) {
            remove_tree(all[i]);
        }
    }
}

std::vector<running_guest> running_guests() {
    std::error_code error;
    std::vector<running_guest> guests;
    for (const auto& entry : fs::directory_iterator{state_folder() / "runs", error}) {
        const nlohmann::json facts = read_facts(entry.path());
        if (is_alive(facts)) {
            guests.push_back({entry.path().filename().string(), entry.path() / "monitor",
                              entry.path() / "agent", facts});
        }
    }
    std::ranges::sort(guests, {}, &running_guest::id);  // ids begin with the time
    return guests;
}

running_guest find_running_guest(const std::string& id) {
    std::vector<running_guest> guests = running_guests();
    std::erase_if(guests, [&](const running_guest& g) { return !g.id.starts_with(id); });
    if (guests.empty()) {
        throw failure{exit_status::not_found,
                      id.empty() ? "no guest is running" : fmt::format("no guest {} runs", id),
                      "Start one with `osprey run`."};
    }
    if (guests.size() > 1) {
        std::string names;
        for (const running_guest& g : guests) {
            names += (names.empty() ? "" : ", ") + g.id;
        }
        throw failure{exit_status::usage, "more than one guest is meant", "Choose: " + names};
    }
    return guests.front();
}

}  // namespace osprey::cli::qemu
