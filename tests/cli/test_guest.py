#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""The tool with the real QEMU and the real kernel."""
import os
import pathlib
import pty
import signal
import subprocess
import termios
import time

import harness
from test_sessions import read_until


class Guest(harness.ToolTest):
    def setUp(self):
        super().setUp()
        for name in ("OSPREY_KERNEL", "OSPREY_QEMU"):
            del self.environment[name]

    def guest(self, *words, **options):
        return self.tool("run", "-q", "--timeout", "280", *words, **options)

    def test_same_as_linux(self):
        for words in (("/bin/echo", "a b", "it's", ";", "&", '"q"', "\\", ""), ("/bin/false",),
                      ("/bin/ls", "/no/such"), ("/usr/bin/env", "-i", "A=1", "/usr/bin/env")):
            linux = subprocess.run(words, capture_output=True, text=True, stdin=subprocess.DEVNULL,
                                   env={"LC_ALL": "C"})
            ended = self.guest(*words)
            self.assertEqual((ended.returncode, ended.stdout, ended.stderr),
                             (linux.returncode, linux.stdout, linux.stderr))

    def test_header(self):
        lines = self.tool("run", "-c", "1", "-m", "64", "/bin/true").stderr.splitlines()
        self.assertEqual(len(lines), 4)
        self.assertRegex(lines[2], r"^booted   in .* on 1 CPU, 64 MiB, q35")

    def test_stdin(self):
        for data in (b"", b"x", os.urandom(300_000)):
            self.assertEqual(self.guest("/bin/cat", input=data, text=False).stdout, data)

    def test_slow_reader(self):
        """Nothing of a long output is lost while its reader sleeps."""
        wanted = b"".join(b"%d\n" % i for i in range(1, 1_000_001))
        process = self.start("run", "-q", "--timeout", "100", "/usr/bin/seq", "1000000",
                             stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
        self.addCleanup(process.stdout.close)
        seen = b""
        while part := process.stdout.read(1 << 20):
            seen += part
            time.sleep(0.2)
        self.assertEqual(process.wait(60), 0)
        self.assertEqual(seen == wanted, True, f"{len(seen)} bytes of {len(wanted)}")

    def test_image(self):
        image = self.folder / "cat.img"
        self.good("build", "-e", "A=b c", "-o", image, "/usr/bin/env")
        self.assertIn("A=b c\n", self.guest(image).stdout)
        self.assertEqual(self.guest(image, "/no/such").returncode, 127)

    def test_killed(self):
        program = self.compile("crash", "int main(void) { *(volatile int *)8 = 1; return 0; }")
        ended = self.tool("run", "--timeout", "280", program)
        self.assertEqual(ended.returncode, 128 + signal.SIGSEGV, ended.stderr)
        self.assertIn("signal 11 (Segmentation fault)", ended.stderr)

    def test_no_memory_left(self):
        program = self.compile("eat", """
            #include <stdlib.h>
            #include <string.h>
            int main(void) { for (volatile char* p;;) { p = malloc(1 << 20); if (!p) return 3;
                             memset((char*)p, 1, 1 << 20); } }""")
        ended = self.tool("run", "--timeout", "280", "-m", "64M", program)
        self.assertEqual(ended.returncode, 128 + signal.SIGKILL, ended.stderr)
        self.assertRegex(ended.stderr, r"osprey: out of memory: \d+ KB in all, \d+ KB free\n")
        self.assertRegex(ended.stderr, r"osprey:   eat: \d+ KB resident")
        self.assertIn("osprey: out of memory: killed eat\n", ended.stderr)

    def test_refusals(self):
        image = self.folder / "true.img"
        self.good("build", "-o", image, "/bin/true")
        for status, pattern, words in (
                (126, "the kernel knows no option --bogus", ("--kernel-arg=bogus", image)),
                (127, "/nope: not found", (image, "/nope")),
                (126, "/etc/passwd: not an executable file", (image, "/etc/passwd"))):
            ended = self.tool("run", "--timeout", "280", *words)
            self.assertEqual(ended.returncode, status, ended.stderr)
            self.assertIn(pattern, ended.stderr)

    def test_interrupt(self):
        program = self.compile("waits", r"""
            #include <stdio.h>
            #include <unistd.h>
            int main(void) { puts("ready"); fflush(stdout); for (;;) pause(); }""")
        process = self.start("run", "-q", program, stdin=subprocess.DEVNULL,
                             stdout=subprocess.PIPE)
        self.addCleanup(process.stdout.close)
        read_until(process.stdout.fileno(), b"ready\n")
        process.send_signal(signal.SIGINT)
        self.assertEqual(process.wait(harness.PATIENCE), 128 + signal.SIGINT)

    def test_timeout(self):
        self.assertEqual(self.tool("run", "--timeout", "8", "/bin/sleep", "100").returncode, 124)

    def test_terminal(self):
        parent, child = pty.openpty()
        termios.tcsetwinsize(parent, (33, 99))

        def take_terminal():
            os.setsid()
            os.close(os.open(os.ttyname(child), os.O_RDWR))

        process = self.start("run", "-q", "--timeout", "280", "/bin/cat", stdin=child, stdout=child,
                             stderr=child, preexec_fn=take_terminal)
        # Keys typed before the terminal is the guest's would be echoed here.
        self.wait_for(lambda: not termios.tcgetattr(child)[3] & termios.ICANON, "a raw terminal")
        os.write(parent, b"hello\r")
        read_until(parent, b"hello\r\nhello\r\n")  # the echo, then cat
        os.write(parent, b"\x03")
        self.assertEqual(process.wait(harness.PATIENCE), 128 + signal.SIGINT)
        os.close(parent)
        os.close(child)

    def test_job_control(self):
        """A shell on the console: keys reach the foreground job only, and jobs stop and go on."""
        parent, child = pty.openpty()
        termios.tcsetwinsize(parent, (33, 99))

        def take_terminal():
            os.setsid()
            os.close(os.open(os.ttyname(child), os.O_RDWR))

        files = [word for name in ("sleep", "cat", "stty")
                 for word in ("--file", f"/bin/{name}:/bin/{name}")]
        process = self.start("run", "-q", "--timeout", "280", *files, "--env", "PS1=$ ",
                             "/bin/bash", "--norc", "-i", stdin=child, stdout=child, stderr=child,
                             preexec_fn=take_terminal)
        self.addCleanup(os.close, parent)
        self.addCleanup(os.close, child)

        def work(keys, wanted, pause=0):
            time.sleep(pause)  # until what was typed before runs
            os.write(parent, keys)
            read_until(parent, wanted)

        read_until(parent, b"$ ")
        work(b"stty size\r", b"33 99\r\n")
        work(b"sleep 1000\r", b"sleep 1000\r\n")
        work(b"\x1a", b"Stopped", pause=2)
        work(b"bg\r", b"sleep 1000 &\r\n")
        work(b"cat\r", b"cat\r\n")
        work(b"\x03", b"^C\r\n$ ", pause=2)
        work(b"jobs\r", b"Running")  # Ctrl-C was not for the background
        work(b"fg\r", b"sleep 1000\r\n")
        work(b"\x03", b"^C\r\n$ ", pause=2)
        work(b"echo =$?=\r", b"=130=\r\n")
        work(b"cat > /dev/null &\r", b"[1]")
        work(b"jobs\r", b"Stopped", pause=2)  # it wanted to read in the background
        work(b"kill %1; wait; exit 3\r", b"exit")
        self.assertEqual(process.wait(harness.PATIENCE), 3)

    def test_names_are_given_up(self):
        """Cached names that nobody uses go when memory is short."""
        program = self.compile("names", r"""
            #include <stdio.h>
            #include <stdlib.h>
            #include <string.h>
            #include <sys/stat.h>
            #include <unistd.h>
            static long number(const char* file, const char* format) {
                char line[200];
                long value = -1;
                FILE* f = fopen(file, "r");
                while (fgets(line, sizeof line, f) && sscanf(line, format, &value) != 1)
                    ;
                fclose(f);
                return value;
            }
            int main(void) {
                char name[64];
                struct stat s;
                for (int i = 0; i < 3500; i++) {
                    snprintf(name, sizeof name, "/nothing-%d", i);
                    stat(name, &s);
                }
                long before = number("/proc/sys/fs/dentry-state", "%ld");
                int given_up = 0;
                for (int i = 0; i < 20000 && !given_up; i++) {
                    if (number("/proc/meminfo", "MemAvailable: %ld") > 300)
                        memset(malloc(32 << 10), 1, 32 << 10);
                    else
                        usleep(3000);  /* reclaim has its own thread */
                    given_up = number("/proc/sys/fs/dentry-state", "%ld") < before / 2;
                }
                printf("%d\n", given_up);
            }""", "-static", "-w")
        self.assertEqual(self.guest("-m", "32", "-c", "1", program).stdout, "1\n")

    def test_many_small_files(self):
        """Files of the image that nobody uses are given up when memory is short."""
        tree = self.folder / "tree"
        for folder in range(200):
            (tree / str(folder)).mkdir(parents=True)
            for name in range(120):
                (tree / str(folder) / str(name)).write_text(f"{folder} {name}\n" * 400)
        program = self.compile("walk", r"""
            #include <fcntl.h>
            #include <stdio.h>
            #include <string.h>
            #include <unistd.h>
            static long slab(void) {
                char line[200];
                long kb = -1;
                FILE* f = fopen("/proc/meminfo", "r");
                while (fgets(line, sizeof line, f) && sscanf(line, "Slab: %ld", &kb) != 1)
                    ;
                fclose(f);
                return kb;
            }
            int main(void) {
                static char name[64], text[64], wanted[64];
                long good = 0, most = 0;
                for (int i = 0; i < 200 * 120; i++) {
                    snprintf(name, sizeof name, "/tree/%d/%d", i / 120, i % 120);
                    int length = sprintf(wanted, "%d %d\n", i / 120, i % 120);
                    int fd = open(name, O_RDONLY);
                    good += read(fd, text, length) == length && memcmp(text, wanted, length) == 0;
                    close(fd);
                    if (i % 400 == 0 && slab() > most)
                        most = slab();
                }
                printf("%ld read, slabs %s\n", good, most < 7000 ? "small" : "large");
                fprintf(stderr, "%ld KB\n", most);
            }""", "-static", "-w")
        ended = self.guest("-m", "32", "-c", "2", "--file", f"{tree}:/tree", program)
        self.assertEqual(ended.stdout, "24000 read, slabs small\n", ended.stderr)

    def test_terminal_program(self):
        """A program asks about its terminal: size, foreground group, session."""
        parent, child = pty.openpty()
        termios.tcsetwinsize(parent, (33, 99))
        program = self.compile("ask", r"""
            #include <stdio.h>
            #include <sys/ioctl.h>
            #include <unistd.h>
            int main(void) {
                struct winsize size;
                ioctl(0, TIOCGWINSZ, &size);
                printf("%d %d %d %d\n", size.ws_row, size.ws_col,
                       tcgetpgrp(0) == getpgrp(), tcgetsid(0) == getsid(0));
            }""", "-D_GNU_SOURCE", "-w")
        process = self.start("run", "-q", "--timeout", "280", program, stdin=child, stdout=child,
                             stderr=child)
        read_until(parent, b"33 99 1 1\r\n")
        self.assertEqual(process.wait(harness.PATIENCE), 0)
        os.close(parent)
        os.close(child)


if __name__ == "__main__":
    harness.main()
