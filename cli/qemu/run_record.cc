// SPDX-License-Identifier: BSD-3-Clause
#include <unistd.h>
#include <base/failure.hh>
#include <base/files.hh>
#include <base/process_mark.hh>
#include <qemu/known_runs.hh>
#include <qemu/run_record.hh>

#include <algorithm>
#include <ctime>
#include <vector>

namespace osprey::cli::qemu {

namespace {

constexpr size_t runs_kept = 50;
constexpr size_t longest_name = 64;

void refuse_taken_name(const std::string& name) {
    for (const known_run& run : known_runs()) {
        if (run.name() == name) {
            throw failure{
                fmt::format("the name {} is taken by the run {} ({})", name, run.id,
                            name_of(run.state)),
                run.is_alive()
                    ? fmt::format("Choose another one, or stop it: osprey stop {}.", name)
                    : fmt::format("Choose another one, or remove it: osprey rm {}.", name)};
        }
    }
}

}  // namespace

void check_run_name(const std::string& name) {
    const auto is_plain = [](char c) {
        return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '-' || c == '.';
    };
    // Ids begin with a digit, so that a name is never the beginning of one.
    if (name.empty() || name.size() > longest_name || !std::ranges::all_of(name, is_plain) ||
        std::isalpha(static_cast<unsigned char>(name[0])) == 0) {
        throw failure{exit_status::usage, fmt::format("'{}' is no name for a run", name),
                      "Take a letter, then letters, digits, '_', '-' and '.'; 64 at most."};
    }
}

run_record::run_record(const nlohmann::json& facts, const std::string& name) : facts_(facts) {
    const fs::path runs = runs_folder();
    make_folders(runs);
    // Held until the folder tells the name, so that of two runs that want one name one gets it.
    const file_lock lock{state_folder() / "runs.lock"};
    if (!name.empty()) {
        check_run_name(name);
        refuse_taken_name(name);
        facts_["name"] = name;
    }
    prune(runs);
    char stamp[32];
    const time_t now = ::time(nullptr);
    tm parts{};
    ::gmtime_r(&now, &parts);
    ::strftime(stamp, sizeof stamp, "%Y%m%d-%H%M%S", &parts);
    id_ = fmt::format("{}-{}", stamp, ::getpid());
    folder_ = runs / id_;
    make_folders(folder_);
    fs::permissions(folder_, fs::perms::owner_all);  // programs' output and arguments are private
    log_.open(log_path(), std::ios::binary | std::ios::trunc);
    facts_["id"] = id_;
    facts_["pid"] = ::getpid();
    facts_["process"] = process_mark(::getpid());
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
        if (!look_at_run(all[i]).is_alive()) {
            remove_tree(all[i]);
        }
    }
}

}  // namespace osprey::cli::qemu
