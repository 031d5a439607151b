#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""usage: ping_guest.py KERNEL VARIANT

Boots the kernel with --selftest=network behind a tap device in a network namespace of its own, and
pings it: ARP both ways, echoes of all sizes, fragments, many at once, wrong checksums, broadcasts.
Exits with 77 where namespaces and taps are not allowed.

VARIANT: which device, machine and number of CPUs; see VARIANTS.
"""
import ctypes
import fcntl
import os
import select
import socket
import struct
import subprocess
import sys
import time

CLONE_NEWNET = 0x40000000
TUNSETIFF, IFF_TAP, IFF_NO_PI, IFF_VNET_HDR, IFF_MULTI_QUEUE = 0x400454CA, 2, 0x1000, 0x4000, 0x100
HOST, GUEST, PREFIX = "10.9.0.1", "10.9.0.2", 24
FAREWELL = b"that was all"

# name: (machine, CPUs, queue pairs, device and its properties)
VARIANTS = {
    "modern": ("q35", 2, 1, "virtio-net-pci"),
    "legacy": ("q35", 2, 1, "virtio-net-pci,disable-modern=on,disable-legacy=off"),
    "plain": ("pc", 1, 1, "virtio-net-pci,mrg_rxbuf=off,event_idx=off,indirect_desc=off,ctrl_vq=off,"
              "csum=off,guest_csum=off,gso=off,any_layout=off,disable-modern=on"),
    "wire": ("q35", 2, 1, "virtio-net-pci,vectors=0"),
    "queues": ("q35", 4, 4, "virtio-net-pci,mq=on,vectors=10"),
    "rss": ("q35", 2, 4, "virtio-net-pci,mq=on,rss=on,vectors=10"),
    "few_vectors": ("q35", 4, 4, "virtio-net-pci,mq=on,vectors=3"),
    "mmio": ("microvm", 2, 1, "virtio-net-device"),
    "mmio_modern": ("microvm", 2, 1, "virtio-net-device"),
}


def open_tap(queues):
    flags = IFF_TAP | IFF_NO_PI | IFF_VNET_HDR | (IFF_MULTI_QUEUE if queues > 1 else 0)
    taps = []
    for _ in range(queues):
        fd = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
        fcntl.ioctl(fd, TUNSETIFF, struct.pack("16sH22x", b"tap0", flags))
        taps.append(fd)
    return taps


def enter_namespace(queues):
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(CLONE_NEWNET) != 0:
        raise PermissionError("no network namespace")
    taps = open_tap(queues)
    for words in ("link set lo up", f"addr add {HOST}/{PREFIX} dev tap0", "link set tap0 up"):
        subprocess.run(["ip", *words.split()], check=True)
    return taps


def start_guest(kernel, variant, taps):
    machine, cpus, queues, device = VARIANTS[variant]
    fds = f"fds={':'.join(map(str, taps))}" if queues > 1 else f"fd={taps[0]}"
    command = ["qemu-system-x86_64", "-nodefaults", "-no-user-config", "-no-reboot", "-display",
               "none", "-M", machine, "-accel", "tcg,thread=multi", "-cpu", "max", "-smp", str(cpus),
               "-m", "256", "-serial", "stdio", "-kernel", kernel,
               "-append", f"--selftest=network --verbose --ip={GUEST}/{PREFIX} --defaultgw={HOST}",
               "-device", "isa-debug-exit,iobase=0x501,iosize=4",
               "-netdev", f"tap,id=n0,{fds},vhost=off", "-device", f"{device},netdev=n0"]
    if variant == "mmio_modern":
        command += ["-global", "virtio-mmio.force-legacy=false"]
    return subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                            stderr=subprocess.STDOUT, pass_fds=taps)


def read_log(guest, until, seconds):
    """The guest's log as far as a text in it, or its end."""
    log, end = b"", time.monotonic() + seconds
    while until not in log:
        left = end - time.monotonic()
        if left <= 0 or not select.select([guest.stdout], [], [], left)[0]:
            break
        some = os.read(guest.stdout.fileno(), 65536)
        if not some:
            break
        log += some
    return log


def checksum(data):
    data += b"\0" * (len(data) % 2)
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


class Pinger:
    def __init__(self):
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
        self.id = os.getpid() & 0xFFFF

    def send(self, sequence, body, to=GUEST, spoil=0):
        head = struct.pack("!BBHHH", 8, 0, 0, self.id, sequence)
        total = checksum(head + body) ^ spoil
        self.socket.sendto(struct.pack("!BBHHH", 8, 0, total, self.id, sequence) + body, (to, 0))

    def receive(self, seconds):
        """(sequence, body) of the next answer, None after so many seconds."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            if not select.select([self.socket], [], [], left)[0]:
                return None
            packet = self.socket.recv(70000)
            message = packet[(packet[0] & 15) * 4:]
            kind, _, _, number, sequence = struct.unpack("!BBHHH", message[:8])
            if kind == 0 and number == self.id:
                assert checksum(message) == 0, "an answer with a wrong checksum"
                return sequence, message[8:]
        return None

    def ask(self, sequence, body, seconds=20):
        """An echo, sent again every second: the machine may be slow, a tap may drop."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self.send(sequence, body)
            while answer := self.receive(2):
                if answer[0] == sequence:
                    assert answer[1] == body, f"echo {sequence} came back changed"
                    return
        raise AssertionError(f"no answer to echo {sequence} of {len(body)} bytes")


def pattern(size):
    return bytes((i * 31 + i // 256) & 0xFF for i in range(size))


def exercise():
    ping = Pinger()
    for number, size in enumerate((0, 1, 18, 56, 84, 85, 500, 1472, 1473, 4000, 9000, 33000, 65000)):
        ping.ask(number, pattern(size))
    neighbours = subprocess.run(["ip", "neigh", "show", "dev", "tap0"], capture_output=True,
                                text=True).stdout
    assert GUEST in neighbours and "FAILED" not in neighbours, neighbours
    # Many at once: what a queue drops is no error, what comes back must be right.
    answers = 0
    for burst in range(20):
        for i in range(50):
            ping.send(1000 + burst * 50 + i, pattern(i * 20))
        while (answer := ping.receive(0.3 if answers else 5)) is not None:
            assert answer[1] == pattern((answer[0] - 1000) % 50 * 20), "changed under load"
            answers += 1
    assert answers > 200, f"only {answers} of 1000 answers"
    # What must not be answered.
    ping.send(3000, b"spoiled", spoil=0x0100)
    ping.send(3001, b"to all", to="10.9.0.255")
    while (answer := ping.receive(1)) is not None:
        assert answer[0] not in (3000, 3001), "answered what it should not"
    # The guest asks us by ARP when it has forgotten.
    ping.ask(4000, FAREWELL)
    return answers


def main():
    kernel, variant = sys.argv[1:]
    try:
        taps = enter_namespace(VARIANTS[variant][2])
    except (PermissionError, FileNotFoundError, OSError) as e:
        print("skipped:", e)
        sys.exit(77)
    guest = start_guest(kernel, variant, taps)
    log = b""
    try:
        log = read_log(guest, b"network: ready", 120)
        assert b"network: ready" in log, "the guest did not come up"
        answers = exercise()
        log += read_log(guest, b"network passed", 60)
        assert b"selftest: network passed" in log, "the guest did not pass"
        print(f"{variant}: {answers} of 1000 answers in bursts")
    finally:
        guest.kill()
        guest.wait()
        print(log.decode(errors="replace")[-4000:])


if __name__ == "__main__":
    main()
