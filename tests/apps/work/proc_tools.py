# SPDX-License-Identifier: BSD-3-Clause
"""Do the tools that read procfs and sysfs show the truth? Starts a program whose use of memory,
CPU, threads and files is known, and compares what each tool says of it. Prints a line for each tool,
`ok` or what is wrong. Where there is no sysfs, as in the chroot on Linux, what needs it is not
asked.
"""
import os
import re
import signal
import subprocess
import sys
import time

MEGABYTES = 100
THREADS = 5
NAME = "known"

WORKER = f"""
import threading, time, sys, ctypes
libc = ctypes.CDLL(None)
libc.prctl(15, b"{NAME}")
memory = bytearray({MEGABYTES} << 20)
memory[::4096] = b"x" * len(memory[::4096])
opened = [open("/tmp/known.%d" % i, "w") for i in range(7)]
for i in range({THREADS} - 1):
    threading.Thread(target=time.sleep, args=(10000,), daemon=True).start()
while time.process_time() < 2.5:
    sum(range(100000))
print("ready", flush=True)
sys.stdin.read()
"""


def run(*command):
    ended = subprocess.run(command, capture_output=True, text=True, timeout=120,
                           env=dict(os.environ, LC_ALL="C", COLUMNS="200", TERM="dumb"))
    return ended.stdout + ended.stderr


def meminfo():
    return {line.split(":")[0]: int(line.split()[1]) for line in open("/proc/meminfo")}


CHECKS = []


def check(function):
    CHECKS.append(function)
    return function


def near(value, wanted, tolerance=0.1):
    return abs(value - wanted) <= tolerance * wanted


@check
def ps_aux(pid):
    line = next(l for l in run("ps", "aux").splitlines() if f" {pid} " in l).split()
    assert line[0] == "root" and line[7][0] == "S", line
    assert MEGABYTES * 1024 < int(line[5]) < (MEGABYTES + 40) * 1024, line
    assert int(line[4]) >= int(line[5]), line
    minutes, seconds = line[9].split(":")
    assert int(minutes) * 60 + int(seconds) >= 2, line


@check
def ps_threads(pid):
    rows = [l.split() for l in run("ps", "-eLf").splitlines() if f" {pid} " in l]
    rows = [r for r in rows if r[1] == str(pid)]
    assert len(rows) == THREADS and all(r[5] == str(THREADS) for r in rows), rows


@check
def ps_columns(pid):
    words = run("ps", "-o", "comm=,stat=,nlwp=,ni=,pri=,ppid=,etimes=,wchan=", "-p", str(pid)).split()
    assert words[0] == NAME and words[2] == str(THREADS) and words[3] == str(os.nice(0)), words
    assert words[5] == str(os.getpid()) and int(words[6]) >= 1, words


@check
def top(pid):
    text = run("top", "-b", "-n", "1", "-w", "200")
    total = re.search(r"MiB Mem :\s+([\d.]+) total,\s+([\d.]+) free", text)
    assert total and near(float(total[1]), meminfo()["MemTotal"] / 1024, 0.01), text[:600]
    row = next(l for l in text.splitlines() if l.split()[:1] == [str(pid)]).split()
    assert row[11] == NAME, row
    states = re.search(r"Tasks:\s+(\d+) total", text)
    assert int(states[1]) >= 2, text[:200]
    shares = re.search(r"%Cpu\(s\):\s*([\d.]+) us,\s*([\d.]+) sy,\s*([\d.]+) ni,\s*([\d.]+) id", text)
    assert shares and 95 < sum(float(shares[i]) for i in range(1, 5)) <= 101, text[:600]


@check
def free(pid):
    row = next(l for l in run("free", "-k").splitlines() if l.startswith("Mem:")).split()
    assert int(row[1]) == meminfo()["MemTotal"], row
    assert int(row[2]) > MEGABYTES * 1024 and int(row[3]) < int(row[1]), row
    assert int(row[6]) <= int(row[1]), row


@check
def vmstat(pid):
    row = run("vmstat").splitlines()[2].split()
    assert len(row) in (17, 18) and int(row[0]) >= 0, row
    assert near(int(row[3]), meminfo()["MemFree"], 0.2), row
    assert sum(map(int, row[12:17])) in range(98, 103), row
    assert "paged in" in run("vmstat", "-s")
    assert run("vmstat", "-f").split()[1:] == ["forks"]


@check
def pmap(pid):
    text = run("pmap", "-x", str(pid))
    total = text.splitlines()[-1].split()
    assert total[0] == "total" and int(total[3]) > MEGABYTES * 1024, total
    assert "[ stack ]" in text and "libc.so.6" in text, text[:300]


@check
def uptime(pid):
    assert re.search(r" up .*load average: [\d.]+, [\d.]+, [\d.]+", run("uptime"))


@check
def w(pid):
    assert "USER" in run("w")


@check
def pgrep(pid):
    assert run("pgrep", "-x", NAME).split() == [str(pid)]
    assert run("pgrep", "-P", str(os.getpid()), NAME).split() == [str(pid)]


@check
def pidof(pid):
    assert str(os.getpid()) in run("pidof", "python3", "python3.11", sys.executable).split()


@check
def pwdx(pid):
    assert run("pwdx", str(pid)).split() == [f"{pid}:", os.getcwd()]


@check
def slabtop(pid):
    text = run("slabtop", "-o", "-s", "c")
    assert "Active / Total Objects" in text or "ermission denied" in text, text[:300]


@check
def lsof(pid):
    text = run("lsof", "-O", "-n", "-P", "-p", str(pid))  # without -O it forks
    for i in range(7):
        assert f"/tmp/known.{i}" in text, text[-800:]
    rows = [l.split() for l in text.splitlines() if f" {pid} " in l]
    kinds = {r[3] for r in rows}
    assert {"cwd", "rtd", "txt", "mem"} <= kinds, kinds
    assert any(r[4] == "FIFO" for r in rows), text[-800:]


@check
def nproc(pid):
    assert int(run("nproc")) == len(os.sched_getaffinity(0))


@check
def mounts(pid):
    assert re.search(r"^proc on /proc type proc \(rw", run("mount"), re.M), run("mount")
    assert run("findmnt", "-n", "-o", "FSTYPE", "/proc").split() == ["proc"]


@check
def sysctl(pid):
    text = run("sysctl", "-a")
    values = dict(l.split(" = ", 1) for l in text.splitlines() if " = " in l)
    assert values["kernel.ostype"] == "Linux" and values["kernel.hostname"] == os.uname().nodename
    assert int(values["kernel.pid_max"]) > 1000 and int(values["vm.min_free_kbytes"]) > 0


@check
def drop_caches(pid):
    if not os.path.isdir("/sys/class"):
        return
    with open("/usr/lib/python3.11/turtle.py", "rb") as file:
        file.read()
    before = meminfo()["Cached"]
    with open("/proc/sys/vm/drop_caches", "w") as knob:
        knob.write("3")
    assert meminfo()["Cached"] < before, (before, meminfo()["Cached"])


@check
def psutil_process(pid):
    import psutil
    p = psutil.Process(pid)
    assert p.name() == NAME and p.num_threads() == THREADS and p.username() == "root"
    assert near(p.memory_info().rss, (MEGABYTES << 20) * 1.1, 0.2), p.memory_info()
    assert p.memory_full_info().uss > MEGABYTES << 20
    times = p.cpu_times()
    assert times.user > 1.2 and 2.3 < times.user + times.system < 6, times
    assert {f.path for f in p.open_files()} == {f"/tmp/known.{i}" for i in range(7)}
    assert p.num_fds() >= 10 and p.ppid() == os.getpid() and p.status() == "sleeping"
    assert p.io_counters().write_count >= 1 and p.nice() == os.nice(0)
    assert any(m.path == "[heap]" for m in p.memory_maps())
    assert p.environ()["LC_ALL"] and p.cwd() == os.getcwd() and p.exe() == os.path.realpath(sys.executable)
    assert p.num_ctx_switches().voluntary >= 1 and len(p.threads()) == THREADS
    assert abs(time.time() - p.create_time()) < 600


@check
def psutil_system(pid):
    import psutil
    memory = psutil.virtual_memory()
    assert memory.total == meminfo()["MemTotal"] * 1024 and memory.used > MEGABYTES << 20, memory
    assert psutil.cpu_count() == os.cpu_count() and psutil.pid_exists(pid)
    assert psutil.cpu_times().user >= 1 and psutil.boot_time() <= time.time()
    assert psutil.cpu_stats().ctx_switches > 100 and psutil.cpu_stats().interrupts > 100
    if os.path.isdir("/sys/class"):
        disks = psutil.disk_io_counters(perdisk=True)
        assert disks["vda"].read_bytes > 1 << 20 and disks["vda"].read_time > 0, disks


@check
def cpu_seconds(pid):
    """Two CPU seconds of work are two seconds more of user time in /proc/stat."""
    user = lambda: int(open("/proc/stat").readline().split()[1])
    before, end = user(), time.process_time() + 2
    while time.process_time() < end:
        sum(range(100000))
    assert user() - before >= 180, user() - before


@check
def lscpu(pid):
    if os.path.isdir("/sys/class"):
        text = run("lscpu")
        assert re.search(rf"^CPU\(s\): +{os.cpu_count()}$", text, re.M), text
        assert re.search(r"^NUMA node0 CPU\(s\): +0", text, re.M), text
        assert "Architecture:" in text and "Flags:" in text


@check
def lsblk(pid):
    if os.path.isdir("/sys/class"):
        rows = run("lsblk", "-b", "-n", "-o", "NAME,MAJ:MIN,SIZE,RO,TYPE").split()
        assert rows[:2] == ["vda", "254:0"] and rows[3:] == ["1", "disk"], rows
        assert int(rows[2]) == 512 * int(open("/sys/block/vda/size").read()), rows


@check
def numactl(pid):
    if os.path.isdir("/sys/class"):
        text = run("numactl", "--hardware")
        assert "available: 1 nodes (0)" in text, text
        size = int(re.search(r"node 0 size: (\d+) MB", text)[1])
        assert near(size, meminfo()["MemTotal"] / 1024, 0.02), text


@check
def ip(pid):
    if os.path.isdir("/sys/class"):
        assert re.search(r"1: lo: <.*LOOPBACK", run("ip", "-o", "link")), run("ip", "-o", "link")


@check
def cgroup(pid):
    if os.path.isdir("/sys/class"):
        folder = "/sys/fs/cgroup/"
        get = lambda name: open(folder + name).read()
        assert str(pid) in get("cgroup.procs").split()
        assert int(get("memory.current")) > MEGABYTES << 20
        assert int(get("memory.peak")) >= int(get("memory.current"))
        assert get("memory.max") == "max\n" and get("cpu.max") == "max 100000\n"
        usage = dict(l.split() for l in get("cpu.stat").splitlines())
        assert int(usage["user_usec"]) > 1_500_000
        kinds = dict(l.split() for l in get("memory.stat").splitlines())
        assert int(kinds["anon"]) > MEGABYTES << 20
        assert int(get("pids.current")) >= THREADS + 1
        assert "cgroup2" in run("findmnt", "-n", "-o", "FSTYPE", folder)


def main():
    worker = subprocess.Popen([sys.executable, "-c", WORKER], stdin=subprocess.PIPE,
                              stdout=subprocess.PIPE, text=True, cwd="/tmp")
    os.chdir("/tmp")
    worker.stdout.readline()
    for function in CHECKS:
        try:
            function(worker.pid)
            print(f"ok {function.__name__}", flush=True)
        except Exception as problem:
            print(f"WRONG {function.__name__}: {type(problem).__name__} {problem}", flush=True)
    worker.send_signal(signal.SIGKILL)
    worker.wait()


main()
