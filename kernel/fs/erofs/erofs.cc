// SPDX-License-Identifier: BSD-3-Clause
// EROFS as the VFS sees it. What an image means is known by image.hh; here are only vnodes.
#include <algorithm>
#include <base/log.hh>
#include <fs/erofs/disk_source.hh>
#include <fs/erofs/erofs.hh>
#include <fs/erofs/image.hh>
#include <fs/erofs/integrity.hh>
#include <memory/reclaim.hh>
#include <vfs/lookup.hh>

namespace osprey::fs::erofs {
namespace {

constexpr u64 filesystem_magic = 0xe0f5'e1e2;  // statfs(2)
constexpr u32 type_bits = 0170000;

class filesystem;

constinit sync::mutex mounted_mutex;  // guards `mounted`; a filesystem's mutex may be taken inside

class node final : public vfs::vnode, private memory::pager {
public:
    node(filesystem& fs, const erofs::inode& what) noexcept;
    ~node() override;

    result<vfs::attributes> get_attributes() noexcept override;
    memory::vm_object* pages() noexcept override;
    result<refptr<vfs::vnode>> lookup(std::string_view name) noexcept override;
    result<void> read_directory(u64 cookie, vfs::directory_sink& sink) noexcept override;
    result<usize> read_link(char* to, usize room) noexcept override;
    result<usize> get_xattr(std::string_view name, void* to, usize room) noexcept override;
    result<usize> list_xattr(char* to, usize room) noexcept override;

    /// Drops the filesystem's reference if it is the last one, and neither a mapping nor a cached
    /// page needs the node's pager. The filesystem's mutex is held. @return whether it did: the
    /// caller deletes the node.
    [[nodiscard]] bool give_up() noexcept;

    list_hook table_link;
    list_hook kept_link;

private:
    result<void> read_pages(u64 index, void* const* pages, usize count) noexcept override;
    filesystem& fs_;
    const erofs::inode record_;
    std::atomic<memory::vm_object*> pages_{nullptr};
};

class filesystem final : public vfs::filesystem {
public:
    explicit filesystem(refptr<drivers::block_device> disk) noexcept : source_{std::move(disk)} {}
    ~filesystem() override {
        {
            sync::lock_guard guard{mounted_mutex};
            intrusive_list<filesystem, &filesystem::mounted_link>::remove(*this);
        }
        root_ = nullptr;
        while (node* n = kept_.pop_front())
            n->drop_ref();
        delete image_;
    }

    result<void> open() noexcept;
    [[nodiscard]] std::string_view type_name() const noexcept override { return "erofs"; }
    [[nodiscard]] refptr<vfs::vnode> root() noexcept override { return root_; }
    result<vfs::filesystem_statistics> get_statistics() noexcept override;

    [[nodiscard]] image& from() noexcept { return *image_; }
    result<refptr<node>> node_of(u64 nid) noexcept;
    void forget(node& n) noexcept {
        sync::lock_guard guard{mutex_};
        bucket_list::remove(n);
    }
    /// Mappings hold a node's pages but not the node, so nodes with pages stay until memory is
    /// short and nobody uses them, or until unmount.
    void keep(node& n) noexcept {
        n.add_ref();
        sync::lock_guard guard{mutex_};
        kept_.push_back(n);
        ++kept_count_;
    }
    /// Gives up to `wanted` kept nodes back. @return how many.
    u64 give_up_nodes(u64 wanted) noexcept;

    list_hook mounted_link;

private:
    using bucket_list = intrusive_list<node, &node::table_link>;
    static constexpr usize buckets = 256;
    bucket_list& bucket(u64 nid) noexcept { return table_[(nid * 0x9e37'79b9'7f4a'7c15) >> 56]; }

    disk_source source_;
    image* image_ = nullptr;
    refptr<node> root_;
    sync::mutex mutex_;  // guards table and list; nothing is taken inside
    bucket_list table_[buckets];
    intrusive_list<node, &node::kept_link> kept_;
    u64 kept_count_ = 0;
};

constinit intrusive_list<filesystem, &filesystem::mounted_link> mounted;

node::node(filesystem& fs, const erofs::inode& what) noexcept
    : vnode{fs, static_cast<vfs::node_type>(what.mode & type_bits), what.nid},
      fs_{fs},
      record_{what} {}

node::~node() {
    fs_.forget(*this);
    if (auto* object = pages_.load(std::memory_order_relaxed))
        object->drop_ref();
}

bool node::give_up() noexcept {
    auto* object = pages_.load(std::memory_order_acquire);
    const auto unused = [&] {
        return object->reference_count() == 1;
    };
    if (reference_count() != 1 || !unused() || object->resident_pages() != 0)
        return false;
    if (!try_drop_last_ref())
        return false;
    // Only who has the node gets at its pages, so no new mapping can come. One may have come
    // between the looks: then back. Nobody saw the count of zero, as node_of wants the mutex.
    if (unused())
        return true;
    add_ref();
    return false;
}

result<vfs::attributes> node::get_attributes() noexcept {
    vfs::attributes a;
    a.inode = record_.nid;
    a.type = type();
    a.permissions = record_.mode & 07777;
    a.links = record_.links;
    a.uid = record_.uid;
    a.gid = record_.gid;
    a.size = record_.size;
    a.blocks = record_.blocks() * (block_bytes / 512);
    a.block_size = block_bytes;
    a.device = fs_.device();
    if (type() == vfs::node_type::character_device || type() == vfs::node_type::block_device) {
        // Linux's new_encode_dev: minor 0-7, major 8-19, the rest of the minor
        const u32 d = record_.where;
        a.special = {d >> 8 & 0xfff, (d & 0xff) | (d >> 12 & 0xfff00)};
    }
    a.accessed = a.modified = a.changed = a.born = {record_.seconds, record_.nanoseconds};
    return a;
}

memory::vm_object* node::pages() noexcept {
    if (type() != vfs::node_type::regular)
        return nullptr;
    if (auto* object = pages_.load(std::memory_order_acquire))
        return object;
    auto fresh = memory::vm_object::create(record_.size, this);
    if (!fresh)
        return nullptr;
    memory::vm_object* seen = nullptr;
    if (!pages_.compare_exchange_strong(seen, fresh->get(), std::memory_order_acq_rel))
        return seen;
    fs_.keep(*this);
    return fresh->release();
}

result<void> node::read_pages(u64 index, void* const* pages, usize count) noexcept {
    auto done = fs_.from().read_pages(record_, index, pages, count);
    if (!done)
        log::error("erofs: file {}, page {}: {}", record_.nid, index, name_of(done.error()));
    return done;
}

result<refptr<vfs::vnode>> node::lookup(std::string_view name) noexcept {
    if (!is_directory())
        return errc::not_directory;
    const auto found = TRY(fs_.from().lookup(record_, name));
    return refptr<vfs::vnode>{TRY(fs_.node_of(found.nid))};
}

vfs::node_type type_of(u8 on_disk) noexcept {
    using enum vfs::node_type;
    constexpr vfs::node_type types[] = {anonymous,    regular, directory, character_device,
                                        block_device, fifo,    socket,    symlink};
    return on_disk < std::size(types) ? types[on_disk] : anonymous;
}

result<void> node::read_directory(u64 cookie, vfs::directory_sink& sink) noexcept {
    if (!is_directory())
        return errc::not_directory;
    struct forward final : entry_sink {
        explicit forward(vfs::directory_sink& to) noexcept : to{to} {}
        bool add(const listed_entry& e) noexcept override {
            return to.add(e.name, e.nid, type_of(e.type), e.next_cookie);
        }
        vfs::directory_sink& to;
    } entries{sink};
    return fs_.from().list(record_, cookie, entries);
}

result<usize> node::read_link(char* to, usize room) noexcept {
    if (type() != vfs::node_type::symlink)
        return errc::invalid_argument;
    return fs_.from().read(record_, 0, to, room);
}

result<usize> node::get_xattr(std::string_view name, void* to, usize room) noexcept {
    return fs_.from().get_xattr(record_, name, to, room);
}

result<usize> node::list_xattr(char* to, usize room) noexcept {
    struct names final : xattr_sink {
        names(char* to, usize room) noexcept : to{to}, room{room} {}
        void add(std::string_view prefix, std::string_view name) noexcept override {
            put(prefix);
            put(name);
            put({"", 1});
        }
        void put(std::string_view text) noexcept {
            if (used + text.size() <= room)
                std::memcpy(to + used, text.data(), text.size());
            used += text.size();
        }
        char* to;
        usize room, used = 0;
    } all{to, room};
    TRY_VOID(fs_.from().list_xattrs(record_, all));
    if (room != 0 && all.used > room)
        return errc::range;
    return all.used;
}

result<void> filesystem::open() noexcept {
    TRY_VOID(source_.open());
    const char* reason = nullptr;
    auto facts = read_superblock(source_, reason);
    if (!facts) {
        log::error("erofs: {} is refused: {} ({})", source_.disk().name(), reason,
                   name_of(facts.error()));
        return facts.error();
    }
    image_ = new (std::nothrow) image(source_, *facts);
    if (!image_)
        return errc::out_of_memory;
    auto root = node_of(facts->root_nid);
    if (!root || !(*root)->is_directory()) {
        log::error("erofs: {} is refused: it has no root directory", source_.disk().name());
        return root ? errc::structure_needs_cleaning : root.error();
    }
    root_ = std::move(*root);
    return {};
}

u64 filesystem::give_up_nodes(u64 wanted) noexcept {
    constexpr u64 looks = 8;  // most nodes are in use or have pages
    intrusive_list<node, &node::kept_link> gone;
    u64 given = 0;
    {
        sync::lock_guard guard{mutex_};
        for (u64 left = std::min(looks * wanted, kept_count_); left != 0 && given < wanted;
             --left) {
            node* n = kept_.pop_front();
            if (n->give_up()) {
                gone.push_back(*n);
                --kept_count_;
                ++given;
            } else {
                kept_.push_back(*n);
            }
        }
    }
    while (node* n = gone.pop_front())
        delete n;
    return given;
}

result<vfs::filesystem_statistics> filesystem::get_statistics() noexcept {
    vfs::filesystem_statistics s;
    s.type = filesystem_magic;
    s.block_size = block_bytes;
    s.blocks = image_->facts().blocks;
    s.files = image_->facts().inodes;
    std::memcpy(&s.id, image_->facts().uuid, sizeof s.id);
    return s;
}

result<refptr<node>> filesystem::node_of(u64 nid) noexcept {
    const auto present = [this, nid]() -> refptr<node> {
        for (node& n : bucket(nid))
            if (n.inode() == nid && n.try_add_ref())
                return refptr<node>::adopt(&n);
        return {};
    };
    {
        sync::lock_guard guard{mutex_};
        if (auto n = present())
            return n;
    }
    const inode what = TRY(image_->read_inode(nid));
    auto fresh = TRY(make_ref<node>(*this, what));
    refptr<node> other;
    {
        sync::lock_guard guard{mutex_};
        other = present();
        if (!other)
            bucket(nid).push_front(*fresh);
    }
    if (other)
        return other;
    return fresh;
}

}  // namespace

result<refptr<vfs::filesystem>> mount(refptr<drivers::block_device> disk,
                                      std::string_view root_hash) noexcept {
    auto checked = TRY(with_integrity(std::move(disk), root_hash));
    auto fs = TRY(make_ref<filesystem>(std::move(checked)));
    TRY_VOID(fs->open());
    {
        sync::lock_guard guard{mounted_mutex};
        mounted.push_back(*fs);
    }
    return refptr<vfs::filesystem>{std::move(fs)};
}

void register_type() noexcept {
    static constinit vfs::filesystem_type type{
        "erofs", true,
        [](std::string_view source, std::string_view) noexcept -> result<refptr<vfs::filesystem>> {
            if (source.starts_with("/dev/"))
                source.remove_prefix(5);
            auto disk = drivers::find_block_device(source);
            if (!disk)
                return errc::not_block_device;
            return mount(std::move(disk));
        }};
    vfs::register_filesystem(type);
    static constinit memory::shrinker nodes{[](u64 wanted) noexcept -> u64 {
        sync::lock_guard guard{mounted_mutex};
        u64 given = 0;
        for (filesystem& fs : mounted)
            given += fs.give_up_nodes(wanted - std::min(wanted, given));
        return given;
    }};
    memory::register_shrinker(nodes);
}

}  // namespace osprey::fs::erofs
