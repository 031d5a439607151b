#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""usage: stream_guest.py OSPREY PROGRAM VARIANT

Has a guest behind a tap device send and receive a stream, with and without the card's offloads: what
the card does not do (segmentation, checksums, joining of segments), the kernel has to. Exits with 77
where namespaces and taps are not allowed.
"""
import shlex
import socket
import subprocess
import sys

import ping_guest

MEGABYTES, PATTERN = 20, 251
NO_LARGE = "host_tso4=off,host_tso6=off,host_ecn=off,guest_tso4=off,guest_tso6=off,guest_ecn=off"
VARIANTS = {
    "offloads": "virtio-net-pci",
    "small_frames": f"virtio-net-pci,{NO_LARGE}",
    "nothing": f"virtio-net-pci,csum=off,guest_csum=off,mrg_rxbuf=off,{NO_LARGE}",
    "legacy": "virtio-net-pci,disable-modern=on,disable-legacy=off",
}


def guest_command(osprey, program, tap, device):
    line = subprocess.run(
        [osprey, "run", "--dry-run", "-q", "--net", "none", "-c", "2",
         "--kernel-arg", f"--ip={ping_guest.GUEST}/{ping_guest.PREFIX}",
         program, ping_guest.HOST, str(MEGABYTES)],
        capture_output=True, text=True, check=True).stdout
    return shlex.split(line) + ["-netdev", f"tap,id=n0,fd={tap},vhost=off",
                                "-device", f"{device},netdev=n0"]


def packets_of_tap():
    with open("/proc/self/net/dev") as file:
        line = next(l for l in file if l.strip().startswith("tap0:"))
    return int(line.split(":")[1].split()[1])


def receive_all(peer):
    pattern = bytes(i % PATTERN for i in range((1 << 20) + PATTERN))
    got = 0
    while some := peer.recv(1 << 20):
        start = got % PATTERN
        assert some == pattern[start:start + len(some)], f"wrong bytes near {got}"
        got += len(some)
    return got


def main():
    osprey, program, variant = sys.argv[1:]
    try:
        tap, = ping_guest.enter_namespace(1)
    except OSError as e:
        print("skipped:", e)
        sys.exit(77)
    total = MEGABYTES << 20
    with socket.create_server((ping_guest.HOST, 7000)) as server:
        server.settimeout(120)
        guest = subprocess.Popen(guest_command(osprey, program, tap, VARIANTS[variant]),
                                 stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True,
                                 pass_fds=[tap])
        try:
            peer, _ = server.accept()
            peer.settimeout(120)
            got = receive_all(peer)
            assert got == total, f"{got} of {total} bytes"
            packets = packets_of_tap()
            print(f"{variant}: {got} bytes in {packets} packets")
            if "tso4=off" in VARIANTS[variant]:
                assert packets > total // 1460, "larger than the card can"
            else:
                assert packets < total // 5000, "the card was not asked to cut"
            body = bytes(i % PATTERN for i in range(PATTERN * 4000))
            sent = 0
            while sent < total:
                start = sent % PATTERN
                sent += peer.send(body[start:start + total - sent])
            peer.shutdown(socket.SHUT_WR)
            output, _ = guest.communicate(timeout=120)
            print(output)
            assert f"got {total} bytes, 0 wrong" in output
        finally:
            guest.kill()
            guest.wait()


if __name__ == "__main__":
    main()
