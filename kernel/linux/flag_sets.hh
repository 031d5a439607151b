// SPDX-License-Identifier: BSD-3-Clause
// The sets of named values that arguments of system calls are drawn from, by family. Where several
// bits have a name together, that name stands before its parts.
#pragma once

#include <linux/flags/events.hh>
#include <linux/flags/files.hh>
#include <linux/flags/ipc.hh>
#include <linux/flags/memory.hh>
#include <linux/flags/sockets.hh>
#include <linux/flags/tasks.hh>
#include <linux/flags/uring.hh>
