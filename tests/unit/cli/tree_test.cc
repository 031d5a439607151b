// SPDX-License-Identifier: BSD-3-Clause
#include <gtest/gtest.h>
#include <base/failure.hh>
#include <image/defaults.hh>
#include <image/tree.hh>

namespace osprey::cli::image {
namespace {

TEST(tree, cleans_paths) {
    EXPECT_EQ(clean_guest_path("/a//b/./c/../d/"), "/a/b/d");
    EXPECT_EQ(clean_guest_path("/"), "/");
    EXPECT_EQ(clean_guest_path("/../.."), "/");
    EXPECT_EQ(clean_guest_path("//a"), "/a");
    EXPECT_THROW((void)clean_guest_path("a"), failure);
    EXPECT_THROW((void)clean_guest_path(""), failure);
}

TEST(tree, parents_come_by_themselves) {
    tree content;
    content.add_content("/a/b/c", "x");
    ASSERT_NE(content.at("/a/b"), nullptr);
    EXPECT_EQ(content.at("/a/b")->kind, node_kind::folder);
    EXPECT_EQ(content.total_size(), 1U);
}

TEST(tree, files_go_where_links_lead) {
    tree content;
    content.add_merged_usr();
    content.add_content("/lib/x86_64-linux-gnu/libx.so", "x");
    EXPECT_NE(content.at("/usr/lib/x86_64-linux-gnu/libx.so"), nullptr);
    EXPECT_EQ(content.resolve("/lib/x86_64-linux-gnu/../x86_64-linux-gnu/libx.so"),
              "/usr/lib/x86_64-linux-gnu/libx.so");
    // A package that ships the folder /lib finds the link in its place and leaves it.
    content.add_folder("/lib");
    EXPECT_EQ(content.at("/lib")->kind, node_kind::symlink);
}

TEST(tree, links_to_nowhere_get_their_folder) {
    tree content;
    content.add_symlink("/data", "/srv/store");
    content.add_content("/data/file", "x");
    EXPECT_NE(content.at("/srv/store/file"), nullptr);
}

TEST(tree, resolves_relative_and_chained_links) {
    tree content;
    content.add_content("/a/real", "x");
    content.add_symlink("/a/one", "real");
    content.add_symlink("/b/two", "../a/one");
    EXPECT_EQ(content.resolve("/b/two"), "/a/real");
    EXPECT_FALSE(content.resolve("/b/three"));
}

TEST(tree, loops_end) {
    tree content;
    content.add_symlink("/x", "/y");
    content.add_symlink("/y", "/x");
    EXPECT_FALSE(content.resolve("/x"));
    EXPECT_FALSE(content.resolve("/x/y"));
}

TEST(tree, a_file_is_no_folder) {
    tree content;
    content.add_content("/a", "x");
    EXPECT_THROW(content.add_content("/a/b", "x"), failure);
}

TEST(tree, last_one_wins) {
    tree content;
    content.add_symlink("/a", "b");
    content.add_content("/a", "new");
    EXPECT_EQ(content.at("/a")->kind, node_kind::file);
}

TEST(tree, lists_one_level) {
    tree content;
    content.add_content("/d/b/deep", "x");
    content.add_content("/d/a", "x");
    EXPECT_EQ(content.list("/d"), (std::vector<std::string>{"a", "b"}));
    EXPECT_TRUE(content.list("/none").empty());
}

TEST(tree, minimum_leaves_what_is_there) {
    tree content;
    content.add_content("/etc/passwd", "mine");
    add_minimum(content);
    EXPECT_EQ(content.at("/etc/passwd")->content, "mine");
    EXPECT_EQ(content.at("/tmp")->mode, 01777U);
    EXPECT_EQ(content.at("/etc/localtime")->content.substr(0, 5), "TZif2");
}

TEST(tree, command_line_is_quoted) {
    const identity_card card{
        .name = "x", .program = "/bin/x", .arguments = {"a b", ";"}, .options = {"--env=A=1 2"}};
    EXPECT_EQ(command_line_of(card), "'--env=A=1 2' /bin/x 'a b' ';'");
}

}  // namespace
}  // namespace osprey::cli::image
