// SPDX-License-Identifier: BSD-3-Clause
#include <archive.h>
#include <archive_entry.h>
#include <base/failure.hh>
#include <base/files.hh>
#include <debian/unpack.hh>

#include <array>
#include <cerrno>
#include <memory>
#include <string>

namespace osprey::cli::debian {

namespace {

struct archive_closer {
    void operator()(archive* a) const { archive_read_free(a); }
};
using archive_reader = std::unique_ptr<archive, archive_closer>;

struct disk_closer {
    void operator()(archive* a) const { archive_write_free(a); }
};
using disk_writer = std::unique_ptr<archive, disk_closer>;

[[noreturn]] void damaged(const fs::path& deb, archive* a) {
    const char* text = archive_error_string(a);
    if (archive_errno(a) == ENOSPC || archive_errno(a) == EDQUOT) {
        throw system_failure(fmt::format("unpack {}", deb.filename().string()), ENOSPC);
    }
    throw failure{fmt::format("cannot unpack {}: {}", deb.filename().string(),
                              text != nullptr ? text : "damaged archive"),
                  "Remove the file and let the tool fetch it again."};
}

/// Feeds a member of the outer archive to the reader of the inner one.
struct member {
    archive* outer;
    std::array<char, 65536> buffer;
};

la_ssize_t read_member(archive*, void* data, const void** buffer) {
    auto* from = static_cast<member*>(data);
    *buffer = from->buffer.data();
    return archive_read_data(from->outer, from->buffer.data(), from->buffer.size());
}

void unpack_member(const fs::path& deb, archive* outer, const fs::path& to) {
    make_folders(to);
    member from{outer, {}};
    const archive_reader inner{archive_read_new()};
    archive_read_support_filter_all(inner.get());
    archive_read_support_format_tar(inner.get());
    if (archive_read_open(inner.get(), &from, nullptr, &read_member, nullptr) != ARCHIVE_OK) {
        damaged(deb, inner.get());
    }
    const disk_writer disk{archive_write_disk_new()};
    archive_write_disk_set_options(disk.get(), ARCHIVE_EXTRACT_PERM | ARCHIVE_EXTRACT_TIME |
                                                   ARCHIVE_EXTRACT_UNLINK |
                                                   ARCHIVE_EXTRACT_SECURE_NODOTDOT);
    while (true) {
        archive_entry* entry = nullptr;
        const int status = archive_read_next_header(inner.get(), &entry);
        if (status == ARCHIVE_EOF) {
            break;
        }
        if (status < ARCHIVE_WARN) {
            damaged(deb, inner.get());
        }
        const std::string path = (to / fs::path{archive_entry_pathname(entry)}.relative_path())
                                     .lexically_normal()
                                     .string();
        archive_entry_copy_pathname(entry, path.c_str());
        if (const char* link = archive_entry_hardlink(entry)) {
            const std::string target =
                (to / fs::path{link}.relative_path()).lexically_normal().string();
            archive_entry_copy_hardlink(entry, target.c_str());
        }
        if (archive_entry_filetype(entry) == AE_IFDIR) {
            // Folders must stay open to us; the owner's bits do not matter to root in the guest.
            archive_entry_set_perm(entry, archive_entry_perm(entry) | 0700);
        }
        if (archive_entry_filetype(entry) == AE_IFREG) {
            archive_entry_set_perm(entry, archive_entry_perm(entry) | 0400);
        }
        if (archive_write_header(disk.get(), entry) < ARCHIVE_WARN) {
            damaged(deb, disk.get());
        }
        const void* block = nullptr;
        size_t size = 0;
        la_int64_t offset = 0;
        int more = ARCHIVE_OK;
        while ((more = archive_read_data_block(inner.get(), &block, &size, &offset)) ==
               ARCHIVE_OK) {
            if (archive_write_data_block(disk.get(), block, size, offset) < ARCHIVE_OK) {
                damaged(deb, disk.get());
            }
        }
        if (more != ARCHIVE_EOF) {
            damaged(deb, inner.get());
        }
        if (archive_write_finish_entry(disk.get()) < ARCHIVE_WARN) {
            damaged(deb, disk.get());
        }
    }
    if (archive_write_close(disk.get()) < ARCHIVE_WARN) {
        damaged(deb, disk.get());
    }
}

}  // namespace

void unpack_deb(const fs::path& deb, const fs::path& to) {
    const archive_reader outer{archive_read_new()};
    archive_read_support_format_ar(outer.get());
    if (archive_read_open_filename(outer.get(), deb.c_str(), 65536) != ARCHIVE_OK) {
        damaged(deb, outer.get());
    }
    bool has_data = false;
    while (true) {
        archive_entry* entry = nullptr;
        const int status = archive_read_next_header(outer.get(), &entry);
        if (status == ARCHIVE_EOF) {
            break;
        }
        if (status < ARCHIVE_WARN) {
            damaged(deb, outer.get());
        }
        const std::string name = archive_entry_pathname(entry);
        if (name.starts_with("data.tar")) {
            unpack_member(deb, outer.get(), to / "root");
            has_data = true;
        } else if (name.starts_with("control.tar")) {
            unpack_member(deb, outer.get(), to / "control");
        }
    }
    if (!has_data) {
        throw failure{
            fmt::format("{} is no Debian package: it has no data part", deb.filename().string())};
    }
}

}  // namespace osprey::cli::debian
