// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <linux/abi/async.hh>
#include <linux/abi/event.hh>
#include <linux/abi/ipc.hh>
#include <linux/abi/process.hh>
#include <linux/abi/socket.hh>
#include <linux/abi/stat.hh>
#include <linux/abi/system.hh>
#include <linux/abi/time.hh>
#include <linux/abi/uring.hh>
