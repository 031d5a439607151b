// SPDX-License-Identifier: BSD-3-Clause
#include <sys/stat.h>
#include <base/failure.hh>
#include <base/files.hh>
#include <base/text.hh>
#include <commands/commands.hh>
#include <commands/listing.hh>
#include <commands/usage.hh>
#include <image/erofs.hh>
#include <image/hash_tree.hh>
#include <qemu/known_runs.hh>

#include <algorithm>
#include <cstdio>
#include <nlohmann/json.hpp>

namespace osprey::cli::commands {

namespace {

using nlohmann::json;

struct inspect_options {
    std::string image;
    bool as_json = false;
    bool files = false;
    bool verify = false;
};

const char* kind_of(uint16_t mode) {
    switch (mode & S_IFMT) {
        case S_IFDIR:
            return "folder";
        case S_IFREG:
            return "file";
        case S_IFLNK:
            return "link";
        case S_IFIFO:
            return "fifo";
        default:
            return "device";
    }
}

json describe(const image::erofs_image& image, const inspect_options& options) {
    json result{{"path", options.image},           {"format", "erofs"},
                {"bytes", image.file_size()},      {"block_size", image.block_size()},
                {"blocks", image.blocks()},        {"inodes", image.inode_count()},
                {"created", image.build_time()},   {"uuid", image.uuid()},
                {"compressed", image.compressed()}};
    const auto card = image.find("/etc/osprey/image.json");
    const auto text = card ? image.read(*card) : std::nullopt;
    const json facts = json::parse(text.value_or(""), nullptr, false);
    result["osprey"] = facts.is_object() ? facts : json{};
    if (const auto tree = image::read_hash_tree(options.image, image.data_bytes())) {
        result["verity"] = {
            {"algorithm", tree->algorithm}, {"root_hash", tree->root_hash}, {"bytes", tree->bytes}};
    } else {
        image::require_promised_tree(options.image, result["osprey"]);
        result["verity"] = nullptr;
    }
    if (options.files) {
        json files = json::array();
        image.walk([&](const std::string& path, const image::erofs_image::inode& node) {
            json entry{{"path", path},
                       {"kind", kind_of(node.mode)},
                       {"mode", fmt::format("{:04o}", node.mode & 07777)},
                       {"size", node.size},
                       {"time", node.time}};
            if ((node.mode & S_IFMT) == S_IFLNK) {
                entry["target"] = image.read(node).value_or("");
            }
            files.push_back(std::move(entry));
        });
        result["files"] = std::move(files);
    }
    return result;
}

void print_text(const json& facts) {
    const json& card = facts["osprey"];
    fmt::print("image      {}\n", facts["path"].get<std::string>());
    fmt::print("size       {} ({} blocks of {}){}\n", human_bytes(facts["bytes"]),
               facts["blocks"].get<uint64_t>(), facts["block_size"].get<uint64_t>(),
               facts["compressed"].get<bool>() ? ", compressed" : "");
    const json& tree = facts["verity"];
    fmt::print("checked    {}\n",
               tree.is_null()
                   ? "not: it has no hash tree"
                   : fmt::format("by {}, root hash {}", tree["algorithm"].get<std::string>(),
                                 tree["root_hash"].get<std::string>()));
    fmt::print("files      {}\n", facts["inodes"].get<uint64_t>());
    if (!card.is_object()) {
        fmt::print("program    unknown (not made by osprey build)\n");
    } else {
        std::vector<std::string> words{card.value("program", "?")};
        for (const json& word : card.value("arguments", json::array())) {
            words.push_back(word.get<std::string>());
        }
        fmt::print("program    {}\n", shell_join(words));
        for (const json& option : card.value("options", json::array())) {
            fmt::print("option     {}\n", option.get<std::string>());
        }
        const json source = card.value("source", json::object());
        fmt::print("source     {}\n", source.value("kind", "?"));
        const json packages = source.value("packages", json::object());
        for (const auto& [name, version] : packages.items()) {
            fmt::print("package    {} {}\n", name, version.get<std::string>());
        }
    }
    if (facts.contains("files")) {
        for (const json& file : facts["files"]) {
            const std::string target = file.value("target", "");
            fmt::print("{} {:6} {:>12} {}{}{}\n", file["mode"].get<std::string>(),
                       file["kind"].get<std::string>(), file["size"].get<uint64_t>(),
                       file["path"].get<std::string>(), target.empty() ? "" : " -> ", target);
        }
    }
}

/// Whether a word is meant for a run rather than for a missing image.
bool is_run(const std::string& word) {
    return std::ranges::any_of(qemu::known_runs(), [&](const qemu::known_run& run) {
        return run.name() == word || run.id.starts_with(word);
    });
}

int inspect_run(const qemu::known_run& run, bool as_json) {
    const json facts = run_as_json(run);
    if (as_json) {
        print_json(facts);
        return 0;
    }
    for (const auto& [name, value] : facts.items()) {
        const std::string text = value.is_string()
                                     ? value.get<std::string>()
                                     : value.dump(-1, ' ', false, json::error_handler_t::replace);
        fmt::print("{:12} {}\n", name, printable(text));
    }
    return 0;
}

/// Compares every block with its checksum; throws if one does not match.
void verify(const image::erofs_image& image, const std::string& name) {
    if (!image::read_hash_tree(name, image.data_bytes())) {
        throw failure{fmt::format("the image {} has no hash tree to verify it by", name),
                      "Images of `osprey build` have one, unless built with --verity none."};
    }
    const std::vector<uint64_t> damaged = image::damaged_blocks(name, image.data_bytes());
    if (damaged.empty()) {
        return;
    }
    constexpr size_t most_shown = 10;
    std::string list;
    for (size_t i = 0; i < damaged.size() && i < most_shown; ++i) {
        list += fmt::format("{}{}", i == 0 ? "" : ", ", damaged[i]);
    }
    throw failure{fmt::format("the image {} is damaged: {} not match {}: {}{}", name,
                              damaged.size() == 1 ? "1 block does"
                                                  : fmt::format("{} blocks do", damaged.size()),
                              damaged.size() == 1 ? "its checksum" : "their checksums", list,
                              damaged.size() > most_shown ? ", …" : ""),
                  "Copy, download or build the image again."};
}

}  // namespace

action add_inspect(CLI::App& app) {
    auto options = std::make_shared<inspect_options>();
    CLI::App* inspect =
        app.add_subcommand("inspect", "Show what an image holds, or all about a run");
    set_usage(*inspect, "Usage: osprey inspect [OPTIONS] IMAGE|RUN");
    inspect->footer("A run that is called as a file here is meant by its id.");
    inspect->add_option("image", options->image, "The image to read, or a run")
        ->type_name("IMAGE|RUN")
        ->required();
    inspect->add_flag("--files", options->files, "List every file");
    inspect->add_flag("--verify", options->verify, "Compare every block with its checksum");
    inspect->add_flag("--json", options->as_json, "Print one JSON object");
    return [options] {
        std::error_code ignored;
        if (!fs::exists(options->image, ignored) && options->image.find('/') == std::string::npos &&
            is_run(options->image)) {
            return inspect_run(qemu::find_run(options->image), options->as_json);
        }
        const image::erofs_image image{options->image};
        if (options->verify) {
            verify(image, options->image);
        }
        const json facts = describe(image, *options);
        if (options->as_json) {
            fmt::print("{}\n", facts.dump(2, ' ', false, json::error_handler_t::replace));
        } else {
            print_text(facts);
        }
        return 0;
    };
}

}  // namespace osprey::cli::commands
