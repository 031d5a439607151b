// SPDX-License-Identifier: BSD-3-Clause
#include <elf.h>
#include <gtest/gtest.h>
#include <unistd.h>
#include <elf/libraries.hh>

#include <base/failure.hh>
#include <base/files.hh>
#include <cstring>
#include <fstream>
#include <image/tree.hh>

namespace osprey::cli::elf {
namespace {

/// Writes small ELF files that hold nothing but what a library search reads.
class library_finder_test : public testing::Test {
protected:
    struct wish {
        std::string interpreter;
        std::vector<std::string> needed;
        std::string rpath;
        std::string runpath;
        unsigned machine = EM_X86_64;
    };

    void add(const std::string& guest_path, const wish& what) {
        const auto source = folder_.path() / std::to_string(count_++);
        std::string strings(1, '\0');
        std::vector<Elf64_Dyn> dynamic;
        const auto add_string = [&](int64_t tag, const std::string& text) {
            Elf64_Dyn entry{};
            entry.d_tag = tag;
            entry.d_un.d_val = strings.size();
            dynamic.push_back(entry);
            strings += text + '\0';
        };
        for (const std::string& name : what.needed) {
            add_string(DT_NEEDED, name);
        }
        if (!what.rpath.empty()) {
            add_string(DT_RPATH, what.rpath);
        }
        if (!what.runpath.empty()) {
            add_string(DT_RUNPATH, what.runpath);
        }
        const uint64_t interpreter_at = sizeof(Elf64_Ehdr) + 3 * sizeof(Elf64_Phdr);
        const uint64_t strings_at = interpreter_at + what.interpreter.size() + 1;
        dynamic.push_back({DT_STRTAB, {strings_at}});
        dynamic.push_back({DT_NULL, {0}});
        const uint64_t dynamic_at = strings_at + strings.size();
        const uint64_t dynamic_size = dynamic.size() * sizeof(Elf64_Dyn);
        const uint64_t end = dynamic_at + dynamic_size;

        Elf64_Ehdr header{};
        std::memcpy(header.e_ident, ELFMAG, SELFMAG);
        header.e_ident[EI_CLASS] = ELFCLASS64;
        header.e_ident[EI_DATA] = ELFDATA2LSB;
        header.e_ident[EI_VERSION] = EV_CURRENT;
        header.e_type = ET_DYN;
        header.e_machine = static_cast<Elf64_Half>(what.machine);
        header.e_version = EV_CURRENT;
        header.e_entry = 1;
        header.e_phoff = sizeof header;
        header.e_ehsize = sizeof header;
        header.e_phentsize = sizeof(Elf64_Phdr);
        header.e_phnum = what.interpreter.empty() ? 2 : 3;
        Elf64_Phdr segments[3]{};
        segments[0] = {PT_LOAD, PF_R, 0, 0, 0, end, end, 4096};
        segments[1] = {PT_DYNAMIC, PF_R, dynamic_at, dynamic_at, 0, dynamic_size, dynamic_size, 8};
        segments[2] = {PT_INTERP,
                       PF_R,
                       interpreter_at,
                       interpreter_at,
                       0,
                       what.interpreter.size() + 1,
                       what.interpreter.size() + 1,
                       1};
        std::ofstream file{source, std::ios::binary};
        file.write(reinterpret_cast<const char*>(&header), sizeof header);
        file.write(reinterpret_cast<const char*>(segments), sizeof segments);
        file.write(what.interpreter.c_str(),
                   static_cast<std::streamsize>(what.interpreter.size() + 1));
        file.write(strings.data(), static_cast<std::streamsize>(strings.size()));
        file.write(reinterpret_cast<const char*>(dynamic.data()),
                   static_cast<std::streamsize>(dynamic_size));
        file.close();
        content_.add_file(guest_path, source, image::times::fix);
    }

    void add_text(const std::string& guest_path, const std::string& text) {
        const auto source = folder_.path() / std::to_string(count_++);
        write_file(source, text);
        content_.add_file(guest_path, source, image::times::fix);
    }

    std::set<std::string> find(const std::string& library_path = "") {
        library_finder finder{content_, library_path};
        finder.add_program("/bin/prog");
        needs_configuration_ = finder.needs_loader_configuration();
        return finder.paths();
    }

    static constexpr const char* loader = "/lib64/ld-linux-x86-64.so.2";

    temporary_folder folder_{fs::temp_directory_path(), "osprey-unit"};
    image::tree content_;
    int count_ = 0;
    bool needs_configuration_ = false;
};

TEST_F(library_finder_test, default_folders) {
    add(loader, {});
    add("/bin/prog", {.interpreter = loader, .needed = {"liba.so"}});
    add("/usr/lib/liba.so", {.needed = {"libb.so"}});
    add("/lib/x86_64-linux-gnu/libb.so", {});
    EXPECT_EQ(find(), (std::set<std::string>{"/bin/prog", loader, "/usr/lib/liba.so",
                                             "/lib/x86_64-linux-gnu/libb.so"}));
    EXPECT_FALSE(needs_configuration_);
}

TEST_F(library_finder_test, runpath_serves_only_its_own_object) {
    add(loader, {});
    add("/bin/prog", {.interpreter = loader, .needed = {"liba.so"}, .runpath = "$ORIGIN/../opt"});
    add("/opt/liba.so", {.needed = {"libb.so"}});
    add("/opt/libb.so", {});
    EXPECT_THROW(find(), failure);
    add("/usr/lib/libb.so", {});
    EXPECT_TRUE(find().contains("/usr/lib/libb.so"));
}

TEST_F(library_finder_test, rpath_serves_what_it_loads) {
    add(loader, {});
    add("/bin/prog", {.interpreter = loader, .needed = {"liba.so"}, .rpath = "/opt"});
    add("/opt/liba.so", {.needed = {"libb.so"}});
    add("/opt/libb.so", {});
    EXPECT_TRUE(find().contains("/opt/libb.so"));
}

TEST_F(library_finder_test, rpath_counts_nothing_beside_runpath) {
    add(loader, {});
    add("/bin/prog",
        {.interpreter = loader, .needed = {"liba.so"}, .rpath = "/opt", .runpath = "/srv"});
    add("/opt/liba.so", {});
    EXPECT_THROW(find(), failure);
}

TEST_F(library_finder_test, order_of_places) {
    add(loader, {});
    add("/bin/prog", {.interpreter = loader, .needed = {"liba.so"}, .runpath = "/run-path"});
    for (const char* path : {"/run-path/liba.so", "/env/liba.so", "/usr/lib/liba.so"}) {
        add(path, {});
    }
    EXPECT_TRUE(find("/env").contains("/env/liba.so"));
    EXPECT_TRUE(find().contains("/run-path/liba.so"));
}

TEST_F(library_finder_test, configuration_with_includes) {
    add(loader, {});
    add("/bin/prog", {.interpreter = loader, .needed = {"liba.so"}});
    add("/odd/place/liba.so", {});
    add_text("/etc/ld.so.conf", "# comment\ninclude /etc/ld.so.conf.d/*.conf\n");
    add_text("/etc/ld.so.conf.d/odd.conf", "/odd/place # here\n");
    add_text("/etc/ld.so.conf.d/ignored.txt", "/elsewhere\n");
    EXPECT_TRUE(find().contains("/odd/place/liba.so"));
    EXPECT_TRUE(needs_configuration_);
}

TEST_F(library_finder_test, other_architectures_are_passed_over) {
    add(loader, {});
    add("/bin/prog", {.interpreter = loader, .needed = {"liba.so"}});
    add("/lib/x86_64-linux-gnu/liba.so", {.machine = EM_AARCH64});
    add("/usr/lib/liba.so", {});
    EXPECT_TRUE(find().contains("/usr/lib/liba.so"));
}

TEST_F(library_finder_test, circles_end) {
    add(loader, {});
    add("/bin/prog", {.interpreter = loader, .needed = {"liba.so"}});
    add("/usr/lib/liba.so", {.needed = {"libb.so"}});
    add("/usr/lib/libb.so", {.needed = {"liba.so"}});
    EXPECT_EQ(find().size(), 4U);
}

TEST_F(library_finder_test, glibc_gets_what_thread_exit_needs) {
    add(loader, {});
    add("/bin/prog", {.interpreter = loader, .needed = {"libc.so.6"}});
    add("/usr/lib/libc.so.6", {});
    EXPECT_EQ(find().size(), 3U);
    add("/usr/lib/libgcc_s.so.1", {});
    EXPECT_TRUE(find().contains("/usr/lib/libgcc_s.so.1"));
}

TEST_F(library_finder_test, musl_serves_its_own_names) {
    const char* musl = "/lib/ld-musl-x86_64.so.1";
    add(musl, {});
    add("/bin/prog", {.interpreter = musl, .needed = {"libc.so", "liba.so"}});
    add("/usr/local/lib/liba.so", {});
    EXPECT_TRUE(find().contains("/usr/local/lib/liba.so"));
    add_text("/etc/ld-musl-x86_64.path", "/else:/where\n");
    add("/where/liba.so", {});
    EXPECT_TRUE(find().contains("/where/liba.so"));
}

TEST_F(library_finder_test, message_names_both_sides) {
    add(loader, {});
    add("/bin/prog", {.interpreter = loader, .needed = {"liba.so"}});
    add("/usr/lib/liba.so", {.needed = {"libgone.so.7"}});
    try {
        find();
        FAIL();
    } catch (const failure& error) {
        EXPECT_STREQ(error.what(),
                     "/usr/lib/liba.so needs the library libgone.so.7, which is not in the image");
        EXPECT_EQ(error.status(), exit_status::not_runnable);
    }
}

}  // namespace
}  // namespace osprey::cli::elf
