// SPDX-License-Identifier: BSD-3-Clause
// execve(2) refuses what is no program.
#include <report.h>

int main(void) {
    own_folder();
    char* arguments[] = {"x", NULL};
    write_file("text", "just text\n");
    SHOW(execve("text", arguments, NULL));
    chmod("text", 0755);
    SHOW(execve("text", arguments, NULL));
    SHOW(execve("missing", arguments, NULL));
    SHOW(execve("text/below", arguments, NULL));
    mkdir("folder", 0755);
    SHOW(execve("folder", arguments, NULL));
    SHOW(execve("", arguments, NULL));
    SHOW(execve(BAD, arguments, NULL));
    SHOW(execve("text", BAD, NULL));
    write_file("script", "#!/missing/interpreter\n");
    chmod("script", 0755);
    SHOW(execve("script", arguments, NULL));
    write_file("empty", "");
    chmod("empty", 0755);
    SHOW(execve("empty", arguments, NULL));
    write_file("cut", "\177ELF\2\1\1");
    chmod("cut", 0755);
    SHOW(execve("cut", arguments, NULL));
    SHOW(execveat(99, "x", arguments, NULL, 0));
}
