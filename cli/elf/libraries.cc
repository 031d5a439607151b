// SPDX-License-Identifier: BSD-3-Clause
#include <fnmatch.h>
#include <base/failure.hh>
#include <base/files.hh>
#include <base/text.hh>
#include <elf/libraries.hh>

#include <algorithm>
#include <cstdlib>

namespace osprey::cli::elf {

namespace {

/// Linux gives up after this many scripts that are each other's interpreters (fs/exec.c).
constexpr int most_script_levels = 5;
constexpr int most_include_levels = 8;

std::string folder_of(const std::string& path) {
    return std::filesystem::path{path}.parent_path().string();
}

/// Replaces $ORIGIN, ${ORIGIN}, $LIB and $PLATFORM in a search path (ld.so(8)).
std::string expand(std::string text, const std::string& origin) {
    const std::pair<const char*, std::string> tokens[] = {
        {"${ORIGIN}", origin},
        {"$ORIGIN", origin},
        {"${LIB}", "lib/x86_64-linux-gnu"},
        {"$LIB", "lib/x86_64-linux-gnu"},
        {"${PLATFORM}", "x86_64"},
        {"$PLATFORM", "x86_64"},
    };
    for (const auto& [token, value] : tokens) {
        for (size_t at = text.find(token); at != std::string::npos;
             at = text.find(token, at + value.size())) {
            text.replace(at, std::string_view{token}.size(), value);
        }
    }
    return text;
}

/// Names that musl's loader serves itself, whatever is on disk (ldso/dynlink.c, "reserved").
bool is_part_of_musl(const std::string& name) {
    static const std::set<std::string> stems{"libc",  "libpthread", "librt",  "libm",
                                             "libdl", "libutil",    "libxnet"};
    return stems.contains(name.substr(0, name.find('.')));
}

}  // namespace

std::optional<file_view::located> host_view::find(const std::string& path) const {
    std::error_code error;
    const std::filesystem::path real = std::filesystem::canonical(path, error);
    if (error || !std::filesystem::is_regular_file(real, error)) {
        return std::nullopt;
    }
    return located{real.string(), real};
}

std::vector<std::string> host_view::list(const std::string& folder) const {
    std::vector<std::string> names;
    std::error_code error;
    for (const auto& entry : std::filesystem::directory_iterator{folder, error}) {
        names.push_back(entry.path().filename().string());
    }
    std::ranges::sort(names);
    return names;
}

library_finder::library_finder(const file_view& view, const std::string& library_path)
    : view_{view} {
    if (!library_path.empty()) {
        library_path_ = split(library_path, ':');
    }
}

void library_finder::add_program(const std::string& path) {
    const std::optional<file_view::located> where = view_.find(path);
    if (!where) {
        throw failure{exit_status::not_found,
                      fmt::format("there is no program {} in {}", path, view_.description())};
    }
    if (const auto words = script_interpreter(where->source); !words.empty()) {
        add_script(path, words);
    } else {
        add_elf(path, *where);
    }
}

void library_finder::add_script(const std::string& path, const std::vector<std::string>& words) {
    if (++script_depth_ > most_script_levels) {
        throw failure{exit_status::not_runnable,
                      fmt::format("{}: too many scripts that run each other", path)};
    }
    paths_.insert(path);
    if (!view_.find(words[0])) {
        throw failure{exit_status::not_runnable,
                      fmt::format("the script {} wants the interpreter {}, which is not in {}",
                                  path, words[0], view_.description()),
                      "Add the package or file that brings it (--deb, --file)."};
    }
    add_program(words[0]);
    // `#!/usr/bin/env python3`: what env will look up on PATH.
    if (std::filesystem::path{words[0]}.filename() == "env" && words.size() > 1) {
        for (const std::string& word : split_blanks(words[1])) {
            if (word.starts_with('-') || word.find('=') != std::string::npos) {
                continue;
            }
            for (const char* folder : {"/usr/local/bin/", "/usr/bin/", "/bin/", "/usr/sbin/"}) {
                if (view_.find(folder + word)) {
                    add_program(folder + word);
                    return;
                }
            }
            throw failure{
                exit_status::not_runnable,
                fmt::format("the script {} wants the interpreter '{}', which is not in {}", path,
                            word, view_.description()),
                "Add the package or file that brings it (--deb, --file)."};
        }
    }
}

void library_finder::add_elf(const std::string& path, const file_view::located& where) {
    objects_.push_back(
        std::make_unique<object>(object{read_elf(where.source, path), where.path, nullptr}));
    const object& program = *objects_.back();
    paths_.insert(path);
    if (program.file.interpreter.empty() && !program.file.is_program) {
        throw failure{exit_status::not_runnable,
                      fmt::format("{} is a shared library without an entry point", path),
                      "Give the program that uses it."};
    }
    if (program.file.interpreter.empty()) {
        return;  // static, or the loader itself
    }
    const std::string& interpreter = program.file.interpreter;
    const auto loader = view_.find(interpreter);
    if (!loader) {
        throw failure{exit_status::not_runnable,
                      fmt::format("{} wants the program interpreter {}, which is not in {}", path,
                                  interpreter, view_.description()),
                      interpreter.find("ld-musl") != std::string::npos
                          ? "Install musl, or add the file with --file."
                          : "Add the C library that the program was built for (--file, --root)."};
    }
    (void)read_elf(loader->source, interpreter);  // a damaged loader is told here
    paths_.insert(interpreter);
    is_musl_ = interpreter.find("ld-musl") != std::string::npos;
    defaults_ = {"/lib/x86_64-linux-gnu",
                 "/usr/lib/x86_64-linux-gnu",
                 "/lib64",
                 "/usr/lib64",
                 "/lib",
                 "/usr/lib"};
    configured_.clear();
    if (is_musl_) {
        read_musl_path();
    } else {
        read_configuration("/etc/ld.so.conf", 0);
    }
    loaded_[std::filesystem::path{interpreter}.filename().string()] = interpreter;
    add_needed(program);
    if (!is_musl_) {
        add_exit_support(program);
    }
}

void library_finder::add_needed(const object& wanted_by) {
    for (const std::string& name : wanted_by.file.needed) {
        if (loaded_.contains(name) || (is_musl_ && is_part_of_musl(name))) {
            continue;
        }
        const std::string path = find_library(name, wanted_by);
        if (path.empty()) {
            throw failure{
                exit_status::not_runnable,
                fmt::format("{} needs the library {}, which is not in {}", wanted_by.path, name,
                            view_.description()),
                "Install the package that has it, add it with --file HOST:GUEST, or say where it "
                "is with -e LD_LIBRARY_PATH=FOLDER."};
        }
        loaded_[name] = path;
        paths_.insert(path);
        const auto where = view_.find(path);
        objects_.push_back(std::make_unique<object>(
            object{read_elf(where->source, path), where->path, &wanted_by}));
        add_needed(*objects_.back());
    }
}

void library_finder::add_exit_support(const object& program) {
    // glibc loads libgcc_s by itself when a thread is cancelled or calls pthread_exit().
    if (loaded_.contains("libc.so.6") && !loaded_.contains("libgcc_s.so.1")) {
        if (const std::string path = find_library("libgcc_s.so.1", program); !path.empty()) {
            loaded_["libgcc_s.so.1"] = path;
            paths_.insert(path);
        }
    }
}

std::string library_finder::find_library(const std::string& name, const object& wanted_by) {
    if (name.find('/') != std::string::npos) {
        const std::string path = expand(name, folder_of(wanted_by.path));
        return view_.find(path) ? path : std::string{};
    }
    std::string found;
    if (wanted_by.file.runpath.empty()) {
        for (const object* at = &wanted_by; at != nullptr && found.empty(); at = at->parent) {
            if (at->file.runpath.empty()) {
                found = find_in(at->file.rpath, name, *at);
            }
        }
        // The program's own DT_RPATH serves everything that is loaded.
        const object& program = *objects_.front();
        if (found.empty() && program.file.runpath.empty()) {
            found = find_in(program.file.rpath, name, program);
        }
    }
    if (found.empty()) {
        found = find_in(library_path_, name, wanted_by);
    }
    if (found.empty()) {
        found = find_in(wanted_by.file.runpath, name, wanted_by);
    }
    if (found.empty()) {
        found = find_in(configured_, name, wanted_by);
        // What lies in a default folder is found in the guest without a cache, too.
        used_configuration_ =
            used_configuration_ ||
            (!found.empty() && std::ranges::find(defaults_, folder_of(found)) == defaults_.end());
    }
    if (found.empty()) {
        found = find_in(defaults_, name, wanted_by);
    }
    return found;
}

std::string library_finder::find_in(const std::vector<std::string>& folders,
                                    const std::string& name, const object& wanted_by) const {
    for (const std::string& folder : folders) {
        const std::string base = expand(folder, folder_of(wanted_by.path));
        if (base.empty() || base[0] != '/') {
            continue;  // relative to the working folder, which nobody should rely on
        }
        const std::string path =
            std::filesystem::path{base + "/" + name}.lexically_normal().string();
        if (const auto where = view_.find(path); where && try_read_elf(where->source)) {
            return path;
        }
    }
    return {};
}

void library_finder::read_configuration(const std::string& path, int depth) {
    const auto where = view_.find(path);
    const auto content = where ? try_read_file(where->source) : std::nullopt;
    if (!content || depth > most_include_levels) {
        return;
    }
    for (std::string line : split(*content, '\n')) {
        line = line.substr(0, line.find('#'));
        const std::vector<std::string> words = split_blanks(line);
        if (words.empty() || words[0] == "hwcap") {
            continue;
        }
        if (words[0] != "include") {
            for (const std::string& word : words) {
                configured_.push_back(word);
            }
            continue;
        }
        for (size_t i = 1; i < words.size(); ++i) {
            const std::filesystem::path pattern =
                words[i][0] == '/' ? words[i] : folder_of(path) + "/" + words[i];
            for (const std::string& name : view_.list(pattern.parent_path().string())) {
                if (::fnmatch(pattern.filename().c_str(), name.c_str(), 0) == 0) {
                    read_configuration((pattern.parent_path() / name).string(), depth + 1);
                }
            }
        }
    }
}

void library_finder::read_musl_path() {
    defaults_ = {"/lib", "/usr/local/lib", "/usr/lib"};
    const auto where = view_.find("/etc/ld-musl-x86_64.path");
    if (const auto content = where ? try_read_file(where->source) : std::nullopt) {
        std::string text = *content;
        std::ranges::replace(text, ':', '\n');
        defaults_ = split_blanks(text);
        paths_.insert("/etc/ld-musl-x86_64.path");
    }
}

}  // namespace osprey::cli::elf
