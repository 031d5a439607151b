// SPDX-License-Identifier: BSD-3-Clause
#pragma once

namespace osprey {

/// Error numbers of the Linux ABI (asm-generic/errno.h; the same on x86-64 and arm64).
/// The `restart_*` values never reach an application: signal delivery turns them into
/// `interrupted` or into a restarted call.
enum class errc : int {
    not_permitted = 1,                   // EPERM
    no_entry = 2,                        // ENOENT
    no_process = 3,                      // ESRCH
    interrupted = 4,                     // EINTR
    io_error = 5,                        // EIO
    no_device_or_address = 6,            // ENXIO
    argument_list_too_long = 7,          // E2BIG
    exec_format = 8,                     // ENOEXEC
    bad_descriptor = 9,                  // EBADF
    no_child = 10,                       // ECHILD
    again = 11,                          // EAGAIN, EWOULDBLOCK
    out_of_memory = 12,                  // ENOMEM
    access_denied = 13,                  // EACCES
    bad_address = 14,                    // EFAULT
    not_block_device = 15,               // ENOTBLK
    busy = 16,                           // EBUSY
    exists = 17,                         // EEXIST
    cross_device = 18,                   // EXDEV
    no_device = 19,                      // ENODEV
    not_directory = 20,                  // ENOTDIR
    is_directory = 21,                   // EISDIR
    invalid_argument = 22,               // EINVAL
    too_many_files_system = 23,          // ENFILE
    too_many_files = 24,                 // EMFILE
    not_tty = 25,                        // ENOTTY
    text_busy = 26,                      // ETXTBSY
    file_too_big = 27,                   // EFBIG
    no_space = 28,                       // ENOSPC
    illegal_seek = 29,                   // ESPIPE
    read_only = 30,                      // EROFS
    too_many_links = 31,                 // EMLINK
    broken_pipe = 32,                    // EPIPE
    domain = 33,                         // EDOM
    range = 34,                          // ERANGE
    deadlock = 35,                       // EDEADLK
    name_too_long = 36,                  // ENAMETOOLONG
    no_locks = 37,                       // ENOLCK
    not_implemented = 38,                // ENOSYS
    not_empty = 39,                      // ENOTEMPTY
    too_many_symlinks = 40,              // ELOOP
    no_message = 42,                     // ENOMSG
    identifier_removed = 43,             // EIDRM
    no_data = 61,                        // ENODATA
    timer_expired = 62,                  // ETIME
    protocol_error = 71,                 // EPROTO
    bad_message = 74,                    // EBADMSG
    overflow = 75,                       // EOVERFLOW
    bad_shared_library = 80,             // ELIBBAD
    illegal_sequence = 84,               // EILSEQ
    too_many_users = 87,                 // EUSERS
    not_socket = 88,                     // ENOTSOCK
    no_destination = 89,                 // EDESTADDRREQ
    message_too_long = 90,               // EMSGSIZE
    wrong_protocol_type = 91,            // EPROTOTYPE
    no_protocol_option = 92,             // ENOPROTOOPT
    protocol_not_supported = 93,         // EPROTONOSUPPORT
    socket_type_not_supported = 94,      // ESOCKTNOSUPPORT
    not_supported = 95,                  // EOPNOTSUPP
    protocol_family_not_supported = 96,  // EPFNOSUPPORT
    address_family_not_supported = 97,   // EAFNOSUPPORT
    address_in_use = 98,                 // EADDRINUSE
    address_not_available = 99,          // EADDRNOTAVAIL
    network_down = 100,                  // ENETDOWN
    network_unreachable = 101,           // ENETUNREACH
    connection_aborted = 103,            // ECONNABORTED
    connection_reset = 104,              // ECONNRESET
    no_buffers = 105,                    // ENOBUFS
    already_connected = 106,             // EISCONN
    not_connected = 107,                 // ENOTCONN
    timed_out = 110,                     // ETIMEDOUT
    connection_refused = 111,            // ECONNREFUSED
    host_down = 112,                     // EHOSTDOWN
    host_unreachable = 113,              // EHOSTUNREACH
    already_in_progress = 114,           // EALREADY
    in_progress = 115,                   // EINPROGRESS
    stale_handle = 116,                  // ESTALE
    structure_needs_cleaning = 117,  // EUCLEAN, what Linux filesystems answer for a corrupt image
    quota_exceeded = 122,            // EDQUOT
    canceled = 125,                  // ECANCELED
    owner_dead = 130,                // EOWNERDEAD
    not_recoverable = 131,           // ENOTRECOVERABLE

    restart_always = 512,        // restart after any handled signal with SA_RESTART, and none
    restart_no_interrupt = 513,  // restart after any handled signal, and none (ERESTARTNOINTR)
    restart_no_handler = 514,    // restart only if no handler runs (ERESTARTNOHAND)
    restart_block = 516,         // restart through restart_syscall (ERESTART_RESTARTBLOCK)
};

/// The Linux name ("ENOENT") of an error, for logs and strace; "E?" when unknown. Any context.
const char* name_of(errc error) noexcept;

}  // namespace osprey
