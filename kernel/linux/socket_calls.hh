// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <linux/abi/socket.hh>
#include <linux/descriptors.hh>
#include <net/socket.hh>

/// What the socket calls have in common. Context: inside a system call.
namespace osprey::abi {

/// A socket and the reference that keeps it.
class socket_reference {
public:
    explicit socket_reference(refptr<vfs::file> file) noexcept : file_{std::move(file)} {}
    net::socket* operator->() const noexcept { return static_cast<net::socket*>(file_.get()); }
    net::socket& operator*() const noexcept { return *operator->(); }
    [[nodiscard]] refptr<vfs::file> take() noexcept { return std::move(file_); }

private:
    refptr<vfs::file> file_;
};

/// @return `errc::bad_descriptor`, `errc::not_socket`.
inline result<socket_reference> socket_of(fd_number fd) noexcept {
    auto file = TRY(file_of(fd));
    if (!file->is_socket())
        return errc::not_socket;
    return socket_reference{std::move(file)};
}

/// Copies a struct sockaddr from the application. @return `errc::invalid_argument`: no length for
/// an address; `errc::bad_address`.
result<net::socket_address> load_name(virtual_address from, i32 length) noexcept;
/// Copies an address to the application: what fits into the room that `length` tells, and the full
/// length there.
result<void> store_name(const net::socket_address& name, virtual_address to,
                        address length) noexcept;

/// sendmsg(2) and recvmsg(2) of one message; `how`: net::message_flag. Not yet as an answer: errors
/// of waiting are those of the family.
result<usize> send_message(net::socket& s, const abi_msghdr& header, u32 how) noexcept;
result<usize> receive_message(net::socket& s, virtual_address where, u32 how) noexcept;

/// What every sending call answers: a broken connection also raises SIGPIPE, unless the caller
/// asked not to.
reply after_send(net::socket& s, u64 how, result<usize>&& sent) noexcept;

/// Bytes on the stack, or on the heap when there are many.
template <usize Here>
class scratch_bytes {
public:
    scratch_bytes() noexcept = default;
    scratch_bytes(const scratch_bytes&) = delete;
    ~scratch_bytes() {
        if (heap_)
            deallocate(heap_, bytes_);
    }
    result<std::span<u8>> reserve(usize bytes) noexcept {
        bytes_ = bytes;
        if (bytes <= Here)
            return std::span<u8>{here_, bytes};
        heap_ = static_cast<u8*>(allocate(bytes));
        if (!heap_)
            return errc::out_of_memory;
        return std::span<u8>{heap_, bytes};
    }

private:
    alignas(8) u8 here_[Here];
    u8* heap_ = nullptr;
    usize bytes_ = 0;
};

}  // namespace osprey::abi
