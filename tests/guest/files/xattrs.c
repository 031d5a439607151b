// SPDX-License-Identifier: BSD-3-Clause
// Extended attributes of the kinds that a RAM filesystem keeps.
#include <report.h>
#include <sys/xattr.h>

int main(void) {
    own_folder();
    write_file("file", "");
    char text[64];
    SHOW(getxattr("file", "trusted.a", text, sizeof text));
    SHOW(setxattr("file", "trusted.a", "value", 5, XATTR_REPLACE));
    SHOW(setxattr("file", "trusted.a", "value", 5, XATTR_CREATE));
    SHOW(setxattr("file", "trusted.a", "value", 5, XATTR_CREATE));
    SHOW(getxattr("file", "trusted.a", NULL, 0));
    SHOW(getxattr("file", "trusted.a", text, 3));
    SHOW(getxattr("file", "trusted.a", text, sizeof text));
    SHOW(setxattr("file", "trusted.a", "", 0, 0));
    SHOW(getxattr("file", "trusted.a", text, sizeof text));
    SHOW(removexattr("file", "trusted.a"));
    SHOW(removexattr("file", "trusted.a"));
    SHOW(setxattr("file", "", "x", 1, 0));
    SHOW(setxattr("file", "nonsense", "x", 1, 0));
    SHOW(setxattr("file", "trusted.b", "x", 1, 9));
    SHOW(setxattr("missing", "trusted.b", "x", 1, 0));
    SHOW(getxattr("file", BAD, text, 1));
}
