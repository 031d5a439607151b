// SPDX-License-Identifier: BSD-3-Clause
#include <fs/ram/ram_node.hh>
#include <vfs/lookup.hh>

namespace osprey::fs {

namespace {

u64 pages_for(u64 bytes) noexcept {
    if (bytes == 0)
        return memory::get_statistics().total / 2;
    return (bytes + page_size - 1) >> page_shift;
}

/// "16m", "0755", "50%".
result<u64> parse_number(std::string_view text, unsigned base) noexcept {
    u64 value = 0;
    usize i = 0;
    for (; i < text.size() && text[i] >= '0' && static_cast<unsigned>(text[i] - '0') < base; ++i)
        if (__builtin_mul_overflow(value, u64{base}, &value) ||
            __builtin_add_overflow(value, static_cast<u64>(text[i] - '0'), &value))
            return errc::invalid_argument;
    if (i == 0)
        return errc::invalid_argument;
    if (i == text.size())
        return value;
    if (i + 1 != text.size())
        return errc::invalid_argument;
    unsigned shift;
    switch (text[i] | 0x20) {
        case 'k':
            shift = 10;
            break;
        case 'm':
            shift = 20;
            break;
        case 'g':
            shift = 30;
            break;
        default:
            if (text[i] != '%')
                return errc::invalid_argument;
            return memory::get_statistics().total * page_size / 100 * value;
    }
    if (value > ~u64{0} >> shift)
        return errc::invalid_argument;
    return value << shift;
}

}  // namespace

ram_filesystem::ram_filesystem(const options& how) noexcept
    : type_{how.type}, limit_pages_{pages_for(how.size_limit)}, next_inode_{how.first_inode} {}

ram_filesystem::~ram_filesystem() = default;

result<refptr<ram_filesystem>> ram_filesystem::create(const options& how) noexcept {
    auto fs = TRY(make_ref<ram_filesystem>(how));
    fs->root_ = TRY(fs->make_node(vfs::node_type::directory, how.root_permissions));
    fs->root_->uid_ = how.uid;
    fs->root_->gid_ = how.gid;
    return fs;
}

refptr<vfs::vnode> ram_filesystem::root() noexcept {
    return root_;
}

result<refptr<ram_node>> ram_filesystem::make_node(vfs::node_type type, u32 permissions) noexcept {
    auto node = TRY(make_ref<ram_node>(
        *this, type, next_inode_.fetch_add(1, std::memory_order_relaxed), permissions));
    if (type == vfs::node_type::regular)
        node->data_ = TRY(memory::vm_object::create(0, nullptr));
    return node;
}

result<vfs::filesystem_statistics> ram_filesystem::get_statistics() noexcept {
    vfs::filesystem_statistics facts;
    facts.type = 0x01021994;  // TMPFS_MAGIC
    facts.blocks = limit_pages_;
    const u64 used = used_pages_.load(std::memory_order_relaxed);
    facts.blocks_free = used < limit_pages_ ? limit_pages_ - used : 0;
    facts.files = limit_pages_;
    const u64 files = files_.load(std::memory_order_relaxed);
    facts.files_free = files < facts.files ? facts.files - files : 0;
    return facts;
}

result<ram_filesystem::options> ram_filesystem::parse(std::string_view text) noexcept {
    options how;
    while (!text.empty()) {
        const usize comma = text.find(',');
        const std::string_view item = text.substr(0, comma);
        text = comma == text.npos ? std::string_view{} : text.substr(comma + 1);
        const usize equals = item.find('=');
        if (equals == item.npos)
            continue;  // "rw", "noswap" and the like
        const std::string_view key = item.substr(0, equals), value = item.substr(equals + 1);
        if (key == "size")
            how.size_limit = TRY(parse_number(value, 10));
        else if (key == "nr_blocks")
            how.size_limit = TRY(parse_number(value, 10)) * page_size;
        else if (key == "mode")
            how.root_permissions = static_cast<u32>(TRY(parse_number(value, 8))) & 07777;
        else if (key == "uid")
            how.uid = static_cast<u32>(TRY(parse_number(value, 10)));
        else if (key == "gid")
            how.gid = static_cast<u32>(TRY(parse_number(value, 10)));
        else if (key != "nr_inodes" && key != "huge" && key != "mpol")
            return errc::invalid_argument;
    }
    return how;
}

namespace {
result<refptr<vfs::filesystem>> mount_ram(std::string_view, std::string_view options) noexcept {
    return refptr<vfs::filesystem>{
        TRY(ram_filesystem::create(TRY(ram_filesystem::parse(options))))};
}
constinit vfs::filesystem_type tmpfs{"tmpfs", false, mount_ram};
constinit vfs::filesystem_type ramfs{"ramfs", false, mount_ram};
}  // namespace

void register_ram_filesystem() noexcept {
    vfs::register_filesystem(tmpfs);
    vfs::register_filesystem(ramfs);
}

}  // namespace osprey::fs
