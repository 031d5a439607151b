// SPDX-License-Identifier: BSD-3-Clause
#pragma once

namespace osprey {

/// Embedded in an object that readers without locks (RCU) may still look at when it is taken out of
/// a structure.
struct retired {
    retired* next = nullptr;
    void (*function)(retired*) = nullptr;
};

/// Calls `function(head)` once nobody can hold a reference from before this call any more.
/// Implemented by `sync/rcu.cc`; in host tests by the test's own support. Context: threads; never
/// sleeps, never allocates.
void retire(retired& head, void (*function)(retired*)) noexcept;

}  // namespace osprey
