// SPDX-License-Identifier: BSD-3-Clause
#include <gtest/gtest.h>
#include <agent/sample.hh>
#include <agent/tree.hh>
#include <base/failure.hh>
#include <base/files.hh>
#include <modules/agent/protocol.hh>

#include <cstring>

namespace {

using namespace osprey::cli;
using namespace osprey::agent;

bool is_safe(std::string_view name) {
    return is_safe_name(name.data(), name.size());
}

TEST(agent_protocol, names_stay_below_the_top) {
    for (const char* good : {"", "a", "a/b", "...", "..a", "a..", ".a/b.", "a/.../b"}) {
        EXPECT_TRUE(is_safe(good)) << good;
    }
    for (const char* bad : {"/", "/a", "a/", "a//b", ".", "..", "../a", "a/..", "a/../b", "./a"}) {
        EXPECT_FALSE(is_safe(bad)) << bad;
    }
    EXPECT_FALSE(is_safe(std::string_view{"a\0b", 3}));
}

TEST(agent_protocol, hello_is_found_behind_rubbish) {
    hello_finder finder;
    const std::string hello = std::string{greeting} + "0123456789abcdef";
    int found = 0;
    for (const char c : std::string{"x\n\nosprey-age\nosprey"} + hello + "tail") {
        if (finder.take(c)) {
            ++found;
            EXPECT_EQ(std::string(finder.hello, hello_size), hello);
        }
    }
    EXPECT_EQ(found, 1);
}

TEST(agent_sample, thread) {
    agent::thread_sample t;
    const std::string stat =
        "17 (a) b) R 1 17 17 0 -1 0 1 2 3 4 250 50 0 0 20 0 1 0 5 6 7 8 9 10 11 12 13 14 15 16 17 "
        "18 "
        "19 20 21 3 0 0 0 0 0";
    ASSERT_TRUE(agent::parse_thread(stat,
                                    "a (17, #threads: 1)\n-----\n"
                                    "se.sum_exec_runtime                :        1234.500000\n"
                                    "se.nr_migrations                   :     4\n"
                                    "nr_switches                        :    30\n"
                                    "nr_involuntary_switches            :     9\n",
                                    t));
    EXPECT_EQ(t.tid, 17);
    EXPECT_EQ(t.name, "a) b");
    EXPECT_EQ(t.state, 'R');
    EXPECT_EQ(t.cpu, 3);
    EXPECT_DOUBLE_EQ(t.seconds, 1.2345);
    EXPECT_EQ(t.migrations, 4U);
    EXPECT_EQ(t.switches, 30U);
    EXPECT_EQ(t.preemptions, 9U);
    ASSERT_TRUE(agent::parse_thread(stat, "", t));
    EXPECT_DOUBLE_EQ(t.seconds, 3);  // from ticks
    EXPECT_FALSE(agent::parse_thread("no stat", "", t));
}

TEST(agent_sample, machine) {
    const auto cpus =
        agent::parse_cpus("cpu 9 9 9 9\ncpu0 100 0 100 700 100 0 0 0 0 0\ncpu1 1 2\n");
    ASSERT_EQ(cpus.size(), 2U);
    EXPECT_DOUBLE_EQ(cpus[0].busy, 2);
    EXPECT_DOUBLE_EQ(cpus[0].idle, 8);
    agent::machine_sample m;
    agent::parse_network(
        "Inter-|\n face |\n    lo: 1 2 3 4 5 6 7 8 9\n  eth0:10 2 3 4 5 6 7 8 90 1\n", m);
    EXPECT_EQ(m.received, 10U);
    EXPECT_EQ(m.sent, 90U);
    agent::parse_disks(" 254 0 vda 1 2 30 4 5 6 70 8 9 10 11\n", m);
    EXPECT_EQ(m.disk_read, 30U * 512);
    EXPECT_EQ(m.written, 70U * 512);
    agent::parse_memory("MemTotal: 1000 kB\nMemAvailable: 600 kB\n", m);
    EXPECT_EQ(m.memory_total, 1000U * 1024);
    EXPECT_EQ(m.memory_available, 600U * 1024);
}

/// A stream of tree entries as a hostile guest may send it.
class entries {
public:
    entries& add(uint32_t mode, const std::string& name, const std::string& target = "") {
        tree_entry entry{};
        entry.mode = mode;
        entry.name_size = static_cast<uint32_t>(name.size());
        entry.target_size = static_cast<uint32_t>(target.size());
        bytes_.append(reinterpret_cast<const char*>(&entry), sizeof entry);
        bytes_ += name + target;
        if (S_ISREG(mode)) {
            const uint32_t sizes[2]{1, 0};
            bytes_.append(reinterpret_cast<const char*>(&sizes[0]), 4).append("x");
            bytes_.append(reinterpret_cast<const char*>(&sizes[1]), 4);
        }
        return *this;
    }
    void read_into(const fs::path& target) {
        add(0, "");
        size_t at = 0;
        agent::read_tree(
            target,
            [&](char* to, size_t size) {
                if (size > bytes_.size() - at) {
                    throw failure{"the end"};
                }
                std::memcpy(to, bytes_.data() + at, size);
                at += size;
            },
            [](const agent::tree_progress&) {});
    }

private:
    std::string bytes_;
};

TEST(agent_tree, a_hostile_guest_writes_nothing_outside) {
    const temporary_folder folder{fs::temp_directory_path(), "osprey-agent"};
    const fs::path outside = folder.path() / "outside";
    fs::create_directory(outside);
    const auto top = [&] {
        return entries{}.add(S_IFDIR | 0755, "");
    };
    int number = 0;
    const auto target = [&] {
        return folder.path() / std::to_string(number++);
    };
    EXPECT_THROW(top().add(S_IFREG | 0644, "../outside/a").read_into(target()), failure);
    EXPECT_THROW(top().add(S_IFREG | 0644, "/etc/a").read_into(target()), failure);
    EXPECT_THROW(top()
                     .add(S_IFLNK | 0777, "way", outside.string())
                     .add(S_IFREG | 0644, "way/a")
                     .read_into(target()),
                 failure);
    // A link in place of a file, or of a folder whose mode is set at the end, is not followed.
    EXPECT_THROW(top()
                     .add(S_IFLNK | 0777, "way", (outside / "b").string())
                     .add(S_IFREG | 0644, "way")
                     .read_into(target()),
                 failure);
    EXPECT_THROW(top()
                     .add(S_IFDIR | 0755, "way")
                     .add(S_IFLNK | 0777, "way", outside.string())
                     .read_into(target()),
                 failure);
    EXPECT_THROW(entries{}.add(S_IFREG | 0644, "").add(S_IFREG | 0644, "a").read_into(target()),
                 failure);
    EXPECT_TRUE(fs::is_empty(outside));
    const fs::path good = target();
    top().add(S_IFREG | 06755, "a").read_into(good);
    EXPECT_EQ(fs::status(good / "a").permissions(), fs::perms{0755});
}

}  // namespace
