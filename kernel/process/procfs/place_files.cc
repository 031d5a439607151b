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

/// The options of a mount, apart from those of its filesystem.
result<void> append_options(string& out, u32 flags) noexcept {
    static constexpr struct {
        u32 flag;
        std::string_view text;
    } options[] = {
        {vfs::mount_synchronous, ",sync"},       {vfs::mount_no_suid, ",nosuid"},
        {vfs::mount_no_devices, ",nodev"},       {vfs::mount_no_exec, ",noexec"},
        {vfs::mount_no_atime, ",noatime"},       {vfs::mount_no_directory_atime, ",nodiratime"},
        {vfs::mount_relative_atime, ",relatime"}};
    TRY_VOID(out.append(flags & vfs::mount_read_only ? "ro" : "rw"));
    for (const auto& o : options)
        if (flags & o.flag)
            TRY_VOID(out.append(o.text));
    return ok;
}

result<void> show_mounts(const subject& of, string& out) noexcept {
    return list_mounts(
        of, out, [](mount_lister& l, vfs::mount& m, std::string_view at) noexcept -> result<void> {
            TRY_VOID(append_escaped(l.out, m.source()));
            TRY_VOID(l.out.push_back(' '));
            TRY_VOID(append_escaped(l.out, at));
            TRY_VOID(print(l.out, " {} ", m.fs().type_name()));
            TRY_VOID(append_options(l.out, m.flags()));
            return l.out.append(" 0 0\n");
        });
}

result<void> show_mountinfo(const subject& of, string& out) noexcept {
    return list_mounts(
        of, out, [](mount_lister& l, vfs::mount& m, std::string_view at) noexcept -> result<void> {
            constexpr u32 above_root = 1;  // Linux's rootfs, which nobody sees
            const auto& above = m.mounted_at();
            const vfs::device_number device = m.fs().device();
            TRY_VOID(print(l.out, "{} {} {}:{} / ", m.id(), above ? above.where->id() : above_root,
                           device.major, device.minor));
            TRY_VOID(append_escaped(l.out, at));
            TRY_VOID(l.out.push_back(' '));
            TRY_VOID(append_options(l.out, m.flags()));
            TRY_VOID(print(l.out, " - {} ", m.fs().type_name()));
            TRY_VOID(append_escaped(l.out, m.source()));
            return l.out.append(m.flags() & vfs::mount_read_only ? " ro\n" : " rw\n");
        });
}

result<void> show_mountstats(const subject& of, string& out) noexcept {
    return list_mounts(
        of, out, [](mount_lister& l, vfs::mount& m, std::string_view at) noexcept -> result<void> {
            TRY_VOID(l.out.append("device "));
            TRY_VOID(append_escaped(l.out, m.source()));
            TRY_VOID(l.out.append(" mounted on "));
            TRY_VOID(append_escaped(l.out, at));
            return print(l.out, " with fstype {}\n", m.fs().type_name());
        });
}

result<void> show_cgroup(const subject& of, string& out) noexcept {
    TRY_VOID(of.find());
    return out.append("0::/\n");
}

result<void> show_cpuset(const subject& of, string& out) noexcept {
    TRY_VOID(of.find());
    return out.append("/\n");
}

constexpr subject_file files[] = {
    {"cgroup", 0444, show_cgroup},         {"cpuset", 0444, show_cpuset},
    {"mountinfo", 0444, show_mountinfo},   {"mounts", 0444, show_mounts},
    {"mountstats", 0400, show_mountstats},
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
