// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <base/heap.hh>
#include <base/refptr.hh>
#include <base/vector.hh>
#include <net/caller.hh>
#include <vfs/file.hh>

namespace osprey::net {

class unix_end;
class unix_name;

/// Files on their way (SCM_RIGHTS), counted as in flight while they are here. Making and destroying
/// it takes `unix_garbage::mutex`; with files to deliver or copy, the caller holds it: a collection
/// must not see a message that has left its queue and whose files have not arrived.
class unix_files {
public:
    explicit unix_files(vector<refptr<vfs::file>>&& files) noexcept;
    ~unix_files();
    unix_files(const unix_files&) = delete;
    /// Moves them to `to`. @return false: no memory, they stay.
    bool deliver(vector<refptr<vfs::file>>& to) noexcept;
    /// The same for MSG_PEEK: another reference for each.
    bool copy_to(vector<refptr<vfs::file>>& to) const noexcept;
    [[nodiscard]] std::span<const refptr<vfs::file>> list() const noexcept { return files_.span(); }

private:
    vector<refptr<vfs::file>> files_;
};

/// What one send put into a queue: a datagram, or a stretch of a stream. The bytes follow the
/// object.
struct unix_message {
    unix_message* next = nullptr;
    u32 begin = 0, end = 0;  // of what is still to be read
    u32 capacity;
    bool urgent =
        false;  // sent with MSG_OOB: one byte, or the mark that it leaves when it was read
    credentials sender;
    refptr<unix_name> from;   // datagrams: where an answer goes
    refptr<unix_end> origin;  // datagrams: whose send room it takes
    unique_ptr<unix_files> files;
    instant sent_at{};

    /// @return null: out of memory.
    static unix_message* create(usize capacity) noexcept;
    static void destroy(unix_message* m) noexcept;
    u8* data() noexcept { return reinterpret_cast<u8*>(this + 1); }
    [[nodiscard]] u32 bytes() const noexcept { return end - begin; }
    [[nodiscard]] u32 room() const noexcept { return capacity - end; }
    /// What it counts against SO_SNDBUF.
    [[nodiscard]] u32 charge() const noexcept {
        return static_cast<u32>(sizeof(unix_message)) + capacity;
    }

private:
    explicit unix_message(u32 room) noexcept;
    ~unix_message();
};

/// Owns messages in order of arrival. The figures may be read without the lock that guards the
/// rest.
class unix_queue {
public:
    unix_queue() noexcept = default;
    unix_queue(const unix_queue&) = delete;
    ~unix_queue();

    [[nodiscard]] unix_message* front() const noexcept { return first_; }
    [[nodiscard]] unix_message* back() const noexcept { return last_; }
    void push(unix_message* m) noexcept;
    /// The last message got `n` bytes more.
    void grew(usize n) noexcept { set(bytes_, bytes() + static_cast<u32>(n)); }
    /// `n` bytes of the first message were read.
    void consumed(usize n) noexcept {
        first_->begin += static_cast<u32>(n);
        set(bytes_, bytes() - static_cast<u32>(n));
    }
    /// The byte of an urgent message was read out of order; the message stays as a mark.
    void took_urgent(unix_message& m) noexcept {
        ++m.begin;
        set(bytes_, bytes() - 1);
    }
    [[nodiscard]] unix_message* pop() noexcept;
    /// Takes everything out, as a list.
    [[nodiscard]] unix_message* take_all() noexcept;
    static void destroy_all(unix_message* list) noexcept;

    [[nodiscard]] bool empty() const noexcept { return count() == 0; }
    [[nodiscard]] u32 count() const noexcept { return count_.load(std::memory_order_relaxed); }
    /// How many messages were ever put here, in 32 bits: tells a waiter whether another came.
    [[nodiscard]] u32 arrivals() const noexcept {
        return arrivals_.load(std::memory_order_relaxed);
    }
    [[nodiscard]] u32 bytes() const noexcept { return bytes_.load(std::memory_order_relaxed); }
    [[nodiscard]] u32 charge() const noexcept { return charge_.load(std::memory_order_relaxed); }

    /// A small message of the past, kept so that a conversation of small messages needs no heap.
    [[nodiscard]] unix_message* take_spare() noexcept { return std::exchange(spare_, nullptr); }
    /// For messages that `pop` gave.
    void recycle(unix_message* m) noexcept;
    static constexpr u32 spare_capacity = 384;

private:
    static void set(std::atomic<u32>& figure, u32 value) noexcept {
        figure.store(value, std::memory_order_relaxed);
    }
    unix_message *first_ = nullptr, *last_ = nullptr, *spare_ = nullptr;
    std::atomic<u32> count_{0}, arrivals_{0}, bytes_{0}, charge_{0};
};

}  // namespace osprey::net
