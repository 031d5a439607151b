#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""usage: dhcp_guest.py BUILD {user|dnsmasq|stateless|silent|image}

Boots a guest that shows its resolv.conf and checks how it got its addresses: from QEMU's own DHCP
server, from dnsmasq over a tap device in a network namespace of the test's own (DHCPv4 with routes,
MTU and name; DHCPv6, or addresses by router advertisements), or from nobody.
Exits with 77 where namespaces, taps or dnsmasq are missing.
"""
import ctypes
import fcntl
import json
import os
import pathlib
import shlex
import shutil
import struct
import subprocess
import sys
import tempfile
import time

CLONE_NEWNET = 0x40000000
TUNSETIFF, IFF_TAP, IFF_NO_PI, IFF_VNET_HDR = 0x400454CA, 2, 0x1000, 0x4000
HOST, HOST6 = "10.9.0.1", "fd09::1"


def enter_namespace():
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(CLONE_NEWNET) != 0:
        raise PermissionError("no network namespace")
    tap = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(tap, TUNSETIFF, struct.pack("16sH22x", b"tap0", IFF_TAP | IFF_NO_PI | IFF_VNET_HDR))
    for words in ("link set lo up", f"addr add {HOST}/24 dev tap0",
                  f"addr add {HOST6}/64 dev tap0 nodad", "link set tap0 up"):
        subprocess.run(["ip", *words.split()], check=True)
    return tap


def start_dnsmasq(folder, stateless):
    lines = ["no-resolv", "no-hosts", "interface=tap0", "bind-dynamic", "log-dhcp", "user=root",
             "enable-ra", "domain=lan.test", f"dhcp-leasefile={folder}/leases",
             "dhcp-range=10.9.0.100,10.9.0.110,255.255.255.0,1h",
             "dhcp-option=option:mtu,1400",
             "dhcp-option=option:classless-static-route,0.0.0.0/0,10.9.0.1,10.77.0.0/16,10.9.0.7",
             "dhcp-host=52:54:00:12:34:56,10.9.0.105,guest-name",
             "dhcp-range=fd09::,ra-stateless" if stateless else "dhcp-range=fd09::100,fd09::110,64,1h",
             "dhcp-option=option6:dns-server,[fd09::1]", "dhcp-option=option6:domain-search,six.test"]
    path = pathlib.Path(folder, "dnsmasq.conf")
    path.write_text("\n".join(lines) + "\n")
    return subprocess.Popen(["dnsmasq", "--keep-in-foreground", "--log-facility=-",
                             f"--conf-file={path}", f"--pid-file={folder}/pid"],
                            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                            stderr=open(f"{folder}/dnsmasq.log", "wb"))


def run_guest(build, netdev, folder, seconds, tap=None, options=()):
    """The guest's events and what its program wrote."""
    script = ("import time,sys\n"
              f"time.sleep({seconds})\n"
              "print(open('/etc/resolv.conf').read(), end='')\n"
              "import socket\n"
              "print('name', socket.gethostname())\n")
    line = subprocess.run([f"{build}/osprey", "run", "--dry-run", "--net", "none", "-c", "2", "--deb", "python3",
                           "python3", "-c", script],
                          check=True, capture_output=True, text=True).stdout
    words = shlex.split(line)
    at = words.index("-append") + 1
    words[at] = " ".join(options) + " " + words[at]
    control = f"{folder}/control"
    words[words.index("null,id=control")] = f"file,id=control,path={control}"
    words += ["-netdev", netdev, "-device", "virtio-net-pci,netdev=n0,mac=52:54:00:12:34:56"]
    run = subprocess.run(words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                         stderr=subprocess.PIPE, timeout=240, pass_fds=[tap] if tap else [])
    events = [json.loads(line) for line in pathlib.Path(control).read_text().splitlines()]
    return events, run.stdout.decode(), run.stderr.decode(errors="replace")


def check(condition, what):
    if not condition:
        raise AssertionError(what)


def addresses(events):
    return {e["address"]: e for e in events if e["event"] == "network"}


def order(events):
    return [e["event"] for e in events]


def test_user(build, folder):
    events, text, _ = run_guest(build, "user,id=n0", folder, 4)
    found = addresses(events)
    check(found.get("10.0.2.15", {}).get("gateway") == "10.0.2.2", f"DHCP: {events}")
    check("fec0::5054:ff:fe12:3456" in found, f"SLAAC: {events}")
    check(order(events).index("network") < order(events).index("booted"),
          "the program started before the address was there")
    check("nameserver 10.0.2.3\n" in text, f"resolv.conf: {text}")


def test_silent(build, folder):
    events, text, log = run_guest(build, "hubport,id=n0,hubid=0", folder, 0)
    check(not addresses(events), f"addresses out of nowhere: {events}")
    check("booted" in order(events), "the program never started")
    check("no network address after" in log + text, f"nothing was said: {log}")


def make_image(folder, command_line):
    """A root filesystem with cat(1) whose own command line says all."""
    root = pathlib.Path(folder, "root")
    for file in ("/bin/cat", "/lib64/ld-linux-x86-64.so.2", "/lib/x86_64-linux-gnu/libc.so.6"):
        to = pathlib.Path(f"{root}{file}")
        to.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(file, to)
    for name in ("etc/osprey", "proc", "sys", "dev", "tmp", "run"):
        pathlib.Path(root, name).mkdir(parents=True, exist_ok=True)
    pathlib.Path(root, "etc/osprey/cmdline").write_text(command_line + "\n")
    pathlib.Path(root, "etc/resolv.conf").write_text("")
    image = f"{folder}/root.erofs"
    subprocess.run(["mkfs.erofs", image, str(root)], check=True, stdout=subprocess.DEVNULL)
    return image


def test_image(build, folder):
    """Options of the image's own command line; the kernel's own counts more."""
    image = make_image(folder, "--ip=10.0.2.77/24 --defaultgw=10.0.2.9 --nameserver=10.0.2.8 "
                               "--search=image.test --ip6=none --mtu=1300 "
                               "/bin/cat /etc/resolv.conf /proc/net/route")
    control = f"{folder}/control"
    run = subprocess.run(
        ["qemu-system-x86_64", "-nodefaults", "-no-reboot", "-display", "none", "-M", "q35",
         "-accel", "tcg,thread=multi", "-cpu", "max", "-m", "256M",
         "-kernel", f"{build}/kernel.elf", "-append", "--nameserver=10.0.2.3",
         "-device", "virtio-serial-pci,id=ports",
         "-chardev", "stdio,id=console,signal=off", "-chardev", f"file,id=control,path={control}",
         "-device", "virtconsole,bus=ports.0,nr=0,chardev=console",
         "-device", "virtserialport,bus=ports.0,nr=2,chardev=control,name=org.osprey.control",
         "-device", "virtio-rng-pci", "-device", "isa-debug-exit,iobase=0x501,iosize=4",
         "-drive", f"if=none,id=root,format=raw,readonly=on,file={image}",
         "-device", "virtio-blk-pci,drive=root",
         "-netdev", "user,id=n0", "-device", "virtio-net-pci,netdev=n0"],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=120)
    text = run.stdout.decode()
    events = [json.loads(line) for line in pathlib.Path(control).read_text().splitlines()]
    found = addresses(events)
    check("10.0.2.77" in found, f"static address: {events}\n{text}")
    check("0902000A" in text, f"gateway: {text}")  # as /proc/net/route writes it
    check("0202000A" not in text, f"the route by DHCP stayed: {text}")
    check("nameserver 10.0.2.3\n" in text and "10.0.2.8" not in text, f"name servers: {text}")
    check("image.test" in text, f"search: {text}")


def test_dnsmasq(build, folder, stateless):
    if not shutil.which("dnsmasq"):
        print("dnsmasq is missing")
        return 77
    try:
        tap = enter_namespace()
    except (PermissionError, FileNotFoundError, OSError) as problem:
        print(f"no network namespace or tap: {problem}")
        return 77
    server = start_dnsmasq(folder, stateless)
    try:
        time.sleep(1)
        check(server.poll() is None,
              "dnsmasq: " + pathlib.Path(folder, "dnsmasq.log").read_text())
        events, text, log = run_guest(build, f"tap,id=n0,fd={tap},vhost=off", folder, 6, tap)
        for _ in range(50):  # the server may still have to read the guest's last message
            if "DHCPRELEASE" in pathlib.Path(folder, "dnsmasq.log").read_text():
                break
            time.sleep(0.1)
    finally:
        server.terminate()
        server.wait(10)
    told = pathlib.Path(folder, "dnsmasq.log").read_text()
    found = addresses(events)
    check(found.get("10.9.0.105", {}).get("gateway") == HOST, f"DHCPv4: {events}\n{log}\n{told}")
    six = [a for a in found if a.startswith("fd09::")]
    if stateless:
        check("fd09::5054:ff:fe12:3456" in six, f"SLAAC: {events}\n{log}\n{told}")
    else:
        check(any(found[a]["prefix"] == 128 for a in six), f"DHCPv6: {events}\n{log}\n{told}")
    check("nameserver 10.9.0.1\n" in text and "nameserver fd09::1\n" in text,
          f"resolv.conf: {text}\n{told}")
    check("lan.test" in text and "six.test" in text, f"search domains: {text}")
    check("name guest-name" in text, f"host name: {text}")
    check("DHCPRELEASE(tap0) 10.9.0.105" in told, f"the lease was not given back: {told}\n{log}")
    return 0


def main():
    build, variant = sys.argv[1:]
    with tempfile.TemporaryDirectory() as folder:
        if variant == "user":
            return test_user(build, folder) or 0
        if variant == "silent":
            return test_silent(build, folder) or 0
        if variant == "image":
            return test_image(build, folder) or 0
        return test_dnsmasq(build, folder, variant == "stateless")


if __name__ == "__main__":
    sys.exit(main())
