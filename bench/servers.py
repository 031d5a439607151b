# SPDX-License-Identifier: BSD-3-Clause
"""Unmodified servers over a tap device: guest instructions and QEMU's CPU time per request.

Both guests get the same QEMU line, the same image as their disk and the same client. Instructions
are counted by the plugin in one boot; CPU time is taken in another one, without the plugin.
"""

import dataclasses
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests" / "net"))
import netlab  # noqa: E402

PACKAGES = "redis-server,nginx-light,memcached,iperf3"
MODULES = ("virtio_ring", "virtio", "virtio_pci_legacy_dev", "virtio_pci_modern_dev", "virtio_pci",
           "virtio_blk", "failover", "net_failover", "virtio_net", "crc32c_generic", "libcrc32c",
           "erofs")
START_SECONDS = 120
CONNECTIONS = 50
PAGE_BYTES = 612  # of nginx's own welcome page once
NGINX = """daemon off;
master_process off;
error_log stderr notice;
pid /run/nginx.pid;
events { worker_connections 1024; }
http {
    access_log off;
    sendfile on;
    tcp_nopush on;
    keepalive_requests 100000000;
    server { listen 80 backlog=1024; root /bench; }
}
"""


@dataclasses.dataclass(frozen=True)
class Load:
    """Requests of programs/load.c, or an amount of data for iperf3."""
    name: str
    server: str
    kind: str
    count: int  # requests, or MB
    depth: int = 1
    aim: int | None = None  # guest instructions per request or KB, one CPU


SERVERS = {
    "redis": (6379, ("/usr/bin/redis-server", "/bench/redis.conf")),
    "memcached": (11211, ("/usr/bin/memcached", "-u", "root", "-l", "0.0.0.0", "-p", "11211", "-t",
                          "4")),
    "nginx": (80, ("/usr/sbin/nginx", "-c", "/bench/nginx.conf")),
    "iperf3": (5201, ("/usr/bin/iperf3", "-s", "--forceflush")),
}
LOADS = [
    Load("redis SET", "redis", "set", 20000, aim=12000),
    Load("redis GET", "redis", "get", 20000, aim=12000),
    Load("redis SET, pipeline 16", "redis", "set", 160000, 16, aim=2800),
    Load("redis GET, pipeline 16", "redis", "get", 160000, 16, aim=2800),
    Load("memcached set", "memcached", "store", 20000, aim=11000),
    Load("memcached get", "memcached", "fetch", 20000, aim=11000),
    Load("nginx, keep-alive", "nginx", "pages", 10000, aim=20000),
    Load("nginx, connection each", "nginx", "page", 4000),
    Load("iperf3, guest receives 1 KB", "iperf3", "to", 2048, aim=250),
    Load("iperf3, guest sends 1 KB", "iperf3", "from", 2048, aim=180),
]


class Failure(Exception):
    pass


class Servers:
    def __init__(self, bench):
        self.bench = bench
        self.folder = bench.work / "servers"
        self.image = bench.work / "servers.erofs"
        self.unpacked = bench.work / "servers.root"

    # Files --------------------------------------------------------------------------------------
    def prepare(self, systems):
        """Image, client and modules; needs this machine's own network."""
        files = self.folder
        shutil.rmtree(files, ignore_errors=True)
        files.mkdir()
        (files / "page.html").write_bytes(b"0123456789abcde\n" * 38 + b"end\n")
        (files / "nginx.conf").write_text(NGINX)
        (files / "redis.conf").write_text('save ""\nappendonly no\nprotected-mode no\n')
        subprocess.run([self.bench.build / "osprey", "build", "-q", "--deb", PACKAGES, "--file",
                        f"{files}:/bench", "-o", self.image, "/usr/bin/redis-server"], check=True)
        shutil.rmtree(self.unpacked, ignore_errors=True)
        subprocess.run(["fsck.erofs", f"--extract={self.unpacked}", self.image], check=True,
                       stdout=subprocess.DEVNULL)
        subprocess.run(["gcc", "-D_GNU_SOURCE", "-O2", "-o", self.bench.work / "load",
                        ROOT / "bench" / "programs" / "load.c"], check=True)
        if "linux" in systems:
            self.initramfs = self.linux_initramfs()

    def linux_initramfs(self):
        """The usual one with the modules for disk, network and file system."""
        self.bench.linux_kernel()
        folder = next((self.bench.work / "linux" / "lib" / "modules").iterdir())
        with tempfile.TemporaryDirectory() as stage:
            shutil.copy(self.bench.work / "linux_init", f"{stage}/init")
            os.mkdir(f"{stage}/modules")
            for number, name in enumerate(MODULES):
                found = next(folder.rglob(f"{name}.ko*"), None)
                if found:  # else it is built in
                    shutil.copy(found, f"{stage}/modules/{number:02}{found.name}")
            return self.bench.pack(stage, self.bench.work / "servers.initramfs.gz")

    # One guest ----------------------------------------------------------------------------------
    def arguments(self, system, command):
        disk = ["-drive", f"if=none,id=root,format=raw,readonly=on,file={self.image}", "-device",
                "virtio-blk-pci,drive=root"]
        words = " ".join(command)
        if system == "osprey":
            return ["-kernel", self.bench.kernel, "-append",
                    f"--ip={netlab.GUEST}/{netlab.PREFIX} {words}", *disk]
        return ["-kernel", self.bench.linux_kernel(), "-initrd", self.initramfs, "-append",
                "console=ttyS0 quiet mitigations=off init_on_alloc=0 panic=-1 tsc=reliable "
                f"NET={netlab.GUEST} -- {words}", *disk]

    def measure(self, system, cpus, server, loads, counted, profile=None):
        """@return {name of a load: per unit (instructions, those of the kernel) if counted, else
        (CPU microseconds,)}."""
        port, command = SERVERS[server]
        counts, log = self.bench.work / "server.counts", self.bench.work / "server.log"
        counts.unlink(missing_ok=True)
        self.clients = 0
        tap = netlab.open_tap("tap0", netlab.IFF_VNET_HDR)
        netlab.ip(f"addr add {netlab.HOST}/{netlab.PREFIX} dev tap0")
        netlab.ip("link set tap0 up")
        line = self.bench.machine(512, cpus, counts if counted else None, profile)
        line += self.arguments(system, command)
        line += ["-netdev", f"tap,id=n0,fd={tap},vhost=off", "-device", "virtio-net-pci,netdev=n0"]
        with open(log, "wb") as output:
            guest = subprocess.Popen([str(a) for a in line], stdin=subprocess.DEVNULL,
                                     stdout=output, stderr=subprocess.STDOUT, pass_fds=[tap])
        try:
            self.wait_until_it_answers(guest, port)
            return {load.name: self.per_unit(guest, counts if counted else None, load, port)
                    for load in loads}
        except (Failure, subprocess.SubprocessError) as problem:
            tail = log.read_text(errors="replace").splitlines()[-8:]
            print(f"  {system}, {cpus} CPU: {server}: {problem}\n    " + "\n    ".join(tail))
            return {}
        finally:
            guest.kill()
            guest.wait()
            os.close(tap)

    def wait_until_it_answers(self, guest, port):
        end = time.monotonic() + START_SECONDS
        while time.monotonic() < end:
            if guest.poll() is not None:
                raise Failure(f"QEMU ended with {guest.returncode}")
            try:
                socket.create_connection((netlab.GUEST, port), timeout=2).close()
                time.sleep(0.5)  # the guest's start is over, and the server has seen the end
                return
            except OSError:
                time.sleep(0.1)
        raise Failure("the server cannot be reached")

    def per_unit(self, guest, counts, load, port):
        self.run_client(load, port, load.count // 10 + load.depth)  # warm
        before = self.spent(guest, counts)
        self.run_client(load, port, load.count)
        spent = self.spent(guest, counts)
        units = load.count * 1024 if load.server == "iperf3" else load.count
        return tuple((now - then) / units for now, then in zip(spent, before))

    def wait_until_it_listens(self, times):
        """iperf3 opens its port anew for each client: until the log says so for the nth time."""
        end = time.monotonic() + START_SECONDS
        log = self.bench.work / "server.log"
        while log.read_bytes().count(b"Server listening") < times:
            if time.monotonic() > end:
                raise Failure("iperf3 does not listen again")
            time.sleep(0.05)

    def run_client(self, load, port, count):
        if load.server == "iperf3":
            self.clients += 1
            self.wait_until_it_listens(self.clients + 1)  # the first was to see whether it answers
            root = str(self.unpacked)
            libraries = ":".join(root + f for f in ("/usr/lib/x86_64-linux-gnu",
                                                    "/lib/x86_64-linux-gnu"))
            command = [f"{root}/lib64/ld-linux-x86-64.so.2", "--library-path", libraries,
                       f"{root}/usr/bin/iperf3", "-c", netlab.GUEST, "-n", f"{count}M",
                       *(["-R"] if load.kind == "from" else [])]
        else:
            command = [self.bench.work / "load", netlab.GUEST, str(port), load.kind,
                       str(CONNECTIONS), str(count), str(load.depth)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=600)
        if done.returncode:
            raise Failure(f"{load.name}: {(done.stdout + done.stderr)[-500:]}")

    @staticmethod
    def spent(guest, counts):
        """(Instructions since the guest began, those of the kernel), or else (microseconds of
        QEMU's CPU time,)."""
        if counts is None:
            fields = pathlib.Path(f"/proc/{guest.pid}/stat").read_text().rsplit(")", 1)[1].split()
            return ((int(fields[11]) + int(fields[12])) * 1e6 / os.sysconf("SC_CLK_TCK"),)
        known = counts.read_text().count("snap") if counts.exists() else 0
        os.kill(guest.pid, signal.SIGURG)
        end = time.monotonic() + 30
        while time.monotonic() < end:
            snaps = [l for l in counts.read_text().splitlines() if l.startswith("snap")]
            if len(snaps) > known:
                return tuple(map(int, snaps[-1].split()[1:]))
            time.sleep(0.01)
        raise Failure("the plugin does not answer")

    # One server ---------------------------------------------------------------------------------
    def table(self, systems, cpus, quick, server):
        """@return {name of a load: {system: (instructions, those of the kernel, CPU us)}}, zeros
        where it failed."""
        loads = [dataclasses.replace(l, count=l.count // 10) if quick else l for l in LOADS
                 if l.server == server]
        found = {s: [self.measure(s, cpus, server, loads, counted) for counted in (True, False)]
                 for s in systems}
        return {l.name: {s: found[s][0].get(l.name, (0, 0)) + found[s][1].get(l.name, (0,))
                         for s in systems} for l in loads}


def enter_namespace():
    """A network of this process' own. @return why not, or None."""
    if os.geteuid() != 0 or not os.path.exists("/dev/net/tun"):
        return "a tap device needs root and /dev/net/tun"
    try:
        netlab.Lab(None)
    except netlab.NotAllowed as problem:
        return str(problem)
    return None
