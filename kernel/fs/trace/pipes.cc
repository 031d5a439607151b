// SPDX-License-Identifier: BSD-3-Clause
// trace, trace_pipe and trace_pipe_raw, for all CPUs and for each.
#include <arch/cpu.hh>
#include <fs/trace/stream.hh>
#include <fs/trace/trace_files.hh>
#include <sched/clock.hh>
#include <sched/scheduler.hh>
#include <sched/timer.hh>
#include <trace/buffer.hh>
#include <vfs/poll.hh>

namespace osprey::fs {
namespace {

/// A tracepoint may fire anywhere, in the scheduler too, so it cannot wake anybody: who waits for
/// records looks again so often.
constexpr duration look_again = duration::milliseconds(10);

constinit sync::wait_queue waiting_for_records;
void look_for_records(sched::timer& self) noexcept {
    if (has_records(record_stream::all_cpus))
        waiting_for_records.wake_all(vfs::poll_in);
    if (waiting_for_records.anybody_waits())
        self.arm(sched::monotonic_now() + look_again);
}
constinit sched::timer record_timer{look_for_records};

u32 poll_records(vfs::poll_registration* w, u32 cpu) noexcept {
    if (w) {
        w->subscribe(waiting_for_records);
        sync::lock_guard guard{trace_mutex};
        if (!record_timer.pending())
            record_timer.arm(sched::monotonic_now() + look_again);
    }
    return has_records(cpu) ? u32{vfs::poll_in} | vfs::poll_rdnorm : 0;
}

result<void> wait_for_records() noexcept {
    return sched::sleep_until(sched::monotonic_now() + look_again);
}

/// Text of records, made while it is read.
class trace_text_file final : public vfs::file {
public:
    trace_text_file(refptr<vfs::vnode> node, u32 flags, u32 cpu, bool consumes) noexcept
        : file{std::move(node), flags}, cpu_{cpu}, consumes_{consumes}, records_{cpu, consumes} {}

    result<usize> read(vfs::io_buffer& to) noexcept override {
        sync::lock_guard guard{mutex_};
        usize done = 0;
        while (to.remaining() != 0) {
            if (shown_ == line_.view().size()) {
                line_.clear();
                shown_ = 0;
                if (!TRY(make_line(done != 0)))
                    break;
            }
            const std::string_view rest = line_.view().substr(shown_);
            const usize part = TRY(to.put(rest.data(), std::min(rest.size(), to.remaining())));
            shown_ += part;
            done += part;
        }
        return done;
    }
    /// For splice and its like, which read one part after the other.
    result<usize> read_at(vfs::io_buffer& to, u64) noexcept override { return read(to); }
    /// From the start only: what lies between cannot be found again.
    result<u64> seek(i64 offset, int whence) noexcept override {
        if (consumes_)
            return errc::illegal_seek;
        if (offset != 0 || whence != 0)
            return errc::invalid_argument;
        sync::lock_guard guard{mutex_};
        started_ = false;
        line_.clear();
        shown_ = 0;
        return u64{0};
    }
    /// Text written to `trace` means nothing; that it was opened with O_TRUNC does.
    result<usize> write(vfs::io_buffer& from) noexcept override { return from.remaining(); }
    u32 poll(vfs::poll_registration* w) noexcept override {
        return consumes_ ? poll_records(w, cpu_) : u32{vfs::poll_in} | vfs::poll_rdnorm;
    }

private:
    /// @return false: there is no more, now or ever.
    result<bool> make_line(bool have_some) noexcept {
        if (!consumes_ && !started_) {
            TRY_VOID(records_.start());
            started_ = true;
            sync::lock_guard guard{trace_mutex};
            write_trace_header(line_);
            return true;
        }
        while (!TRY(records_.next())) {
            if (!consumes_ || have_some)
                return false;
            if (nonblocking())
                return errc::again;
            TRY_VOID(wait_for_records());
        }
        write_record(line_, records_.cpu(), records_.time(), records_.record());
        return true;
    }

    sync::mutex mutex_{sync::lock_rank::text_file};
    const u32 cpu_;
    const bool consumes_;
    bool started_ = false;
    record_stream records_;
    fixed_text<4096> line_;
    usize shown_ = 0;
};

/// Pages as they are in the ring.
class raw_file final : public vfs::file {
public:
    raw_file(refptr<vfs::vnode> node, u32 flags, u32 cpu,
             unique_ptr<trace::page_image> page) noexcept
        : file{std::move(node), flags}, cpu_{cpu}, page_{std::move(page)} {}

    result<usize> read(vfs::io_buffer& to) noexcept override {
        sync::lock_guard guard{mutex_};
        while (shown_ == page_size) {
            if (consume_page(cpu_, *page_, !nonblocking())) {
                const usize used = page_->commit & trace::page_image::committed;
                std::memset(reinterpret_cast<char*>(page_->data) + used, 0,
                            trace::page_image::capacity - used);
                shown_ = 0;
                break;
            }
            if (nonblocking())
                return errc::again;
            TRY_VOID(wait_for_records());
        }
        const usize part = TRY(to.put(reinterpret_cast<const char*>(page_.get()) + shown_,
                                      std::min(page_size - shown_, to.remaining())));
        shown_ += part;
        return part;
    }
    result<usize> read_at(vfs::io_buffer& to, u64) noexcept override { return read(to); }
    u32 poll(vfs::poll_registration* w) noexcept override { return poll_records(w, cpu_); }

private:
    sync::mutex mutex_{sync::lock_rank::text_file};
    const u32 cpu_;
    unique_ptr<trace::page_image> page_;
    usize shown_ = page_size;
};

enum class view : u8 { text, pipe, raw };

class trace_node final : public synthetic_node {
public:
    trace_node(synthetic_filesystem& fs, u32 cpu, view what) noexcept
        : synthetic_node{fs, vfs::node_type::regular, what == view::text ? 0640u : 0440u},
          cpu_{cpu},
          what_{what} {}
    result<refptr<vfs::file>> open(u32 flags) noexcept override {
        refptr<vfs::vnode> self{this};
        if (what_ == view::raw)
            return refptr<vfs::file>{TRY(make_ref<raw_file>(
                std::move(self), flags, cpu_, TRY(make_unique<trace::page_image>())))};
        if (what_ == view::text && (flags & vfs::o_trunc)) {
            sync::lock_guard guard{trace_mutex};
            trace::clear_buffers();
        }
        return refptr<vfs::file>{
            TRY(make_ref<trace_text_file>(std::move(self), flags, cpu_, what_ == view::pipe))};
    }

private:
    const u32 cpu_;
    const view what_;
};

/// Of one CPU, as Linux counts.
class stats_node final : public text_node {
public:
    stats_node(synthetic_filesystem& fs, u32 cpu) noexcept : text_node{fs, 0444}, cpu_{cpu} {}
    result<void> show(string& out) noexcept override {
        sync::lock_guard guard{trace_mutex};
        const trace::ring* r = trace::ring_of(cpu_);
        auto number = [r](const std::atomic<u64> trace::ring::*which) noexcept {
            return r ? (r->*which).load(std::memory_order_relaxed) : 0;
        };
        const u64 written = number(&trace::ring::written), taken = number(&trace::ring::taken);
        const u64 lost = number(&trace::ring::overwritten);
        const u64 us = arch::now().ns / 1000;
        return print(out,
                     "entries: {}\noverrun: {}\ncommit overrun: 0\nbytes: {}\nnow ts: {:5}.{:06}\n"
                     "dropped events: {}\nread events: {}\n",
                     written > lost + taken ? written - lost - taken : 0, lost,
                     number(&trace::ring::written_bytes), us / 1'000'000, us % 1'000'000,
                     number(&trace::ring::dropped), taken);
    }

private:
    const u32 cpu_;
};

result<void> show_buffer_size(string& out) noexcept {
    sync::lock_guard guard{trace_mutex};
    return print(out, "{}\n", trace::buffer_kb());
}
result<void> store_buffer_size(std::string_view text) noexcept {
    const u64 kb = TRY(parse_number(text));
    sync::lock_guard guard{trace_mutex};
    return trace::resize_buffers(kb > ~u32{0} ? 0 : static_cast<u32>(kb));
}

result<void> store_marker(std::string_view text) noexcept {
    {
        sync::lock_guard guard{trace_mutex};
        TRY_VOID(trace::prepare_buffers());
    }
    trace::write_marker(text);
    return ok;
}

}  // namespace

result<void> add_trace_pipes(synthetic_filesystem& fs) noexcept {
    auto& top = fs.top();
    constexpr u32 all = record_stream::all_cpus;
    TRY_VOID(top.add("trace", TRY(make_ref<trace_node>(fs, all, view::text))));
    TRY_VOID(top.add("trace_pipe", TRY(make_ref<trace_node>(fs, all, view::pipe))));
    TRY_VOID(top.file("buffer_size_kb", {show_buffer_size, store_buffer_size}));
    TRY_VOID(top.file("trace_marker", {nullptr, store_marker}));
    auto cpus = TRY(top.directory("per_cpu"));
    for (u32 cpu = 0; cpu < arch::cpu_count(); ++cpu) {
        auto one = TRY(cpus->directory(TRY(string::format("cpu{}", cpu)).view()));
        TRY_VOID(one->add("trace", TRY(make_ref<trace_node>(fs, cpu, view::text))));
        TRY_VOID(one->add("trace_pipe", TRY(make_ref<trace_node>(fs, cpu, view::pipe))));
        TRY_VOID(one->add("trace_pipe_raw", TRY(make_ref<trace_node>(fs, cpu, view::raw))));
        TRY_VOID(one->add("stats", TRY(make_ref<stats_node>(fs, cpu))));
        // Rings of all CPUs have one size
        TRY_VOID(one->file("buffer_size_kb", {show_buffer_size, store_buffer_size}));
    }
    return ok;
}

}  // namespace osprey::fs
