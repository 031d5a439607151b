// SPDX-License-Identifier: BSD-3-Clause
// Images made by mkfs.erofs in every way it offers, compared file by file with their source.
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <filesystem>
#include <fs/erofs/image.hh>
#include <fstream>
#include <map>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "memory_source.hh"

namespace {

namespace files = std::filesystem;
using namespace osprey;
using namespace osprey::fs::erofs;

std::string slurp(const files::path& p) {
    std::ifstream in{p, std::ios::binary};
    return {std::istreambuf_iterator<char>{in}, {}};
}
void spill(const files::path& p, std::string_view text) {
    std::ofstream{p, std::ios::binary} << text;
}

std::string text_like(std::size_t bytes, unsigned seed) {
    static const char* words[] = {"osprey ", "the ", "kernel ", "page ", "\n", "extent ", "0x1f "};
    std::mt19937 random{seed};
    std::string s;
    while (s.size() < bytes)
        s += random() % 9 == 0 ? std::to_string(random()) : words[random() % std::size(words)];
    s.resize(bytes);
    return s;
}
std::string noise(std::size_t bytes, unsigned seed) {
    std::mt19937 random{seed};
    std::string s(bytes, '\0');
    for (auto& c : s)
        c = static_cast<char>(random());
    return s;
}

/// A folder with what an image can hold; made once.
const files::path& source_tree() {
    static const files::path tree = [] {
        files::path t = files::temp_directory_path() / ("erofs_test_" + std::to_string(getpid()));
        files::remove_all(t);
        files::create_directories(t / "many");
        files::create_directories(t / "deep/er/still");
        for (std::size_t n : {0, 1, 100, 4000, 4095, 4096, 4097, 8192, 10000, 65536, 1000001}) {
            spill(t / ("text_" + std::to_string(n)), text_like(n, static_cast<unsigned>(n)));
            spill(t / ("noise_" + std::to_string(n)), noise(n, static_cast<unsigned>(n)));
            spill(t / ("zero_" + std::to_string(n)), std::string(n, '\0'));
        }
        std::string mixed;
        for (unsigned i = 0; i < 40; ++i)
            mixed += i % 3 == 0 ? noise(3000 + 997 * i, i) : text_like(5000 + 1231 * i, i);
        spill(t / "mixed", mixed);
        spill(t / "big", text_like(9'000'000, 7));
        for (int i = 0; i < 1500; ++i)
            spill(t / "many" / ("entry number " + std::to_string(i * 7919 % 100000)), "x");
        spill(t / "deep/er/still/file", "here");
        files::create_symlink("../text_100", t / "deep/link");
        files::create_symlink(std::string(1000, 'y'), t / "long_link");
        files::create_hard_link(t / "mixed", t / "hard");
        mkfifo((t / "fifo").c_str(), 0640);
        mknod((t / "null").c_str(), S_IFCHR | 0666, makedev(1, 3));
        chmod((t / "text_1").c_str(), 04755);
        chown((t / "text_100").c_str(), 70000, 100);
        setxattr((t / "mixed").c_str(), "user.colour", "green", 5, 0);
        setxattr((t / "mixed").c_str(), "user.size", "large", 5, 0);
        for (const char* name : {"text_1", "text_100", "text_4096", "noise_100"})
            setxattr((t / name).c_str(), "user.shared", "by several files", 16, 0);
        return t;
    }();
    return tree;
}

struct cleanup : testing::Environment {
    void TearDown() override { files::remove_all(source_tree()); }
};
[[maybe_unused]] auto* const registered = testing::AddGlobalTestEnvironment(new cleanup);

std::vector<u8> make_image(const std::string& options) {
    const auto to = source_tree().string() + ".img";
    const std::string command =
        "mkfs.erofs --quiet " + options + " " + to + " " + source_tree().string() + " >/dev/null";
    EXPECT_EQ(std::system(command.c_str()), 0) << command;
    auto text = slurp(to);
    files::remove(to);
    return {text.begin(), text.end()};
}

struct collector final : entry_sink {
    bool add(const listed_entry& e) noexcept override {
        if (entries.size() == limit)
            return false;
        entries.emplace_back(std::string{e.name}, e.nid);
        cookie = e.next_cookie;
        return true;
    }
    std::vector<std::pair<std::string, u64>> entries;
    std::size_t limit = ~std::size_t{0};
    u64 cookie = 0;
};

struct xattr_names final : xattr_sink {
    void add(std::string_view prefix, std::string_view name) noexcept override {
        names.insert(std::string{prefix} + std::string{name});
    }
    std::set<std::string> names;
};

/// Reads a file as the page cache would: `step` pages at a time.
std::string read_all(image& from, const inode& node, std::size_t step) {
    std::string out;
    const std::size_t pages = static_cast<std::size_t>(node.blocks());
    std::vector<u8> room(step * 4096, 0xaa);
    std::vector<void*> to(step);
    for (std::size_t i = 0; i < step; ++i)
        to[i] = room.data() + i * 4096;
    for (std::size_t index = 0; index < pages; index += step) {
        const std::size_t n = std::min(step, pages - index);
        auto read = from.read_pages(node, index, to.data(), n);
        EXPECT_TRUE(read) << static_cast<int>(read.error()) << " at page " << index;
        if (!read)
            return out;
        out.append(reinterpret_cast<char*>(room.data()), n * 4096);
    }
    for (std::size_t i = node.size; i < out.size(); ++i)
        EXPECT_EQ(out[i], 0) << "not zero behind the end";
    out.resize(std::min<std::size_t>(out.size(), node.size));
    return out;
}

void compare_file(image& from, const inode& node, const files::path& original) {
    const std::string wanted = slurp(original);
    ASSERT_EQ(node.size, wanted.size());
    for (std::size_t step : {1, 7, 64})
        ASSERT_TRUE(read_all(from, node, step) == wanted) << "in steps of " << step;
    // From the end to the start, where kept extents do not help
    std::mt19937 random{1};
    for (int i = 0; i < 10 && !wanted.empty(); ++i) {
        u8 page[4096];
        void* to = page;
        const u64 index = random() % node.blocks();
        ASSERT_TRUE(from.read_pages(node, index, &to, 1));
        const auto part = wanted.substr(index * 4096, 4096);
        ASSERT_EQ(0, std::memcmp(page, part.data(), part.size()));
    }
}

bool expect_xattrs = true, expect_owners = true;

void compare_tree(image& from, u64 nid, const files::path& original) {
    SCOPED_TRACE(original.string());
    auto node = from.read_inode(nid);
    ASSERT_TRUE(node) << static_cast<int>(node.error());
    struct stat s;
    ASSERT_EQ(0, lstat(original.c_str(), &s));
    EXPECT_EQ(node->mode, s.st_mode);
    if (expect_owners) {
        EXPECT_EQ(node->uid, s.st_uid);
        EXPECT_EQ(node->gid, s.st_gid);
    }

    char names[4096];
    const auto bytes =
        expect_xattrs ? llistxattr(original.c_str(), names, sizeof names) : ssize_t{0};
    std::set<std::string> wanted_names;
    for (ssize_t i = 0; i < bytes; i += static_cast<ssize_t>(std::strlen(names + i)) + 1)
        wanted_names.insert(names + i);
    xattr_names found_names;
    ASSERT_TRUE(from.list_xattrs(*node, found_names));
    EXPECT_EQ(found_names.names, wanted_names);
    for (const auto& name : wanted_names) {
        char value[256], wanted[256];
        const auto n = lgetxattr(original.c_str(), name.c_str(), wanted, sizeof wanted);
        auto got = from.get_xattr(*node, name, value, sizeof value);
        ASSERT_TRUE(got);
        EXPECT_EQ(std::string(value, *got), std::string(wanted, static_cast<std::size_t>(n)));
        EXPECT_EQ(from.get_xattr(*node, name, value, 1).error(), errc::range);
    }
    EXPECT_EQ(from.get_xattr(*node, "user.none", nullptr, 0).error(), errc::no_data);

    if (S_ISREG(s.st_mode)) {
        compare_file(from, *node, original);
    } else if (S_ISLNK(s.st_mode)) {
        char target[2048];
        auto n = from.read(*node, 0, target, sizeof target);
        ASSERT_TRUE(n);
        EXPECT_EQ(std::string(target, *n), files::read_symlink(original).string());
    } else if (S_ISCHR(s.st_mode)) {
        EXPECT_EQ(node->where, 0x103u);
    } else if (S_ISDIR(s.st_mode)) {
        collector all;
        ASSERT_TRUE(from.list(*node, 0, all));
        std::map<std::string, u64> entries(all.entries.begin(), all.entries.end());
        EXPECT_EQ(entries.size(), all.entries.size());
        // The same in small steps
        collector part;
        u64 cookie = 0;
        std::size_t count = 0;
        do {
            part.entries.clear();
            part.limit = 5;
            ASSERT_TRUE(from.list(*node, cookie, part));
            cookie = part.cookie;
            count += part.entries.size();
        } while (!part.entries.empty());
        EXPECT_EQ(count, entries.size());
        EXPECT_EQ(entries.count("."), 1u);
        EXPECT_EQ(entries.count(".."), 1u);
        std::size_t seen = 2;
        for (const auto& child : files::directory_iterator{original}) {
            const auto name = child.path().filename().string();
            auto hit = from.lookup(*node, name);
            ASSERT_TRUE(hit) << name;
            EXPECT_EQ(hit->nid, entries[name]);
            compare_tree(from, hit->nid, child.path());
            ++seen;
        }
        EXPECT_EQ(seen, entries.size());
        for (const char* none : {"", "a", "zzzz", "entry", "entry number 5000000", "text_10 "})
            EXPECT_EQ(from.lookup(*node, none).error(), errc::no_entry) << none;
    }
}

class made_with : public testing::TestWithParam<const char*> {};

TEST_P(made_with, holds_its_source) {
    const auto bytes = make_image(GetParam());
    test::memory_source source{bytes};
    const char* reason = nullptr;
    auto facts = read_superblock(source, reason);
    ASSERT_TRUE(facts) << reason;
    expect_owners = std::string_view{GetParam()}.find("--all-root") == std::string_view::npos;
    expect_xattrs = std::string_view{GetParam()}.find("-x-1") == std::string_view::npos;
    {
        image from{source, *facts};
        compare_tree(from, facts->root_nid, source_tree());
    }
    EXPECT_EQ(source.pins, 0);
}

INSTANTIATE_TEST_SUITE_P(
    options, made_with,
    testing::Values("", "-Eforce-inode-extended", "-Eforce-inode-compact --all-root",
                    "-Enoinline_data", "-x-1 -Enoinline_data", "-x1", "-zlz4", "-zlz4hc,12",
                    "-zlz4 -C65536", "-zlz4hc -C1048576", "-zlz4 -Elegacy-compress",
                    "-zlz4 -C16384 -Elegacy-compress", "-zlz4 -Eztailpacking",
                    "-zlz4hc -C32768 -Eztailpacking", "-zlz4 -Eztailpacking,legacy-compress",
                    "-zlz4 --max-extent-bytes=8192", "--chunksize=4096", "--chunksize=65536",
                    "--chunksize=16384 -Eforce-inode-blockmap",
                    "--chunksize=4096 -Eforce-chunk-indexes"));

TEST(image, uncompressed_data_is_read_by_one_request) {
    const auto bytes = make_image("");
    test::memory_source source{bytes};
    const char* reason = nullptr;
    auto facts = read_superblock(source, reason);
    ASSERT_TRUE(facts);
    image from{source, *facts};
    auto root = from.read_inode(facts->root_nid);
    auto node = from.read_inode(from.lookup(*root, "big")->nid);
    std::vector<u8> room(256 * 4096);
    std::vector<void*> to;
    for (int i = 0; i < 256; ++i)
        to.push_back(room.data() + i * 4096);
    ASSERT_TRUE(from.read_pages(*node, 10, to.data(), to.size()));
    EXPECT_EQ(source.reads, 1);
}

TEST(image, other_things_are_refused_with_a_reason) {
    const auto good = make_image("");
    const auto refuse = [](std::vector<u8> bytes) {
        test::memory_source source{bytes};
        const char* reason = nullptr;
        auto facts = read_superblock(source, reason);
        EXPECT_FALSE(facts);
        EXPECT_NE(reason, nullptr);
        return facts.error();
    };
    EXPECT_EQ(refuse({}), errc::invalid_argument);
    EXPECT_EQ(refuse(std::vector<u8>(8192, 0)), errc::invalid_argument);
    EXPECT_EQ(refuse({good.begin(), good.begin() + 4096}), errc::structure_needs_cleaning);
    auto changed = good;
    changed[1024 + 14] ^= 1;  // the root's number
    EXPECT_EQ(refuse(changed), errc::structure_needs_cleaning);
    changed = good;
    changed[1024 + 8] = 0;      // no checksum
    changed[1024 + 80] = 0x20;  // fragments
    EXPECT_EQ(refuse(changed), errc::not_supported);
}

/// Reads all there is; errors are fine, accidents are not.
void walk(image& from, u64 nid, int depth, int& budget) {
    auto node = from.read_inode(nid);
    if (!node || --budget < 0)
        return;
    xattr_names names;
    (void)from.list_xattrs(*node, names);
    if ((node->mode & S_IFMT) == S_IFDIR) {
        collector all;
        all.limit = 200;
        (void)from.list(*node, 0, all);
        for (auto& [name, child] : all.entries) {
            (void)from.lookup(*node, name);
            if (depth < 6 && name != "." && name != "..")
                walk(from, child, depth + 1, budget);
        }
        return;
    }
    static u8 room[16][4096];
    void* to[16];
    for (int i = 0; i < 16; ++i)
        to[i] = room[i];
    for (u64 index = 0; index < std::min<u64>(node->blocks(), 256); index += 16)
        (void)from.read_pages(*node, index, to, 16);
}

TEST(image, damage_never_does_harm) {
    for (const char* options : {"-Enoinline_data", "", "-zlz4", "-zlz4 -C65536 -Eztailpacking",
                                "-zlz4 -Elegacy-compress", "--chunksize=4096"}) {
        const auto good = make_image(options);
        std::mt19937 random{42};
        for (int round = 0; round < 25; ++round) {
            auto bytes = good;
            bytes[1024 + 8] = 0;
            const std::size_t flips = 1 + random() % 2000;
            for (std::size_t i = 0; i < flips; ++i) {
                // Mostly metadata: mkfs writes it behind the data, in the last part of the image
                std::size_t at = random() % bytes.size();
                if (random() % 3)
                    at = bytes.size() - 1 - random() % std::min<std::size_t>(bytes.size(), 400000);
                if (at < 2048)
                    continue;
                bytes[at] = static_cast<u8>(random());
            }
            test::memory_source source{bytes};
            const char* reason = nullptr;
            auto facts = read_superblock(source, reason);
            if (!facts)
                continue;
            {
                image from{source, *facts};
                int budget = 400;
                walk(from, facts->root_nid, 0, budget);
                for (int i = 0; i < 50; ++i)
                    walk(from, random() % 4000, 6, budget);
            }
            ASSERT_EQ(source.pins, 0);
        }
    }
}

}  // namespace
