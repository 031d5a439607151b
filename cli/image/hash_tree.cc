// SPDX-License-Identifier: BSD-3-Clause
#include <fcntl.h>
#include <openssl/evp.h>
#include <sys/stat.h>
#include <unistd.h>
#include <base/failure.hh>
#include <base/unique_fd.hh>
#include <image/crc32c.hh>
#include <image/hash_tree.hh>

#include <algorithm>
#include <array>
#include <bit>
#include <cerrno>
#include <cstring>
#include <memory>
#include <nlohmann/json.hpp>
#include <span>

namespace osprey::cli::image {

namespace {

constexpr size_t block_bytes = 4096;
constexpr const char* what_to_do = "Copy, download or build the image again.";

struct superblock {
    std::array<char, 8> signature;
    uint32_t version;
    uint32_t hash_type;
    std::array<uint8_t, 16> uuid;
    std::array<char, 32> algorithm;
    uint32_t data_block_bytes;
    uint32_t hash_block_bytes;
    uint64_t data_blocks;
    uint16_t salt_bytes;
    std::array<uint8_t, 6> padding;
    std::array<uint8_t, 256> salt;
    std::array<uint8_t, 168> padding_2;
};
static_assert(sizeof(superblock) == 512);
static_assert(std::endian::native == std::endian::little);

constexpr std::array<char, 8> verity_signature{'v', 'e', 'r', 'i', 't', 'y', 0, 0};
/// As for the filesystem, any fixed one serves: equal images are to be equal.
constexpr std::array<uint8_t, 16> fixed_uuid{0x05, 0xa9, 0xe1, 0xf5, 0, 0, 0x40, 0,
                                             0x80, 0,    0,    0,    0, 0, 0,    2};

using bytes = std::vector<unsigned char>;

/// Digests of blocks, salt first.
class hasher {
public:
    hasher(integrity kind, bytes salt) : kind_{kind}, salt_{std::move(salt)} {}

    [[nodiscard]] size_t digest_bytes() const { return kind_ == integrity::crc32c ? 4 : 32; }
    [[nodiscard]] size_t fan_out() const { return block_bytes / digest_bytes(); }
    void hash(const unsigned char* block, unsigned char* digest) const {
        if (kind_ == integrity::crc32c) {
            const uint32_t state = crc32c(~0U, salt_.data(), salt_.size());
            const uint32_t sum = ~crc32c(state, block, block_bytes);
            std::memcpy(digest, &sum, sizeof sum);
            return;
        }
        const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context{EVP_MD_CTX_new(),
                                                                              EVP_MD_CTX_free};
        if (!context || EVP_DigestInit_ex(context.get(), EVP_sha256(), nullptr) != 1 ||
            EVP_DigestUpdate(context.get(), salt_.data(), salt_.size()) != 1 ||
            EVP_DigestUpdate(context.get(), block, block_bytes) != 1 ||
            EVP_DigestFinal_ex(context.get(), digest, nullptr) != 1) {
            throw failure{"cannot compute SHA-256"};
        }
    }

private:
    integrity kind_;
    bytes salt_;
};

/// Blocks of each level, the lowest first; none for a single block of data.
std::vector<uint64_t> level_sizes(uint64_t data_blocks, const hasher& by) {
    std::vector<uint64_t> sizes;
    for (uint64_t below = data_blocks; below > 1;) {
        below = below / by.fan_out() + (below % by.fan_out() != 0 ? 1 : 0);
        sizes.push_back(below);
    }
    return sizes;
}

class file {
public:
    file(const std::filesystem::path& path, int flags)
        : name_{path.string()}, fd_{::open(path.c_str(), flags | O_CLOEXEC)} {
        struct stat status {};
        if (!fd_ || ::fstat(fd_.get(), &status) != 0) {
            throw system_failure(fmt::format("open {}", name_), errno);
        }
        size_ = static_cast<uint64_t>(status.st_size);
    }
    [[nodiscard]] const std::string& name() const { return name_; }
    [[nodiscard]] uint64_t size() const { return size_; }

    void read(uint64_t position, unsigned char* into, size_t count) const {
        while (count > 0) {
            const ssize_t got = ::pread(fd_.get(), into, count, static_cast<off_t>(position));
            if (got < 0 && errno == EINTR) {
                continue;
            }
            if (got <= 0) {
                throw system_failure(fmt::format("read {}", name_), got < 0 ? errno : EIO);
            }
            into += got;
            position += static_cast<uint64_t>(got);
            count -= static_cast<size_t>(got);
        }
    }
    void write(uint64_t position, const unsigned char* from, size_t count) const {
        while (count > 0) {
            const ssize_t put = ::pwrite(fd_.get(), from, count, static_cast<off_t>(position));
            if (put < 0 && errno == EINTR) {
                continue;
            }
            if (put < 0) {
                throw system_failure(fmt::format("write {}", name_), errno);
            }
            from += put;
            position += static_cast<uint64_t>(put);
            count -= static_cast<size_t>(put);
        }
    }

private:
    std::string name_;
    unique_fd fd_;
    uint64_t size_ = 0;
};

/// The digests of `blocks` blocks from byte `position` of a file on, filled up to whole blocks.
bytes digests_of(const file& in, uint64_t position, uint64_t blocks, const hasher& by) {
    constexpr uint64_t at_once = 256;
    bytes data(at_once * block_bytes);
    const uint64_t rows = blocks / by.fan_out() + (blocks % by.fan_out() != 0 ? 1 : 0);
    bytes digests(rows * block_bytes);
    for (uint64_t done = 0; done < blocks;) {
        const uint64_t count = std::min(at_once, blocks - done);
        in.read(position + done * block_bytes, data.data(), count * block_bytes);
        for (uint64_t i = 0; i < count; ++i, ++done) {
            by.hash(data.data() + i * block_bytes, digests.data() + done * by.digest_bytes());
        }
    }
    return digests;
}

struct opened_tree {
    hasher by;
    uint64_t data_blocks;
    std::vector<uint64_t> sizes;
    /// Byte position of each level; the lowest one is first here and last in the file.
    [[nodiscard]] std::vector<uint64_t> positions() const {
        std::vector<uint64_t> result(sizes.size());
        uint64_t at = (data_blocks + 1) * block_bytes;
        for (size_t level = sizes.size(); level-- > 0; at += sizes[level] * block_bytes) {
            result[level] = at;
        }
        return result;
    }
    [[nodiscard]] uint64_t end() const {
        return positions().empty() ? (data_blocks + 1) * block_bytes
                                   : positions()[0] + sizes[0] * block_bytes;
    }
};

[[noreturn]] void refuse(const file& in, const char* why) {
    throw failure{fmt::format("the image {} is damaged: {}", in.name(), why), what_to_do};
}

bool all_zero(std::span<const unsigned char> data) {
    return std::ranges::all_of(data, [](unsigned char byte) { return byte == 0; });
}

template <size_t N>
bool all_zero(const std::array<uint8_t, N>& data, size_t from = 0) {
    return all_zero(std::span{data}.subspan(from));
}

std::optional<opened_tree> open_tree(const file& in, uint64_t data_bytes) {
    if (in.size() < data_bytes + block_bytes) {
        if (in.size() > data_bytes) {
            refuse(in, "its hash tree is cut short");
        }
        return std::nullopt;
    }
    bytes block(block_bytes);
    in.read(data_bytes, block.data(), block.size());
    if (all_zero(block)) {
        return std::nullopt;
    }
    superblock super{};
    std::memcpy(&super, block.data(), sizeof super);
    if (super.signature != verity_signature) {
        refuse(in, "what lies behind the filesystem is no hash tree");
    }
    // The whole field, so that nothing hides behind the name.
    std::string name{super.algorithm.data(), super.algorithm.size()};
    name.resize(name.find_last_not_of('\0') + 1);
    const integrity kind = integrity_of(name);
    if (super.version != 1 || super.hash_type != 1 || kind == integrity::none ||
        super.data_block_bytes != block_bytes || super.hash_block_bytes != block_bytes) {
        refuse(in, "its hash tree is of an unknown kind");
    }
    if (super.data_blocks != data_bytes / block_bytes) {
        refuse(in, "its hash tree is for another number of blocks");
    }
    if (super.salt_bytes > super.salt.size() || !all_zero(super.padding) ||
        !all_zero(super.salt, super.salt_bytes) || !all_zero(super.padding_2) ||
        !all_zero(std::span{block}.subspan(sizeof super))) {
        refuse(in, "the superblock of its hash tree is damaged");
    }
    const hasher by{kind, bytes(super.salt.begin(), super.salt.begin() + super.salt_bytes)};
    opened_tree tree{by, super.data_blocks, level_sizes(super.data_blocks, by)};
    if (in.size() < tree.end()) {
        refuse(in, "its hash tree is cut short");
    }
    return tree;
}

std::string hexadecimal(const unsigned char* data, size_t count) {
    std::string text;
    for (size_t i = 0; i < count; ++i) {
        text += fmt::format("{:02x}", data[i]);
    }
    return text;
}

}  // namespace

integrity integrity_of(const std::string& name) {
    return name == "crc32c"   ? integrity::crc32c
           : name == "sha256" ? integrity::sha256
                              : integrity::none;
}

void append_hash_tree(const std::filesystem::path& image, integrity kind) {
    const file out{image, O_RDWR};
    if (out.size() % block_bytes != 0) {
        throw failure{fmt::format("{} does not consist of whole blocks", image.string())};
    }
    const hasher by{kind, {}};
    const opened_tree tree{by, out.size() / block_bytes, level_sizes(out.size() / block_bytes, by)};
    superblock super{};
    super.signature = verity_signature;
    super.version = super.hash_type = 1;
    super.uuid = fixed_uuid;
    std::strcpy(super.algorithm.data(), kind == integrity::crc32c ? "crc32c" : "sha256");
    super.data_block_bytes = super.hash_block_bytes = block_bytes;
    super.data_blocks = tree.data_blocks;
    bytes block(block_bytes);
    std::memcpy(block.data(), &super, sizeof super);
    out.write(out.size(), block.data(), block.size());

    uint64_t below = 0;
    uint64_t blocks = tree.data_blocks;
    for (size_t level = 0; level < tree.sizes.size(); ++level) {
        const bytes digests = digests_of(out, below, blocks, by);
        below = tree.positions()[level];
        blocks = tree.sizes[level];
        out.write(below, digests.data(), digests.size());
    }
}

std::optional<hash_tree> read_hash_tree(const std::filesystem::path& image, uint64_t data_bytes) {
    const file in{image, O_RDONLY};
    const auto tree = open_tree(in, data_bytes);
    if (!tree) {
        return std::nullopt;
    }
    bytes top(block_bytes);
    in.read(tree->positions().empty() ? 0 : tree->positions().back(), top.data(), top.size());
    std::array<unsigned char, 32> root{};
    tree->by.hash(top.data(), root.data());
    return hash_tree{.algorithm = tree->by.digest_bytes() == 4 ? "crc32c" : "sha256",
                     .root_hash = hexadecimal(root.data(), tree->by.digest_bytes()),
                     .start = data_bytes,
                     .bytes = tree->end() - data_bytes};
}

void require_promised_tree(const std::filesystem::path& image, const nlohmann::json& card) {
    const auto promised = card.is_object() ? card.find("verity") : card.end();
    if (promised != card.end() && promised->is_string() &&
        integrity_of(promised->get<std::string>()) != integrity::none) {
        throw failure{fmt::format("{} is cut short: its hash tree is missing", image.string()),
                      what_to_do};
    }
}

std::vector<uint64_t> damaged_blocks(const std::filesystem::path& image, uint64_t data_bytes) {
    const file in{image, O_RDONLY};
    const auto tree = open_tree(in, data_bytes);
    std::vector<uint64_t> damaged;
    if (!tree) {
        return damaged;
    }
    uint64_t below = 0;
    uint64_t blocks = tree->data_blocks;
    for (size_t level = 0; level < tree->sizes.size(); ++level) {
        const bytes found = digests_of(in, below, blocks, tree->by);
        bytes stored(found.size());
        in.read(tree->positions()[level], stored.data(), stored.size());
        const size_t digest = tree->by.digest_bytes();
        for (uint64_t i = 0; i < blocks; ++i) {
            if (std::memcmp(found.data() + i * digest, stored.data() + i * digest, digest) != 0) {
                damaged.push_back(below / block_bytes + i);
            }
        }
        // Behind the last digest there are zeros.
        if (!all_zero(std::span{stored}.subspan(blocks * digest))) {
            damaged.push_back((tree->positions()[level] + blocks * digest) / block_bytes);
        }
        below = tree->positions()[level];
        blocks = tree->sizes[level];
    }
    std::ranges::sort(damaged);
    damaged.erase(std::ranges::unique(damaged).begin(), damaged.end());
    return damaged;
}

}  // namespace osprey::cli::image
