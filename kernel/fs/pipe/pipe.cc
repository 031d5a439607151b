// SPDX-License-Identifier: BSD-3-Clause
#include <base/format.hh>
#include <cstring>
#include <fs/pipe/pipe.hh>
#include <fs/pipe/pipe_buffer.hh>
#include <memory/user_pointer.hh>
#include <trace/tracepoint.hh>
#include <vfs/device.hh>
#include <vfs/poll.hh>

namespace osprey::fs {

namespace {

/// An open end of a pipe or FIFO; O_RDWR is both ends of a FIFO.
class pipe_file final : public vfs::file {
public:
    pipe_file(refptr<vfs::vnode> node, u32 flags, refptr<pipe_buffer> pipe) noexcept
        : file{std::move(node), flags}, pipe_{std::move(pipe)}, created_{vfs::current_timestamp()} {
        if (readable())
            pipe_->add_reader();
        if (writable())
            pipe_->add_writer();
    }

    void released() noexcept override {
        if (readable())
            pipe_->drop_reader();
        if (writable())
            pipe_->drop_writer();
    }

    result<usize> read(vfs::io_buffer& to) noexcept override { return pipe_->read(to, mode()); }
    result<usize> write(vfs::io_buffer& from) noexcept override {
        if (from.remaining() == 0)  // even without readers (pipe(7))
            return usize{0};
        return pipe_->write(
            from, mode(),
            flags() & vfs::o_direct ? pipe_buffer::form::packets : pipe_buffer::form::stream);
    }
    result<usize> read_at(vfs::io_buffer&, u64) noexcept override { return errc::illegal_seek; }
    result<usize> write_at(vfs::io_buffer&, u64) noexcept override { return errc::illegal_seek; }

    u32 poll(vfs::poll_registration* w) noexcept override {
        u32 events = 0;
        if (readable()) {
            if (w)
                w->subscribe(pipe_->data_arrived);
            if (pipe_->used() != 0)
                events |= vfs::poll_in | vfs::poll_rdnorm;
            if (!pipe_->has_writers() && !never_had_a_writer())
                events |= vfs::poll_hup;
        }
        if (writable()) {
            if (w)
                w->subscribe(pipe_->room_arrived);
            if (pipe_->writable())
                events |= vfs::poll_out | vfs::poll_wrnorm;
            if (!pipe_->has_readers())
                events |= vfs::poll_err;
        }
        return events;
    }

    result<u64> ioctl(u32 request, u64 argument) noexcept override {
        constexpr u32 fionread = 0x541b;
        if (request != fionread)
            return errc::not_tty;
        TRY_VOID(memory::user_ptr<i32>{argument}.store(static_cast<i32>(pipe_->used())));
        return u64{0};
    }

    result<vfs::attributes> get_attributes() noexcept override {
        if (node())
            return file::get_attributes();
        vfs::attributes a;
        a.inode = pipe_->inode;
        a.type = vfs::node_type::fifo;
        a.permissions = 0600;
        a.device = {0, 13};
        a.accessed = a.modified = a.changed = created_;
        return a;
    }

    usize describe(char* to, usize room) const noexcept override {
        fixed_text<32> text;
        format_to(text, "pipe:[{}]", pipe_->inode);
        const usize n = text.view().size() < room ? text.view().size() : room;
        std::memcpy(to, text.view().data(), n);
        return n;
    }

    result<refptr<vfs::file>> reopen(u32 flags) noexcept override {
        // Only a FIFO waits for its other side; that of a pipe may have gone for good
        if (!node())
            return refptr<vfs::file>{TRY(make_ref<pipe_file>(nullptr, flags, pipe_))};
        return open_end(refptr<vfs::vnode>{node()}, flags, pipe_);
    }
    static result<refptr<vfs::file>> open_end(refptr<vfs::vnode> node, u32 flags,
                                              const refptr<pipe_buffer>& pipe) noexcept;

    [[nodiscard]] pipe_buffer& buffer() const noexcept { return *pipe_; }
    [[nodiscard]] bool is_pipe() const noexcept override { return true; }

private:
    [[nodiscard]] pipe_buffer::blocking mode() const noexcept {
        return nonblocking() ? pipe_buffer::blocking::no : pipe_buffer::blocking::yes;
    }
    /// A FIFO opened without blocking for reading is not at its end before the first writer came.
    [[nodiscard]] bool never_had_a_writer() const noexcept {
        return node() && pipe_->writers_so_far() == 0;
    }
    refptr<pipe_buffer> pipe_;
    vfs::timestamp created_;
};

struct fifo_attachment final : vfs::vnode_attachment {
    refptr<pipe_buffer> pipe;
};

result<refptr<vfs::file>> open_fifo(vfs::vnode& node, u32 flags) noexcept {
    vfs::vnode_attachment* a = node.attachment.load(std::memory_order_acquire);
    if (!a) {
        auto fresh = TRY(make_unique<fifo_attachment>());
        fresh->pipe = TRY(pipe_buffer::create());
        a = node.attach(std::move(fresh));
    }
    return pipe_file::open_end(refptr<vfs::vnode>{&node}, flags,
                               static_cast<fifo_attachment*>(a)->pipe);
}

/// fifo(7): each side waits for the other unless it must not block.
result<refptr<vfs::file>> pipe_file::open_end(refptr<vfs::vnode> node, u32 flags,
                                              const refptr<pipe_buffer>& pipe) noexcept {
    const u32 access = flags & vfs::o_accmode;
    if (access == vfs::o_wronly && (flags & vfs::o_nonblock) && !pipe->has_readers())
        return errc::no_device_or_address;
    auto opened = TRY(make_ref<pipe_file>(std::move(node), flags, pipe));
    if (!(flags & vfs::o_nonblock)) {
        if (access == vfs::o_rdonly)
            TRY_VOID(pipe->wait_for_writer());
        else if (access == vfs::o_wronly)
            TRY_VOID(pipe->wait_for_reader());
    }
    return refptr<vfs::file>{std::move(opened)};
}

}  // namespace

TRACEPOINT(pipe, pipe_create, trace::address flags);
result<pipe_ends> make_pipe(u32 flags) noexcept {
    TRACE(pipe_create, flags);
    auto pipe = TRY(pipe_buffer::create());
    const u32 kept = flags & vfs::o_nonblock, form = flags & vfs::o_direct;
    refptr<vfs::file> reader = TRY(make_ref<pipe_file>(nullptr, vfs::o_rdonly | kept, pipe));
    refptr<vfs::file> writer = TRY(make_ref<pipe_file>(nullptr, vfs::o_wronly | kept | form, pipe));
    return pipe_ends{std::move(reader), std::move(writer)};
}

result<usize> pipe_capacity(vfs::file& f) noexcept {
    if (!f.is_pipe())
        return errc::bad_descriptor;
    return static_cast<pipe_file&>(f).buffer().capacity();
}

result<usize> set_pipe_capacity(vfs::file& f, usize bytes) noexcept {
    if (!f.is_pipe())
        return errc::bad_descriptor;
    return static_cast<pipe_file&>(f).buffer().set_capacity(bytes);
}

bool same_pipe(vfs::file& a, vfs::file& b) noexcept {
    return &static_cast<pipe_file&>(a).buffer() == &static_cast<pipe_file&>(b).buffer();
}

result<usize> copy_pipe(vfs::file& from, vfs::file& to, usize bytes, bool nonblocking) noexcept {
    pipe_buffer& source = static_cast<pipe_file&>(from).buffer();
    pipe_buffer& target = static_cast<pipe_file&>(to).buffer();
    for (;;) {
        if (!target.has_readers())
            return errc::broken_pipe;
        usize n = source.used() < bytes ? source.used() : bytes;
        n = target.room() < n ? target.room() : n;
        if (n != 0) {
            auto* copy = static_cast<char*>(allocate(n));
            if (!copy)
                return errc::out_of_memory;
            vfs::io_buffer data{copy, source.peek(copy, n), vfs::io_buffer::memory_kind::kernel};
            auto written = target.write(data, pipe_buffer::blocking::no);
            deallocate(copy, n);
            if (written ? *written != 0 : written.error() != errc::again)
                return written;
            continue;  // somebody else took the bytes or the room meanwhile
        }
        if (source.used() == 0 && !source.has_writers())
            return usize{0};
        if (nonblocking)
            return errc::again;
        auto waited = source.used() == 0 ? source.data_arrived.wait([&] {
            return source.used() != 0 || !source.has_writers();
        })
                                         : target.room_arrived.wait([&] {
                                               return target.room() != 0 || !target.has_readers();
                                           });
        if (!waited)
            return errc::restart_always;
    }
}

void register_pipes() noexcept {
    vfs::set_fifo_opener(open_fifo);
}

}  // namespace osprey::fs
