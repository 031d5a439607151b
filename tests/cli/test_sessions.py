#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Runs with a fake QEMU: bytes, exit codes, signals, terminals, ends of all kinds."""
import json
import os
import pathlib
import pty
import select
import signal
import subprocess
import termios
import time

import harness


def alive(pid):
    try:
        return pathlib.Path(f"/proc/{pid}/stat").read_text().split(") ")[1][0] != "Z"
    except OSError:
        return False


def read_until(fd, wanted, seconds=harness.PATIENCE):
    """Reads from a file descriptor until `wanted` has come."""
    text, end = b"", time.monotonic() + seconds
    while wanted not in text:
        ready, _, _ = select.select([fd], [], [], max(0, end - time.monotonic()))
        if not ready:
            raise AssertionError(f"waited for {wanted!r}, got {text!r}")
        chunk = os.read(fd, 65536)
        if not chunk:
            raise AssertionError(f"end of file before {wanted!r}, got {text!r}")
        text += chunk
    return text


class Sessions(harness.ToolTest):
    def run_fake(self, fake, *options, **more):
        return self.tool("run", *options, "/bin/true", fake=fake, **more)

    def test_header_and_output(self):
        ended = self.run_fake("hello")
        self.assertEqual(ended.stdout, "hello\n")
        lines = ended.stderr.splitlines()
        self.assertLessEqual(len(lines), 5)
        self.assertEqual(lines[-1], "warning")
        self.assertEqual(lines[0], "program  /bin/true")
        self.assertRegex(lines[1], r"^image    true \(\d+ librar\w+, [\d.]+ MB")
        self.assertRegex(lines[2], r"^booted   in 123 ms on 2 CPUs, 512 MiB, q35 \(tcg\)$")
        self.assertEqual(ended.returncode, 0)

    def test_quiet(self):
        ended = self.run_fake("hello", "-q")
        self.assertEqual((ended.stdout, ended.stderr), ("hello\n", "warning\n"))

    def test_verbose_shows_the_kernel_log(self):
        self.assertIn("osprey: kernel starts\n", self.run_fake("hello", "-v").stderr)

    def test_json(self):
        ended = self.run_fake("hello", "--json")
        events = [json.loads(l) for l in ended.stderr.splitlines() if l != "warning"]
        self.assertEqual([e["event"] for e in events],
                         ["image", "started", "booted", "exit", "finished"])
        self.assertEqual(events[-1]["status"], 0)
        self.assertIn("kernel starts", pathlib.Path(events[1]["log"]).read_text())

    def test_exit_codes(self):
        for code in (0, 1, 42, 255):
            ended = self.run_fake("hello", "-q", environment={"OSPREY_FAKE_CODE": str(code)})
            self.assertEqual(ended.returncode, code)

    def test_crash(self):
        ended = self.run_fake("killed")
        self.assertEqual(ended.returncode, 128 + signal.SIGSEGV)
        self.assertIn("crash: rip 0x401136", ended.stderr)
        self.assertIn("signal 11 (Segmentation fault)", ended.stderr)

    def test_missing_calls_are_named_when_the_program_fails(self):
        ended = self.run_fake("lacks")
        self.assertEqual(ended.returncode, 1)
        self.assertIn("log says: frob (system call 999) is not implemented: ENOSYS\n", ended.stderr)
        self.assertEqual(self.run_fake("lacks", "-q").stderr, "")

    def test_panic(self):
        for fake in ("panics", "panics_early"):
            ended = self.run_fake(fake)
            self.assertEqual(ended.returncode, 125)
            self.assertIn("PANIC: ", ended.stderr)
            self.assertIn("kernel panicked", ended.stderr)
            self.assertRegex(ended.stderr, "Please report it with .*/kernel.log")

    def test_guest_that_vanishes(self):
        ended = self.run_fake("vanishes")
        self.assertEqual(ended.returncode, 125)
        self.assertIn("kernel starts", ended.stderr)
        self.assertIn("stopped without saying why", ended.stderr)

    def test_qemu_that_refuses(self):
        ended = self.run_fake("refuses")
        self.assertEqual(ended.returncode, 125)
        self.assertIn("invalid accelerator foo", ended.stderr)

    def test_error_event(self):
        ended = self.run_fake("not_found")
        self.assertEqual(ended.returncode, 127)
        self.assertIn("osprey: there is no program /no/such", ended.stderr)

    def test_nonsense_on_the_control_channel(self):
        self.assertEqual(self.run_fake("garbles").stdout, "hello\n")

    def test_stdin(self):
        for data in ("", "x", "line\n" * 3, "z" * 3_000_000):
            ended = self.run_fake("echo", "-q", input=data)
            self.assertEqual((ended.returncode, ended.stdout), (0, data))

    def test_stdin_from_file_and_null(self):
        with open("/etc/passwd") as file:
            self.assertEqual(self.run_fake("echo", "-q", stdin=file).stdout,
                             pathlib.Path("/etc/passwd").read_text())
        self.assertEqual(self.run_fake("echo", "-q").stdout, "")

    def test_much_output(self):
        ended = self.run_fake("floods", "-q", text=False)
        self.assertEqual(ended.stdout, bytes(range(256)) * 256 * 160)

    def test_slow_reader_loses_nothing(self):
        process = self.start("run", "-q", "/bin/true", fake="floods", stdin=subprocess.DEVNULL,
                             stdout=subprocess.PIPE)
        total = 0
        while chunk := process.stdout.read(1 << 20):
            total += len(chunk)
            time.sleep(0.02)
        self.assertEqual((process.wait(), total), (0, 160 * 65536))

    def test_reader_that_leaves(self):
        process = self.start("run", "-q", "/bin/true", fake="floods", stdin=subprocess.DEVNULL,
                             stdout=subprocess.PIPE)
        process.stdout.read(10)
        process.stdout.close()
        # The fake finishes by itself; a real program would be ended by SIGPIPE.
        self.assertIn(process.wait(harness.PATIENCE), (0, 128 + signal.SIGPIPE))

    def test_closed_descriptors(self):
        script = f"exec <&- >&- 2>&-; {harness.OSPREY} run -q /bin/true"
        ended = subprocess.run(["sh", "-c", script], env=self.environment, timeout=harness.PATIENCE)
        self.assertEqual(ended.returncode, 0)

    def start_ready(self, fake, *options):
        process = self.start("run", *options, "/bin/true", fake=fake, stdin=subprocess.DEVNULL,
                             stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.stderr.close)
        read_until(process.stdout.fileno(), b"ready\n")
        return process

    def test_signals_are_passed_on(self):
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            process = self.start_ready("obey")
            process.send_signal(number)
            self.assertEqual(process.wait(harness.PATIENCE), 128 + number)
            self.assertIn({"control": {"signal": number}}, self.notes())

    def test_second_interrupt_stops_a_deaf_guest(self):
        process = self.start_ready("stays")
        process.send_signal(signal.SIGINT)
        self.wait_for_note(control={"signal": signal.SIGINT})
        self.assertIsNone(process.poll())
        process.send_signal(signal.SIGINT)
        self.assertEqual(process.wait(harness.PATIENCE), 128 + signal.SIGINT)
        self.assertFalse(alive(self.notes()[0]["pid"]))

    def test_interrupt_before_boot(self):
        process = self.start("run", "/bin/true", fake="no_boot", stdin=subprocess.DEVNULL,
                             stderr=subprocess.DEVNULL)
        self.wait_for(self.notes, "the guest to start")
        process.send_signal(signal.SIGINT)
        self.assertEqual(process.wait(harness.PATIENCE), 128 + signal.SIGINT)
        self.assertFalse(alive(self.notes()[0]["pid"]))

    def test_qemu_dies_with_the_tool(self):
        process = self.start_ready("stays")
        pid = self.notes()[0]["pid"]
        self.assertTrue(alive(pid))
        process.kill()
        process.wait()
        self.wait_for(lambda: not alive(pid), "QEMU to end with the tool")

    def test_qemu_that_is_killed(self):
        for options in ((), ("--json",)):
            process = self.start("run", *options, "/bin/true", fake="stays",
                                 stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                 stderr=subprocess.PIPE)
            read_until(process.stdout.fileno(), b"ready\n")
            pids = [note["pid"] for note in self.notes() if "pid" in note]
            os.kill(pids[-1], signal.SIGKILL)
            self.addCleanup(process.stdout.close)
            _, errors = process.communicate(timeout=20)
            self.assertEqual(process.returncode, 125)
            self.assertIn(b"QEMU was ended by signal 9 (Killed) from outside while the program ran",
                          errors)
            if options:
                self.assertEqual(json.loads(errors.splitlines()[-1]),
                                 {"event": "finished", "status": 125})
            else:
                self.assertIn(b"less with -m", errors)

    def test_timeout(self):
        for seconds in ("0.5", "5", "60"):  # the fake must boot within the time
            ended = self.run_fake("obey", "--timeout", seconds)
            self.assertEqual(ended.returncode, 124)
            self.assertIn(f"stopped after {seconds} s", ended.stderr)
            if self.notes():
                break
        self.assertIn({"control": {"signal": signal.SIGTERM}}, self.notes())
        self.assertEqual(self.run_fake("no_boot", "--timeout", "0.5").returncode, 124)

    def test_guest_that_does_not_power_off(self):
        ended = self.run_fake("lingers", timeout=harness.PATIENCE)
        self.assertEqual(ended.returncode, 3)
        self.assertFalse(alive(self.notes()[0]["pid"]))

    def test_qemu_line(self):
        self.run_fake("dumps_arguments", "-c", "3", "-m", "64")
        arguments = self.notes()[0]["arguments"]
        for words in (["-smp", "3"], ["-m", "64M"], ["-M", "q35"], ["-serial", "chardev:log"],
                      ["-cpu", "max"], ["-device", "isa-debug-exit,iobase=0x501,iosize=4"]):
            self.assertIn(" ".join(words), " ".join(arguments))
        self.assertNotIn("--tty", arguments[arguments.index("-append") + 1])

    def test_terminal(self):
        parent, child = pty.openpty()
        termios.tcsetwinsize(parent, (33, 99))
        before = termios.tcgetattr(child)

        def take_terminal():
            os.setsid()
            os.close(os.open(os.ttyname(child), os.O_RDWR))

        process = self.start("run", "/bin/true", fake="terminal", stdin=child, stdout=child,
                             stderr=child, preexec_fn=take_terminal)
        text = read_until(parent, b"ready\r\n")
        self.assertIn(b"booted", text)
        self.wait_for(lambda: not termios.tcgetattr(child)[3] & termios.ICANON, "a raw terminal")
        os.write(parent, b"a\x03\x04")  # Ctrl-C and Ctrl-D are the guest's keys
        read_until(parent, b"61\r\n03\r\n04\r\n")
        termios.tcsetwinsize(parent, (20, 40))
        os.kill(process.pid, signal.SIGWINCH)
        self.wait_for_note(control={"winsize": [20, 40]})
        os.write(parent, b"q")
        self.assertEqual(process.wait(harness.PATIENCE), 7)
        self.assertEqual(termios.tcgetattr(child), before)
        sizes = [n["control"]["winsize"] for n in self.notes() if "winsize" in n["control"]]
        self.assertEqual((sizes[0], sizes[-1]), ([33, 99], [20, 40]))
        os.close(parent)
        os.close(child)

    def test_no_terminal_when_output_is_piped(self):
        parent, child = pty.openpty()
        process = self.start("run", "-q", "/bin/true", fake="dumps_arguments", stdin=child,
                             stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        self.assertEqual(process.stdout.read(), b"hello\n")
        process.wait(harness.PATIENCE)
        process.stdout.close()
        arguments = self.notes()[0]["arguments"]
        self.assertNotIn("--tty", arguments[arguments.index("-append") + 1])
        os.close(parent)
        os.close(child)

    def test_run_folders_do_not_pile_up(self):
        runs = self.folder / "state" / "runs"
        for number in range(60):
            (runs / f"20200101-0000{number:02}-1").mkdir(parents=True)
        self.run_fake("hello")
        self.assertLessEqual(len(list(runs.iterdir())), 51)


if __name__ == "__main__":
    harness.main()
