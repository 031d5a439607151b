// SPDX-License-Identifier: BSD-3-Clause
// What /proc/PID tells about the file tree: mounts, cwd, root, exe (proc(5)).
#include <process/procfs/procfs.hh>

namespace osprey::proc {

namespace {

/// Blank, tab, newline and backslash as octal escapes, as getmntent(3) reads them.
result<void> append_escaped(string& out, std::string_view text) noexcept {
    for (char c : text) {
        if (c == ' ' || c == '\t' || c == '\n' || c == '\\')
            TRY_VOID(print(out, "\\{:03o}", static_cast<u8>(c)));
        else
            TRY_VOID(out.push_back(c));
    }
    return ok;
}

constexpr u32 ms_read_only = 1;

struct mount_lister {
    string& out;
    vfs::path root;
    result<void> (*line)(mount_lister&, vfs::mount&, std::string_view at) noexcept;
    result<void> outcome;
};

result<void> list_mounts(const subject& of, string& out,
                         decltype(mount_lister::line) line) noexcept {
    auto p = TRY(of.find());
    const auto directories = p->held(&process::directories);
    if (!directories)
        return ok;
    mount_lister lister{out, directories->root(), line, {}};
    vfs::for_each_mount(
        [](vfs::mount& m, void* context) {
            auto& l = *static_cast<mount_lister*>(context);
            auto at =
                vfs::name_of({refptr<vfs::mount>{&m}, refptr<vfs::dentry>{&m.root()}}, l.root);
            l.outcome = at ? l.line(l, m, at.value().view()) : result<void>{at.error()};
            return l.outcome.has_value();
        },
        &lister);
    return std::move(lister.outcome);
}

result<void> show_mounts(const subject& of, string& out) noexcept {
    return list_mounts(
        of, out, [](mount_lister& l, vfs::mount& m, std::string_view at) noexcept -> result<void> {
            const std::string_view type = m.fs().type_name();
            TRY_VOID(print(l.out, "{} ", type));
            TRY_VOID(append_escaped(l.out, at));
            return print(l.out, " {} {},relatime 0 0\n", type,
                         m.flags() & ms_read_only ? "ro" : "rw");
        });
}

result<void> show_mountinfo(const subject& of, string& out) noexcept {
    return list_mounts(
        of, out, [](mount_lister& l, vfs::mount& m, std::string_view at) noexcept -> result<void> {
            const auto& above = m.mounted_at();
            const vfs::device_number device = m.fs().device();
            const std::string_view type = m.fs().type_name();
            const std::string_view mode = m.flags() & ms_read_only ? "ro" : "rw";
            TRY_VOID(print(l.out, "{} {} {}:{} / ", m.id(), above ? above.where->id() : m.id(),
                           device.major, device.minor));
            TRY_VOID(append_escaped(l.out, at));
            return print(l.out, " {},relatime - {} {} {}\n", mode, type, type, mode);
        });
}

result<void> show_cgroup(const subject& of, string& out) noexcept {
    TRY_VOID(of.find());
    return out.append("0::/\n");
}

constexpr subject_file files[] = {
    {"cgroup", 0444, show_cgroup},
    {"mountinfo", 0444, show_mountinfo},
    {"mounts", 0444, show_mounts},
};

/// cwd, exe or root: a magic link, which leads to the place itself whatever its name is now.
class place_link final : public fs::synthetic_node {
public:
    enum class kind : u8 { cwd, exe, root };
    place_link(fs::synthetic_filesystem& proc, const subject& of, kind what) noexcept
        : synthetic_node{proc, vfs::node_type::symlink, 0777}, subject_{of}, kind_{what} {}

    result<usize> read_link(char* to, usize room) noexcept override {
        const vfs::path place = TRY(follow());
        const string name = TRY(vfs::name_of(place, vfs::root_path()));
        const usize bytes = name.size() < room ? name.size() : room;
        std::memcpy(to, name.c_str(), bytes);
        return bytes;
    }
    [[nodiscard]] bool magic() const noexcept override { return true; }
    result<vfs::path> follow() noexcept override {
        auto p = TRY(subject_.find());
        vfs::path place;
        if (kind_ == kind::exe)
            place = p->executable;
        else if (const auto directories = p->held(&process::directories))
            place = kind_ == kind::cwd ? directories->cwd() : directories->root();
        if (!place)
            return errc::no_entry;
        return place;
    }

private:
    subject subject_;
    kind kind_;
};

}  // namespace

std::span<const subject_file> place_files() noexcept {
    return files;
}

result<refptr<vfs::vnode>> make_place_link(fs::synthetic_filesystem& proc, const subject& of,
                                           std::string_view name) noexcept {
    const auto what = name == "exe"   ? place_link::kind::exe
                      : name == "cwd" ? place_link::kind::cwd
                                      : place_link::kind::root;
    return refptr<vfs::vnode>{TRY(make_ref<place_link>(proc, of, what))};
}

}  // namespace osprey::proc
