# SPDX-License-Identifier: BSD-3-Clause
"""A network namespace with a guest on a tap device, for one test process.

The namespace belongs to the process and ends with it, as do taps, processes and guests: nothing is
left behind, and nothing outside the namespace is touched.
"""
import ctypes
import fcntl
import json
import os
import pathlib
import shlex
import signal
import socket
import struct
import subprocess
import tempfile
import time

CLONE_NEWNET, PR_SET_PDEATHSIG = 0x40000000, 1
TUNSETIFF, IFF_TAP, IFF_NO_PI, IFF_VNET_HDR = 0x400454CA, 2, 0x1000, 0x4000
HOST, GUEST, PREFIX = "10.9.0.1", "10.9.0.2", 24
CONTROL_PORT = 7000
SKIPPED = 77

_libc = ctypes.CDLL(None, use_errno=True)


class NotAllowed(Exception):
    """Namespaces or taps are not to be had here."""


class Failure(Exception):
    """What the test looks for went wrong."""


def check(condition, what):
    if not condition:
        raise Failure(what)


def ip(*words):
    subprocess.run(["ip", *" ".join(words).split()], check=True)


def set_option(name, value):
    pathlib.Path("/proc/sys/net", name).write_text(str(value))


def _die_with_parent():
    _libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def open_tap(name, flags):
    tap = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(tap, TUNSETIFF, struct.pack("16sH22x", name.encode(), IFF_TAP | IFF_NO_PI | flags))
    return tap


class Lab:
    """Context manager: namespace, tap, guest."""

    def __init__(self, tools):
        self.tools = tools
        self.processes = []
        self.guest = None
        self.log = tempfile.TemporaryFile()
        self.folder = tempfile.TemporaryDirectory(prefix="osprey-netlab-")
        if _libc.unshare(CLONE_NEWNET) != 0:
            raise NotAllowed("no network namespace")
        ip("link set lo up")
        for name, value in (("ipv4/ip_local_port_range", "1100 65000"), ("ipv4/tcp_tw_reuse", 1)):
            set_option(name, value)

    def __enter__(self):
        return self

    def __exit__(self, kind, problem, trace):
        if problem and self.guest and self.guest.poll() is None:
            self.describe_card()
        for process in reversed(self.processes):
            process.kill()
            process.wait()
        if problem:
            self.log.seek(0)
            print("--- guest\n" + self.log.read().decode(errors="replace")[-6000:])

    def start(self, command, **options):
        process = subprocess.Popen(command, preexec_fn=_die_with_parent, **options)
        self.processes.append(process)
        return process

    def plain_link(self):
        """The guest's tap, with all offloads."""
        try:
            self.tap = open_tap("tap0", IFF_VNET_HDR)
        except OSError as problem:
            raise NotAllowed(f"no tap: {problem}") from problem
        self._host_address("tap0")

    def bad_link(self, seed, loss, reorder, duplicate, delay, jitter, rate):
        """The guest's tap without offloads, behind impair.c (units there)."""
        try:
            self.tap = open_tap("tap0", 0)
        except OSError as problem:
            raise NotAllowed(f"no tap: {problem}") from problem
        set_option("ipv6/conf/tap0/disable_ipv6", 1)
        ip("link set tap0 arp off up")  # only impair.c listens there
        numbers = [seed, loss, reorder, duplicate, delay, jitter, rate]
        self.impairment = self.start([f"{self.tools}/impair", "tap0", "tap1", *map(str, numbers)],
                                     stdout=subprocess.PIPE, text=True)
        check(self.impairment.stdout.readline() == "ready\n", "impair did not start")
        self._host_address("tap1")

    def impaired(self):
        """Ends the bad link. What it did, by name."""
        self.impairment.terminate()
        return _numbers(self.impairment.communicate(timeout=60)[0])

    def _host_address(self, device):
        ip(f"addr add {HOST}/{PREFIX} dev {device}")
        ip(f"link set {device} up")

    def boot(self, osprey, program, cpus, memory="256M"):
        line = subprocess.run(
            [osprey, "run", "--dry-run", "--net", "none", "-c", str(cpus), "-m", memory,
             f"--kernel-arg=--ip={GUEST}/{PREFIX}", f"--kernel-arg=--defaultgw={HOST}", *program],
            check=True, capture_output=True, text=True).stdout
        words = shlex.split(line) + ["-netdev", f"tap,id=n0,fd={self.tap},vhost=off",
                                     "-device", "virtio-net-pci,netdev=n0,id=card",
                                     "-qmp", f"unix:{self.folder.name}/qmp,server=on,wait=off"]
        self.guest = self.start(words, stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log,
                                pass_fds=[self.tap])
        os.close(self.tap)
        self.control = self._connect(90)
        self.control_file = self.control.makefile("rw")

    def describe_card(self):
        """Prints what QEMU knows about the card's queues, for a guest that hears nothing."""
        try:
            with socket.socket(socket.AF_UNIX) as line:
                line.settimeout(10)
                line.connect(f"{self.folder.name}/qmp")
                replies = line.makefile("rw")
                replies.readline()

                def execute(command, **arguments):
                    json.dump({"execute": command, "arguments": arguments}, replies)
                    replies.flush()
                    while True:
                        answer = json.loads(replies.readline())
                        if "event" not in answer:
                            return answer.get("return", answer)
                execute("qmp_capabilities")
                for queue in (0, 1):
                    print("--- queue", queue, execute(
                        "x-query-virtio-queue-status", path="/machine/peripheral/card/virtio-backend",
                        queue=queue))
                for words in ("info registers", "info lapic"):
                    print(execute("human-monitor-command", **{"command-line": words}))
        except (OSError, ValueError) as problem:
            print("--- the monitor does not answer:", problem)

    def _connect(self, seconds):
        end = time.monotonic() + seconds
        while True:
            check(self.guest.poll() is None, "the guest ended")
            try:
                control = socket.create_connection((GUEST, CONTROL_PORT), timeout=5)
                control.settimeout(1800)
                return control
            except OSError:
                check(time.monotonic() < end, "the guest's program cannot be reached")
                time.sleep(0.3)

    def ask(self, command):
        """What the guest's program answers to a command, by name."""
        self.control_file.write(command + "\n")
        self.control_file.flush()
        return _numbers(self.control_file.readline())

    def report(self):
        found = self.ask("report")
        check("free_kb" in found, f"no report: {found}")
        return found

    def until(self, condition, seconds, what):
        """The first report that satisfies a condition."""
        end = time.monotonic() + seconds
        while not condition(found := self.report()):
            check(time.monotonic() < end, f"{what}: {found}")
            time.sleep(0.5)
        return found

    def peer(self, *words, timeout=1200, prefix=()):
        """Runs peer.c to its end."""
        run = subprocess.run([*prefix, f"{self.tools}/peer", *map(str, words)], timeout=timeout,
                             preexec_fn=_die_with_parent, stdin=subprocess.DEVNULL)
        check(run.returncode == 0, f"peer {' '.join(map(str, words))} failed")

    def start_peer(self, *words, prefix=()):
        return self.start([*prefix, f"{self.tools}/peer", *map(str, words)],
                          stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def quit(self):
        self.control_file.write("quit\n")
        self.control_file.flush()
        check(self.guest.wait(120) == 0, f"the guest ended with {self.guest.returncode}")


def expect_line(process, line):
    found = process.stdout.readline()
    check(found == line + "\n", f"expected {line!r}, found {found!r}")


def _numbers(text):
    return {name: int(value) for name, value in
            (word.split("=") for word in text.split() if "=" in word)}
