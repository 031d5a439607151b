// SPDX-License-Identifier: BSD-3-Clause
#pragma once

namespace osprey::agent {

/// Runs an operation of the agent itself in a process of its own: stdin and stdout are the channel.
/// `words` ends with null. @return its exit code: 0, or the errno of what failed.
///
/// "read" PATH [follow]   the file's bytes; "follow" waits for more at its end, for files like
///                        /dev/kmsg and trace_pipe, which tell when there is more
/// "write" PATH FLAGS MODE  stdin into the file: FLAGS of "c" create, "t" truncate, "a" append
/// "serve"                stdin: "F" PATH NUL or "D" PATH NUL. The answer to each, in order: pieces
/// of
///                        u32 size and bytes (names ended by NUL of a folder), a size of 0, u32
///                        errno
/// "get" PATH             the file or folder as tree entries
/// "put" PATH             tree entries from stdin become that file or folder
int run_operation(char** words);

// The parts (tree.cc)
int get_tree(const char* path);
int put_tree(const char* path);

/// Moves whole pieces. @return false at the end or an error (errno).
bool write_whole(int fd, const void* data, unsigned long bytes);
bool read_whole(int fd, void* data, unsigned long bytes);

}  // namespace osprey::agent
