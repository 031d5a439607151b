// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <array>
#include <base/unique_fd.hh>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace osprey::cli::image {

/// Reads EROFS images as far as the tool needs it: the superblock, folders, and the small files
/// that describe an image. Compressed files are listed, their bytes are not read.
/// On-disk format: Linux fs/erofs/erofs_fs.h, Documentation/filesystems/erofs.rst.
class erofs_image {
public:
    struct inode {
        uint64_t number = 0;  ///< "nid": position in units of 32 bytes
        uint16_t mode = 0;
        uint64_t size = 0;
        int64_t time = 0;
        unsigned layout = 0;
        uint32_t block = 0;      // first block of the data
        uint64_t inline_at = 0;  // byte position of the inline tail
    };
    struct entry {
        std::string name;
        uint64_t number = 0;
    };

    /// Opens and checks: magic number, checksum, block size, and that the file is as long as
    /// the superblock says. Throws `failure` that says which.
    explicit erofs_image(const std::filesystem::path& path);

    /// True if the file has the EROFS magic number (checks nothing else).
    [[nodiscard]] static bool has_magic(const std::filesystem::path& path);

    [[nodiscard]] uint64_t block_size() const noexcept { return uint64_t{1} << block_bits_; }
    [[nodiscard]] uint64_t blocks() const noexcept { return blocks_; }
    [[nodiscard]] uint64_t inode_count() const noexcept { return inodes_; }
    [[nodiscard]] int64_t build_time() const noexcept { return build_time_; }
    [[nodiscard]] uint64_t file_size() const noexcept { return file_size_; }
    /// Where the filesystem ends, and a hash tree may begin.
    [[nodiscard]] uint64_t data_bytes() const noexcept { return blocks_ << block_bits_; }
    [[nodiscard]] std::string uuid() const;
    /// True if any file may be compressed (feature bits of the superblock).
    [[nodiscard]] bool compressed() const noexcept { return (incompatible_ & 0x3) != 0; }

    /// The inode of an absolute path; symbolic links are not followed. Throws on damage.
    [[nodiscard]] std::optional<inode> find(const std::string& path) const;
    [[nodiscard]] std::vector<entry> list(const inode& folder) const;
    [[nodiscard]] inode read_inode(uint64_t number) const;
    /// Bytes of an uncompressed file (or link target); nothing if it is compressed or chunked.
    [[nodiscard]] std::optional<std::string> read(const inode& file) const;

    /// Calls `visit` for each name below the root, parents first.
    void walk(const std::function<void(const std::string& path, const inode&)>& visit) const;

private:
    void read_superblock();
    void read_at(uint64_t position, void* into, size_t count) const;
    [[noreturn]] void damaged(const std::string& what) const;

    std::string name_;
    unique_fd fd_;
    uint64_t file_size_ = 0;
    unsigned block_bits_ = 12;
    uint64_t blocks_ = 0;
    uint64_t inodes_ = 0;
    int64_t build_time_ = 0;
    uint64_t root_ = 0;
    uint64_t metadata_ = 0;  // byte position that inode numbers count from
    uint32_t incompatible_ = 0;
    std::array<unsigned char, 16> uuid_{};
};

}  // namespace osprey::cli::image
