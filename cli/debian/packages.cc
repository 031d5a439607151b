// SPDX-License-Identifier: BSD-3-Clause
#include <base/failure.hh>
#include <base/files.hh>
#include <base/text.hh>
#include <debian/alternatives.hh>
#include <debian/certificates.hh>
#include <debian/packages.hh>
#include <debian/unpack.hh>

#include <map>

namespace osprey::cli::debian {

namespace {

fs::path unpacked_at(const package& p) {
    return cache_folder() / "debs" / p.sha256;
}

/// Downloads and unpacks what the cache lacks.
void fetch_missing(apt& source, const std::vector<package>& all, reporter& report) {
    const fs::path cache = cache_folder() / "debs";
    make_folders(cache);
    const file_lock lock{cache / "lock"};
    std::vector<package> missing;
    for (const package& p : all) {
        if (!fs::exists(unpacked_at(p))) {
            missing.push_back(p);
        }
    }
    if (missing.empty()) {
        return;
    }
    const temporary_folder work{cache, "fetch"};
    source.download(missing, work.path());
    size_t done = 0;
    for (const package& p : missing) {
        report.progress("unpacking packages",
                        static_cast<double>(done++) / static_cast<double>(missing.size()), p.name);
        const fs::path deb = work.path() / p.file;
        if (!fs::exists(deb)) {
            throw failure{fmt::format("apt did not deliver {}", p.file)};
        }
        // apt checked it against the signed list; this ties the bytes to the name in the cache.
        if (sha256_of_file(deb) != p.sha256) {
            throw failure{fmt::format("{} has the wrong checksum", p.file),
                          "Try again; if it stays, the package source is broken."};
        }
        temporary_folder unpacked{cache, "unpack"};
        unpack_deb(deb, unpacked.path());
        if (::rename(unpacked.path().c_str(), unpacked_at(p).c_str()) != 0) {
            throw system_failure(fmt::format("write {}", unpacked_at(p).string()), errno);
        }
        unpacked.release();
        fs::remove(deb);
    }
    report.progress_end();
}

/// The links that update-alternatives would make: for each name the choice of highest priority.
void add_alternatives(const std::vector<package>& all, image::tree& content) {
    std::map<std::string, alternative> best;
    for (const package& p : all) {
        const auto script = try_read_file(unpacked_at(p) / "control" / "postinst");
        for (const alternative& choice : find_alternatives(script.value_or(""))) {
            const auto known = best.find(choice.name);
            const bool better = known == best.end() || choice.priority > known->second.priority;
            if (better && content.has(choice.path)) {
                best[choice.name] = choice;
            }
        }
    }
    for (const auto& [name, choice] : best) {
        if (content.has(choice.link)) {
            continue;  // a real file: update-alternatives would not replace it either
        }
        content.add_symlink("/etc/alternatives/" + name, choice.path);
        content.add_symlink(choice.link, "/etc/alternatives/" + name);
    }
}

}  // namespace

std::vector<package> add_packages(const std::vector<std::string>& names, bool fresh_lists,
                                  image::tree& content, reporter& report) {
    apt source{report};
    if (fresh_lists) {
        source.update();
    }
    std::vector<package> all = source.resolve(names);
    try {
        fetch_missing(source, all, report);
    } catch (const failure& error) {
        // Old lists name files that the mirror no longer has: refresh once, then try again.
        if (fresh_lists || std::string_view{error.what()}.find("404") == std::string_view::npos) {
            throw;
        }
        report.detail("the package lists are out of date, fetching new ones");
        source.update();
        all = source.resolve(names);
        fetch_missing(source, all, report);
    }
    for (const package& p : all) {
        content.add_own(unpacked_at(p) / "root", "deb:" + p.sha256);
    }
    add_alternatives(all, content);
    add_certificates(content);
    return all;
}

}  // namespace osprey::cli::debian
