// SPDX-License-Identifier: BSD-3-Clause
#include <fcntl.h>
#include <sys/stat.h>
#include <base/failure.hh>
#include <base/text.hh>
#include <image/crc32c.hh>
#include <image/erofs.hh>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <set>

namespace osprey::cli::image {

namespace {

constexpr uint64_t superblock_at = 1024;
constexpr uint32_t magic_number = 0xE0F5E1E2;
constexpr uint32_t feature_checksum = 1;
/// Link targets and description files are far smaller; a damaged size must not eat all memory.
constexpr uint64_t largest_read = uint64_t{64} << 20;
constexpr size_t deepest_folder = 256;

enum layout : unsigned { flat_plain = 0, flat_inline = 2 };

struct superblock {
    uint32_t magic;
    uint32_t checksum;
    uint32_t compatible;
    uint8_t block_bits;
    uint8_t extension_slots;
    uint16_t root;
    uint64_t inodes;
    uint64_t build_time;
    uint32_t build_time_nsec;
    uint32_t blocks;
    uint32_t metadata_block;
    uint32_t xattr_block;
    std::array<uint8_t, 16> uuid;
    std::array<uint8_t, 16> volume_name;
    uint32_t incompatible;
    std::array<uint8_t, 44> rest;
};
static_assert(sizeof(superblock) == 128);

struct compact_inode {
    uint16_t format;
    uint16_t xattr_count;
    uint16_t mode;
    uint16_t links;
    uint32_t size;
    uint32_t reserved;
    uint32_t block;
    uint32_t number;
    uint16_t uid;
    uint16_t gid;
    uint32_t reserved2;
};
static_assert(sizeof(compact_inode) == 32);

struct extended_inode {
    uint16_t format;
    uint16_t xattr_count;
    uint16_t mode;
    uint16_t reserved;
    uint64_t size;
    uint32_t block;
    uint32_t number;
    uint32_t uid;
    uint32_t gid;
    uint64_t time;
    uint32_t time_nsec;
    uint32_t links;
    std::array<uint8_t, 16> reserved2;
};
static_assert(sizeof(extended_inode) == 64);

struct directory_entry {
    uint64_t number;
    uint16_t name_at;
    uint8_t type;
    uint8_t reserved;
} __attribute__((packed));
static_assert(sizeof(directory_entry) == 12);

}  // namespace

erofs_image::erofs_image(const std::filesystem::path& path) : name_{path.string()} {
    fd_ = unique_fd{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
    struct stat status {};
    if (!fd_ || ::fstat(fd_.get(), &status) != 0) {
        throw failure{errno == ENOENT ? exit_status::not_found : exit_status::tool_failed,
                      fmt::format("cannot open {}: {}", name_, std::strerror(errno))};
    }
    file_size_ = static_cast<uint64_t>(status.st_size);
    read_superblock();
}

bool erofs_image::has_magic(const std::filesystem::path& path) {
    const unique_fd fd{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
    uint32_t magic = 0;
    return fd && ::pread(fd.get(), &magic, sizeof magic, superblock_at) == sizeof magic &&
           magic == magic_number;
}

void erofs_image::read_superblock() {
    superblock super{};
    if (file_size_ < superblock_at + sizeof super) {
        throw failure{fmt::format("{} is no EROFS image: it has only {} bytes", name_, file_size_),
                      "Make an image with `osprey build`."};
    }
    read_at(superblock_at, &super, sizeof super);
    if (super.magic != magic_number) {
        throw failure{fmt::format("{} is no EROFS image", name_),
                      "Make an image with `osprey build`."};
    }
    if (super.block_bits < 9 || super.block_bits > 16) {
        damaged("its block size is impossible");
    }
    block_bits_ = super.block_bits;
    blocks_ = super.blocks;
    // Length before checksum: "cut short" is what a broken download or a full disk leaves.
    if (const uint64_t wanted = blocks_ << block_bits_; file_size_ < wanted) {
        throw failure{fmt::format("{} is cut short: it should have {} bytes and has {}", name_,
                                  wanted, file_size_),
                      "Copy, download or build the image again."};
    }
    if ((super.compatible & feature_checksum) != 0) {
        // The sum covers the superblock's whole block, with the sum itself as zero.
        std::vector<unsigned char> block(
            std::max<uint64_t>(block_size() - superblock_at % block_size(), sizeof super));
        read_at(superblock_at, block.data(), block.size());
        std::fill_n(block.begin() + offsetof(superblock, checksum), sizeof super.checksum, 0);
        if (crc32c(~0U, block.data(), block.size()) != super.checksum) {
            damaged("the checksum of its superblock is wrong");
        }
    }
    inodes_ = super.inodes;
    build_time_ = static_cast<int64_t>(super.build_time);
    root_ = super.root;
    metadata_ = uint64_t{super.metadata_block} << block_bits_;
    incompatible_ = super.incompatible;
    std::ranges::copy(super.uuid, uuid_.begin());
}

void erofs_image::damaged(const std::string& what) const {
    throw failure{fmt::format("the image {} is damaged: {}", name_, what),
                  "Copy, download or build the image again."};
}

void erofs_image::read_at(uint64_t position, void* into, size_t count) const {
    if (position > file_size_ || count > file_size_ - position) {
        damaged(fmt::format("something points to byte {}, beyond its end", position));
    }
    auto* at = static_cast<char*>(into);
    while (count > 0) {
        const ssize_t got = ::pread(fd_.get(), at, count, static_cast<off_t>(position));
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got <= 0) {
            throw system_failure(fmt::format("read {}", name_), got < 0 ? errno : EIO);
        }
        at += got;
        position += static_cast<uint64_t>(got);
        count -= static_cast<size_t>(got);
    }
}

std::string erofs_image::uuid() const {
    std::string text;
    for (size_t i = 0; i < uuid_.size(); ++i) {
        text += i == 4 || i == 6 || i == 8 || i == 10 ? "-" : "";
        text += fmt::format("{:02x}", uuid_[i]);
    }
    return text;
}

erofs_image::inode erofs_image::read_inode(uint64_t number) const {
    const uint64_t position = metadata_ + number * 32;
    extended_inode raw{};
    read_at(position, &raw, sizeof(compact_inode));
    const bool extended = (raw.format & 1) != 0;
    inode result;
    result.number = number;
    result.layout = (raw.format >> 1) & 7;
    result.mode = raw.mode;
    uint64_t end = position + sizeof(compact_inode);
    if (extended) {
        read_at(position, &raw, sizeof raw);
        result.size = raw.size;
        result.block = raw.block;
        result.time = static_cast<int64_t>(raw.time);
        end = position + sizeof(extended_inode);
    } else {
        compact_inode compact{};
        std::memcpy(&compact, &raw, sizeof compact);
        result.size = compact.size;
        result.block = compact.block;
        result.time = build_time_;
    }
    // The inline attributes take a header of 12 bytes and 4 bytes for each further unit.
    end += raw.xattr_count != 0 ? 12 + 4 * (uint64_t{raw.xattr_count} - 1) : 0;
    result.inline_at = end;
    return result;
}

std::optional<std::string> erofs_image::read(const inode& file) const {
    if (file.layout != flat_plain && file.layout != flat_inline) {
        return std::nullopt;
    }
    if (file.size > largest_read) {
        damaged(fmt::format("inode {} claims {} bytes", file.number, file.size));
    }
    std::string content(file.size, '\0');
    const uint64_t tail = file.layout == flat_inline ? file.size % block_size() : 0;
    const uint64_t body = file.size - tail;
    if (body > 0) {
        read_at(uint64_t{file.block} << block_bits_, content.data(), body);
    }
    if (tail > 0) {
        read_at(file.inline_at, content.data() + body, tail);
    }
    return content;
}

std::vector<erofs_image::entry> erofs_image::list(const inode& folder) const {
    const auto content = read(folder);
    if (!content || (folder.mode & S_IFMT) != S_IFDIR) {
        damaged(fmt::format("inode {} should be a folder", folder.number));
    }
    std::vector<entry> entries;
    for (size_t start = 0; start < content->size(); start += block_size()) {
        const std::string_view block = std::string_view{*content}.substr(start, block_size());
        directory_entry first{};
        if (block.size() < sizeof first) {
            damaged("a folder ends in the middle of an entry");
        }
        std::memcpy(&first, block.data(), sizeof first);
        const size_t count = first.name_at / sizeof(directory_entry);
        if (first.name_at % sizeof(directory_entry) != 0 || count == 0 ||
            first.name_at > block.size()) {
            damaged("a folder's first entry is wrong");
        }
        std::vector<directory_entry> raw(count);
        std::memcpy(raw.data(), block.data(), count * sizeof(directory_entry));
        for (size_t i = 0; i < count; ++i) {
            const size_t begin = raw[i].name_at;
            const size_t end = i + 1 < count ? raw[i + 1].name_at : block.size();
            if (begin >= end || end > block.size()) {
                damaged("a folder's entries overlap");
            }
            std::string name{block.substr(begin, end - begin)};
            name.resize(::strnlen(name.c_str(), name.size()));
            if (name != "." && name != "..") {
                entries.push_back({std::move(name), raw[i].number});
            }
        }
    }
    return entries;
}

std::optional<erofs_image::inode> erofs_image::find(const std::string& path) const {
    inode current = read_inode(root_);
    for (const std::string& name : split(path, '/')) {
        if (name.empty()) {
            continue;
        }
        if ((current.mode & S_IFMT) != S_IFDIR) {
            return std::nullopt;
        }
        const std::vector<entry> entries = list(current);
        const auto found = std::ranges::find(entries, name, &entry::name);
        if (found == entries.end()) {
            return std::nullopt;
        }
        current = read_inode(found->number);
    }
    return current;
}

void erofs_image::walk(
    const std::function<void(const std::string& path, const inode&)>& visit) const {
    struct pending {
        std::string path;
        inode folder;
        size_t depth;
    };
    std::set<uint64_t> seen{root_};
    std::vector<pending> open{{"", read_inode(root_), 0}};
    while (!open.empty()) {
        const pending here = std::move(open.back());
        open.pop_back();
        std::vector<pending> below;
        for (const entry& name : list(here.folder)) {
            const std::string path = here.path + "/" + name.name;
            const inode found = read_inode(name.number);
            visit(path, found);
            if ((found.mode & S_IFMT) == S_IFDIR) {
                // Folders have one name each, so a second visit means a loop.
                if (!seen.insert(found.number).second || here.depth > deepest_folder) {
                    damaged(fmt::format("the folder {} contains itself", path));
                }
                below.push_back({path, found, here.depth + 1});
            }
        }
        open.insert(open.end(), below.rbegin(), below.rend());
    }
}

}  // namespace osprey::cli::image
