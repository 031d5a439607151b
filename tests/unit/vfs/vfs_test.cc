// SPDX-License-Identifier: BSD-3-Clause
// The VFS' own test (--selftest=vfs in the guest) under the host's sanitizers.
#include <gtest/gtest.h>
#include <fs/root.hh>

TEST(vfs, self_test) {
    EXPECT_TRUE(osprey::fs::self_test());
}
