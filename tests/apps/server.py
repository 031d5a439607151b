# SPDX-License-Identifier: BSD-3-Clause
"""One server in a guest: starts it, knows where to reach it, runs clients, ends it."""

import contextlib
import dataclasses
import pathlib
import re
import signal
import socket
import subprocess
import time
from typing import Callable

START_SECONDS = 300  # image, boot and start of the program on a machine that is busy
ANSWER_SECONDS = 120


class Failure(Exception):
    pass


@dataclasses.dataclass(frozen=True)
class Server:
    name: str
    packages: tuple[str, ...]
    command: tuple[str, ...]
    check: Callable[["Guest"], None]
    ports: tuple[str, ...]  # "80", "53/udp"; "=5201" and "=5201/udp": the same number outside
    files: tuple[str, ...] = ()  # of tests/apps/work or made (made_files.py), put into /work
    clients: tuple[str, ...] = ()  # packages of clients that the check runs on this machine
    environment: tuple[str, ...] = ()
    memory: str = "512M"
    ready: str = ""  # what it writes once it is; else its first TCP port must answer
    probe: bytes = b"GET / HTTP/1.0\r\n\r\n"  # most protocols answer it, be it with an error
    fast: bool = False  # takes part in `make test`


class Guest:
    """A running guest, as a check sees it."""

    def __init__(self, process, log, addresses, clients, folder):
        self.process = process
        self.log = log
        self.addresses = addresses  # port of the table: (host, port)
        self.clients = clients  # folder with the client's packages unpacked, or None
        self.folder = folder  # tests/apps/work's copy with the made files

    def address(self, port):
        return self.addresses[str(port)]

    def alive(self):
        if self.process.poll() is not None:
            raise Failure(f"the guest ended with status {self.process.returncode}")

    def connect(self, port, seconds=ANSWER_SECONDS):
        """A TCP connection to the guest, with a time limit for whatever is done on it."""
        return socket.create_connection(self.address(port), timeout=seconds)

    def datagrams(self, port):
        s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        s.settimeout(3)
        s.connect(self.address(port))
        return s

    def url(self, port, path="/", scheme="http"):
        host, number = self.address(port)
        return f"{scheme}://{host}:{number}{path}"

    def client(self, *words, seconds=600, status=0, text=None):
        """Runs a program of the client packages on this machine. @return what it wrote."""
        root = str(self.clients)
        folders = "/usr/lib/x86_64-linux-gnu", "/lib/x86_64-linux-gnu", "/usr/lib", "/lib"
        libraries = ":".join(root + f for f in folders)
        command = [f"{root}/lib64/ld-linux-x86-64.so.2", "--library-path", libraries,
                   root + words[0], *map(str, words[1:])]
        try:
            ended = subprocess.run(command, input=text or "", capture_output=True, text=True,
                                   timeout=seconds, errors="replace")
        except subprocess.TimeoutExpired as late:
            written = (late.stdout or b"")[-500:]
            raise Failure(f"{words[0]} did not end; it wrote {written!r}") from late
        if ended.returncode != status:
            raise Failure(f"{' '.join(command)}: status {ended.returncode}: "
                          f"{(ended.stdout + ended.stderr)[-1000:]}")
        return ended.stdout + ended.stderr

    def wait_ready(self, port, text, probe=b""):
        """Until `text` is written, or else some byte comes back from `port` after `probe`. A
        connection alone proves nothing: QEMU's user network accepts it before the guest does."""
        limit = time.monotonic() + START_SECONDS
        while time.monotonic() < limit:
            self.alive()
            if text:
                if any(text in pathlib.Path(f).read_text(errors="replace")
                       for f in (self.log, f"{self.log}.out")):
                    return
                time.sleep(0.2)
                continue
            with contextlib.suppress(OSError):
                with self.connect(port, 5) as s:
                    s.sendall(probe)
                    if s.recv(1):
                        return
            time.sleep(0.5)
        raise Failure(f"it never was ready on port {port}")


def free_port():
    """A number that is free for TCP and UDP now."""
    while True:
        with socket.socket() as tcp, socket.socket(type=socket.SOCK_DGRAM) as udp:
            tcp.bind(("127.0.0.1", 0))
            number = tcp.getsockname()[1]
            with contextlib.suppress(OSError):
                udp.bind(("127.0.0.1", number))
                return number


def user_options(server):
    same = free_port()
    options = []
    for port in server.ports:
        options += ["-p", f"{same}:{port[1:]}" if port.startswith("=") else f"0:{port}"]
    return options


def user_addresses(server, header):
    """Where the header says that the guest's ports are."""
    found = {f"{port}{protocol or ''}": ("127.0.0.1", int(outside)) for outside, protocol, port in
             re.findall(r"localhost:(\d+)(/udp)? \(guest port (\d+)\)", header)}
    missing = [p for p in server.ports if p.lstrip("=") not in found]
    if missing:
        raise Failure(f"the header does not name port {missing[0]}: {header}")
    return found


class Network:
    """How the guest is reached: QEMU's user network, or a tap device of this process' namespace."""

    TAP, HOST, GUEST = "tap0", "10.9.0.1", "10.9.0.2"

    def __init__(self, kind):
        self.kind = kind

    def options(self, server):
        if self.kind == "user":
            return user_options(server)
        return ["--net", f"tap:{self.TAP}", "--kernel-arg", f"--ip={self.GUEST}/24"]

    def addresses(self, server, header):
        if self.kind == "user":
            return user_addresses(server, header)
        return {p.lstrip("="): (self.GUEST, int(re.search(r"\d+", p)[0])) for p in server.ports}


@contextlib.contextmanager
def running(server, command, network, clients, folder, log):
    """The guest, started, its header read; stopped at the end."""
    with open(log, "wb") as errors, open(f"{log}.out", "wb") as output:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output, stderr=errors)
    try:
        wanted = "open " if network.kind == "user" else "network "
        limit = time.monotonic() + START_SECONDS
        while True:
            header = pathlib.Path(log).read_text(errors="replace")
            if re.search(rf"(?m)^{wanted}.*\n", header):
                break
            if process.poll() is not None or time.monotonic() > limit:
                raise Failure("the guest did not start")
            time.sleep(0.1)
        yield Guest(process, log, network.addresses(server, header), clients, folder)
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)  # the first one is the program's
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.send_signal(signal.SIGTERM)
                try:
                    process.wait(20)
                except subprocess.TimeoutExpired:
                    process.kill()
                    process.wait()
