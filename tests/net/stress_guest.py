#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""usage: stress_guest.py OSPREY TOOLS CASE [--long] [--cpus N]

Boots a guest that serves transfer.c behind a tap and lets peer.c, a Linux program on the other side,
use and abuse it. Afterwards sockets and memory of the guest have to be what they were.
Exits with 77 where namespaces and taps are not allowed. TOOLS: folder of transfer, peer, impair.
"""
import argparse
import contextlib
import os
import random
import subprocess
import sys
import time

import netlab
from netlab import GUEST, HOST, Lab, check, expect_line, ip

MB = 1 << 20
ECHO, CLOSE = 7003, 7004
SERVED = 1000  # on this side; no port that a connection may have by itself
LEAK_KB = 6 * 1024  # what caches of the allocator may keep


def settled(lab, before):
    """Waits until the guest has only the sockets that it began with. The report then."""
    return lab.until(lambda r: r["inuse"] <= before["inuse"] and r["orphan"] == 0
                     and r["open"] == 0 and r["streams"] == 0, 100, "sockets are left")


def check_leaks(lab, before):
    def enough(r):
        return r["free_kb"] + LEAK_KB + r["tw"] // 4 >= before["free_kb"]
    settled(lab, before)
    after = lab.until(enough, 60, f"memory is left in use (before: {before})")
    check(after["wrong"] == 0 and after["accept_errors"] == 0 and after["other_errors"] == 0,
          f"errors in the guest: {after}")
    print(f"before: {before}\nafter:  {after}")
    return after


def warm_up(lab):
    """Caches that fill once are no leak."""
    lab.peer("transfer", GUEST, MB, MB, 2)
    lab.peer("churn", GUEST, ECHO, 50, 4)
    return settled(lab, {"inuse": lab.report()["inuse"]})


def case_transfer(lab, long):
    before = warm_up(lab)
    size = 2500 * MB if long else 8 * MB
    lab.peer("transfer", GUEST, size, size, 4 if long else 3, timeout=40000)
    check_leaks(lab, before)


def case_churn(lab, long):
    before = warm_up(lab)
    third = 66700 if long else 700
    lab.peer("churn", GUEST, ECHO, third, 8, timeout=20000)
    lab.peer("churn", GUEST, CLOSE, third, 8, timeout=20000)
    server = lab.start_peer("serve", SERVED)
    expect_line(server, "serving")
    check(lab.ask(f"churn {HOST} {SERVED} {third} 8") == {"failed": 0},
          "connections of the guest failed")
    after = check_leaks(lab, before)
    check(after["accepted"] - before["accepted"] >= 2 * (third // 8 * 8), f"accepted: {after}")


def case_idle(lab, long):
    before = warm_up(lab)
    count = 5000 if long else 300
    peer = lab.start_peer("idle", GUEST, count)
    expect_line(peer, "open")
    opened = lab.until(lambda r: r["open"] == count, 60, "connections are missing")
    print(f"{count} open: {(before['free_kb'] - opened['free_kb']) / count:.1f} KB each")
    for _ in range(2):
        time.sleep(2)
        peer.stdin.write("\n")
        peer.stdin.flush()
        expect_line(peer, "echoed")
    peer.stdin.close()
    check(peer.wait(300) == 0, "peer idle failed")
    check_leaks(lab, before)


def case_impaired(lab, long):
    before = warm_up(lab)
    size = 60 * MB if long else MB
    lab.peer("transfer", GUEST, size, size, 3, timeout=6000)
    lab.peer("churn", GUEST, ECHO, 2000 if long else 40, 8, timeout=3000)
    lab.peer("churn", GUEST, CLOSE, 2000 if long else 40, 8, timeout=3000)
    lab.peer("halves", GUEST, size // 4)
    after = check_leaks(lab, before)
    check(after["retransmitted"] > before["retransmitted"], "nothing was retransmitted")
    lab.quit()
    did = lab.impaired()
    print(did)
    for name in ("lost", "reordered", "doubled"):
        check(did[f"in_{name}"] > 0 and did[f"out_{name}"] > 0, f"the link was not bad: {did}")


def second_namespace(lab):
    """A namespace behind this one, which routes. How to run there, and the device that leads to it."""
    sleeper = lab.start(["unshare", "-n", "sh", "-c", "echo here; exec sleep 100000"],
                        stdout=subprocess.PIPE, text=True)
    expect_line(sleeper, "here")
    inside = ["nsenter", "-n", "-t", str(sleeper.pid)]
    ip("link add far0 type veth peer name far1")
    ip(f"link set far1 netns {sleeper.pid}")
    ip("addr add 10.10.0.1/24 dev far0")
    ip("link set far0 up")
    for words in ("addr add 10.10.0.2/24 dev far1", "link set far1 up", "link set lo up",
                  "route add default via 10.10.0.1"):
        subprocess.run([*inside, "ip", *words.split()], check=True)
    netlab.set_option("ipv4/ip_forward", 1)
    return inside


@contextlib.contextmanager
def under_way(lab, size, prefix=()):
    """A transfer both ways during which something happens."""
    peer = lab.start_peer("transfer", GUEST, size, size, 2, prefix=prefix)
    lab.until(lambda r: r["streams"] > 0 or peer.poll() is not None, 60, "no stream")
    yield
    check(peer.wait(3000) == 0, "the transfer failed")


def case_mtu(lab, long):
    """Path MTUs that shrink under way, and the MTUs of either end."""
    before = warm_up(lab)
    inside = second_namespace(lab)
    size = 50 * MB if long else 4 * MB
    for mtu in (1400, 1200, 900, 600):
        with under_way(lab, size, inside):
            ip(f"link set far0 mtu {mtu}")
            subprocess.run([*inside, "ip", "link", "set", "far1", "mtu", str(mtu)], check=True)
    for mtu in (1200, 1500, 700, 1500):
        with under_way(lab, size):
            check(lab.ask(f"mtu eth0 {mtu}") == {"errno": 0}, "the guest's MTU could not be set")
            ip(f"link set tap0 mtu {mtu}")
    check_leaks(lab, before)


def case_vanish(lab, long):
    """The peer's machine loses its power: no resets, no ARP. The guest has to notice by itself."""
    before = warm_up(lab)
    count = 300 if long else 30
    ip("addr add 10.9.0.7/24 dev tap0")
    peer = lab.start_peer("guarded", GUEST, count, "10.9.0.7")
    expect_line(peer, "open")
    lab.until(lambda r: r["open"] == count, 60, "connections are missing")
    time.sleep(1)
    ip("addr del 10.9.0.7/24 dev tap0")
    after = lab.until(lambda r: r["open"] == 0, 180, "vanished peers are still there")
    check(after["timed_out"] == count, f"not all timed out: {after}")
    peer.kill()
    check_leaks(lab, before)


def case_halves(lab, long):
    before = warm_up(lab)
    size = 500 * MB if long else 4 * MB
    lab.peer("halves", GUEST, size)
    after = lab.until(lambda r: r["received"] - before["received"] >= size, 60, "bytes are missing")
    check(after["wrong"] == 0, f"wrong bytes: {after}")
    check_leaks(lab, before)


def case_resets(lab, long):
    before = warm_up(lab)
    lab.peer("resets", GUEST, 20000 if long else 400, 8)
    lab.peer("forge", GUEST, 1000000 if long else 10000)
    after = check_leaks(lab, before)
    check(after["reset"] > before["reset"], f"no reset was seen: {after}")


def case_flood(lab, long):
    """Service is kept while SYNs come from hosts that do not exist."""
    before = warm_up(lab)
    flood = lab.start_peer("flood", GUEST, ECHO, 10**9, 20000 if long else 4000)
    lab.until(lambda r: r["cookies"] > before["cookies"], 120, "the flood does not fill the queue")
    for _ in range(10 if long else 2):
        lab.peer("churn", GUEST, ECHO, 100, 4)
        lab.peer("transfer", GUEST, MB, MB, 1)
    check(flood.poll() is None, "the flood ended early")
    flood.kill()
    flood.wait()
    check_leaks(lab, before)


CASES = {name[5:]: function for name, function in globals().items() if name.startswith("case_")}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("osprey")
    parser.add_argument("tools")
    parser.add_argument("case", choices=CASES)
    parser.add_argument("--long", action="store_true")
    parser.add_argument("--cpus", type=int, default=2)
    parser.add_argument("--seed", type=int, default=random.randrange(1 << 20))
    options = parser.parse_args()
    if os.geteuid() != 0 or not os.path.exists("/dev/net/tun"):
        print("skipped: not root, or no /dev/net/tun")
        return netlab.SKIPPED
    try:
        with Lab(options.tools) as lab:
            if options.case == "impaired":
                print("seed", options.seed)
                lab.bad_link(options.seed, 20, 20, 10, 5, 5, 20000)
            else:
                lab.plain_link()
            lab.boot(options.osprey, [f"{options.tools}/transfer", str(options.cpus)], options.cpus)
            CASES[options.case](lab, options.long)
            if lab.guest.poll() is None:
                lab.quit()
    except netlab.NotAllowed as problem:
        print("skipped:", problem)
        return netlab.SKIPPED
    return 0


if __name__ == "__main__":
    sys.exit(main())
