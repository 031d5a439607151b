// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <base/time.hh>

/// What the stack gets of the kernel, on the host and under the test's control: a clock that stands
/// still, timers, RCU callbacks and deferred work that run when the test says so.
namespace test {

/// Runs due timers in order, and deferred work after each, until the clock shows `by` more.
void advance(osprey::duration by);
/// Runs what `deferred_work::schedule` collected, and what that schedules. @return how many.
unsigned run_deferred();
/// Ends all grace periods. @return how many objects were freed.
unsigned end_grace_periods();
/// Lines that the stack logged, if a test looks for them.
extern unsigned logged_lines;

}  // namespace test
