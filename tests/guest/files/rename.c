// SPDX-License-Identifier: BSD-3-Clause
// rename(2) and renameat2(2): replacing, exchanging, refusing.
#include <report.h>

static void content(const char* name) {
    char text[32] = "";
    int fd = open(name, O_RDONLY);
    if (fd < 0) {
        printf("%s: %s\n", name, strerrorname_np(errno));
        return;
    }
    read(fd, text, 31);
    printf("%s: %s\n", name, text);
    close(fd);
}

int main(void) {
    own_folder();
    write_file("one", "1");
    write_file("two", "2");
    mkdir("folder", 0755);
    mkdir("folder/inner", 0755);
    mkdir("empty", 0755);
    SHOW(rename("one", "uno"));
    content("one");
    content("uno");
    SHOW(rename("uno", "two"));
    content("two");
    SHOW(rename("missing", "x"));
    SHOW(rename("two", "folder"));
    SHOW(rename("folder", "two"));
    SHOW(rename("folder", "folder/inner/below"));
    SHOW(rename("folder", "empty"));
    SHOW(rename("empty", "empty"));
    write_file("a", "A");
    write_file("b", "B");
    SHOW(renameat2(AT_FDCWD, "a", AT_FDCWD, "b", RENAME_NOREPLACE));
    SHOW(renameat2(AT_FDCWD, "a", AT_FDCWD, "c", RENAME_NOREPLACE));
    SHOW(renameat2(AT_FDCWD, "c", AT_FDCWD, "b", RENAME_EXCHANGE));
    content("b");
    content("c");
    SHOW(renameat2(AT_FDCWD, "c", AT_FDCWD, "missing", RENAME_EXCHANGE));
    SHOW(renameat2(AT_FDCWD, "b", AT_FDCWD, "c", RENAME_EXCHANGE | RENAME_NOREPLACE));
    link("b", "same");
    SHOW(rename("b", "same"));
    content("b");
    mkdir("full", 0755);
    write_file("full/x", "");
    mkdir("bare", 0755);
    SHOW(rename("bare", "full"));
    SHOW(rename("b", "bare/"));
    SHOW(rename(".", "elsewhere"));
}
