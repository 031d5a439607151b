# SPDX-License-Identifier: BSD-3-Clause
"""Commands of gdb for Osprey's kernel: threads, locks, regions, log.

`osprey gdb RUN` loads this by itself; elsewhere: source osprey.py, with kernel.elf as the program. It
reads memory only, and needs the guest to stand still.
"""
import struct

import gdb

WORD = 8


def memory(address, size):
    return bytes(gdb.selected_inferior().read_memory(address, size))


def word(address):
    return struct.unpack("<Q", memory(address, WORD))[0]


def atomic(value):
    """What a std::atomic holds (libstdc++): of pointers, of bool, of all else."""
    for way in (("_M_b", "_M_p"), ("_M_base", "_M_i"), ("_M_i",)):
        try:
            held = value
            for name in way:
                held = held[name]
            return held
        except gdb.error:
            pass
    return value


def variable(name):
    return gdb.parse_and_eval(name)


def kernel_pointer(address):
    """Whether an address can be one of the kernel's objects: the high half, aligned."""
    return address >= 0xffff_8000_0000_0000 and address % WORD == 0


def place(address):
    """FUNCTION+OFFSET of a code address, or its number."""
    text = gdb.execute(f"info symbol {address:#x}", to_string=True)
    if not text.startswith("No symbol"):
        return text.split(" in section")[0].strip()
    block = gdb.block_for_pc(address)
    return block.function.name if block and block.function else f"{address:#x}"


def leaves(node, depth_left):
    """Objects of a radix tree's node (base/radix_tree.cc), in ascending order."""
    slots = node["slots"]
    low, high = slots.type.range()
    for i in range(low, high + 1):
        slot = int(atomic(slots[i]))
        if slot == 0:
            continue
        if depth_left == 0:
            yield slot
        else:
            yield from leaves(gdb.Value(slot).cast(node.type.pointer()).dereference(),
                              depth_left - 1)


def threads():
    """All threads by number (sched/thread_table.cc)."""
    tree = variable("'osprey::sched::(anonymous namespace)::threads'")
    base = tree.cast(gdb.lookup_type("osprey::radix_tree_base"))
    root = atomic(base["root_"])
    if int(root) == 0:
        return
    kind = gdb.lookup_type("osprey::sched::thread").pointer()
    node = root.dereference()
    depth = int(node["shift"]) // 6
    for address in leaves(node, depth):
        yield gdb.Value(address).cast(kind).dereference()


def state_of(thread):
    text = str(atomic(thread["state_"]))
    return text.split("::")[-1]


def frames(thread):
    """Return addresses on the kernel stack of a thread that does not run, the innermost first.

    The switch has pushed six registers, rbp as the first (arch/x86_64/entry.S: switch_stacks); the
    kernel keeps frame pointers.
    """
    top = int(thread["stack_top_"])
    stack = int(thread["context_"]["stack_pointer"])
    if state_of(thread) in ("created", "finished") or not top - 65536 <= stack < top:
        return
    frame, at = word(stack + 5 * WORD), word(stack + 6 * WORD)
    for _ in range(64):
        yield at
        if not stack <= frame < top - 2 * WORD:
            return
        stack, at, frame = frame, word(frame + WORD), word(frame)
        if at == 0:
            return


def waits_at(thread):
    """The first function that is not of the machinery of waiting itself."""
    machinery = ("switch_", "osprey::arch::switch", "osprey::sched::", "osprey::sync::")
    last = ""
    for address in frames(thread):
        last = place(address)
        if not last.startswith(machinery):
            return last
    return last


def find_thread(number):
    for thread in threads():
        if int(thread["id_"]) == number:
            return thread
    raise gdb.GdbError(f"there is no thread {number}")


class Osprey(gdb.Command):
    """Look into Osprey's kernel: threads, backtrace, locks, regions, log."""

    def __init__(self):
        super().__init__("osprey", gdb.COMMAND_DATA, prefix=True)


class Threads(gdb.Command):
    """osprey threads: every thread, its state, CPU, and where it waits."""

    def __init__(self):
        super().__init__("osprey threads", gdb.COMMAND_DATA)

    def invoke(self, argument, from_tty):
        print(f"{'TID':>6} {'STATE':9} {'CPU':>3} {'SWITCHES':>9} {'NAME':16} WAITS IN")
        for t in threads():
            state = state_of(t)
            print(f"{int(t['id_']):6} {state:9} {int(atomic(t['cpu_'])):3} "
                  f"{int(t['switches_']):9} {t['name_'].string():16} "
                  f"{waits_at(t) if state == 'waiting' else ''}")


class Backtrace(gdb.Command):
    """osprey backtrace TID: the kernel stack of a thread that does not run."""

    def __init__(self):
        super().__init__("osprey backtrace", gdb.COMMAND_STACK)

    def invoke(self, argument, from_tty):
        if not argument:
            raise gdb.GdbError("which thread? `osprey threads` lists them")
        thread = find_thread(int(argument))
        for i, address in enumerate(frames(thread)):
            where = gdb.find_pc_line(address - 1)
            line = f" at {where.symtab.filename}:{where.line}" if where.symtab else ""
            print(f"#{i:<3} {address:#x} {place(address)}{line}")


class Locks(gdb.Command):
    """osprey locks: mutexes that threads wait for, who holds them and who waits.

    A waiting thread's mutex is found on its stack: a word that points to a locked mutex which some
    thread owns, while the stack shows that it waits for one.
    """

    def __init__(self):
        super().__init__("osprey locks", gdb.COMMAND_DATA)

    def invoke(self, argument, from_tty):
        everybody = {int(t.address): t for t in threads()}
        kind = gdb.lookup_type("osprey::sync::mutex").pointer()
        found = {}
        for t in everybody.values():
            if state_of(t) == "waiting" and any("sync::mutex::lock" in place(a)
                                                for a in frames(t)):
                for address in self.mutexes(t, everybody, kind):
                    found.setdefault(address, []).append(t)
        for address, waiting in sorted(found.items()):
            mutex = gdb.Value(address).cast(kind).dereference()
            owner = everybody[int(atomic(mutex["owner_"]))]
            name = gdb.execute(f"info symbol {address:#x}", to_string=True)
            name = "" if name.startswith("No symbol") else " " + name.split(" in section")[0]
            rank = str(mutex["rank_"]).split("::")[-1]
            print(f"mutex {address:#x}{name} (rank {rank}): held by {self.who(owner)}, wanted by "
                  + ", ".join(self.who(t) for t in waiting))
        if not found:
            print("no thread waits for a mutex")

    @staticmethod
    def who(thread):
        return f"{int(thread['id_'])} {thread['name_'].string()}"

    @staticmethod
    def mutexes(thread, everybody, kind):
        top = int(thread["stack_top_"])
        stack = int(thread["context_"]["stack_pointer"])
        seen = set()
        for (value,) in struct.iter_unpack("<Q", memory(stack, (top - stack) // WORD * WORD)):
            if value in seen or not kernel_pointer(value):
                continue
            seen.add(value)
            try:
                mutex = gdb.Value(value).cast(kind).dereference()
                if int(atomic(mutex["state_"])) & 1 and int(atomic(mutex["owner_"])) in everybody:
                    yield value
                    return  # the innermost one is waited for
            except gdb.MemoryError:
                pass


class Regions(gdb.Command):
    """osprey regions [TID]: what the address space of an application's thread holds."""

    def __init__(self):
        super().__init__("osprey regions", gdb.COMMAND_DATA)

    def invoke(self, argument, from_tty):
        chosen = find_thread(int(argument)) if argument else None
        spaces = {}
        for t in [chosen] if chosen is not None else threads():
            if int(t["space"]) != 0:
                spaces.setdefault(int(t["space"]), []).append(t)
        region_kind = gdb.lookup_type("osprey::memory::address_space::region").pointer()
        for address, users in spaces.items():
            space = users[0]["space"].dereference()
            names = ", ".join(sorted({t["name_"].string() for t in users}))
            print(f"address space {address:#x} of {names}")
            span = space["regions_"]["first_"]
            while int(span) != 0:
                region = span.cast(region_kind).dereference()
                self.show(region)
                span = span.dereference()["next"]

    @staticmethod
    def show(region):
        access = int(region["access"])
        rights = "".join(c if access & bit else "-" for c, bit in (("r", 1), ("w", 2), ("x", 4)))
        object_ = int(region["object"]["pointer_"] if has_field(region["object"], "pointer_")
                      else region["object"][region["object"].type.fields()[0].name])
        print(f"  {int(region['start']):#014x}-{int(region['end']):#014x} {rights} "
              f"{(int(region['end']) - int(region['start'])) // 1024:>9} KB "
              + (f"object {object_:#x} + {int(region['offset']):#x}" if object_ else "anonymous"))


def has_field(value, name):
    return any(f.name == name for f in value.type.fields())


class Log(gdb.Command):
    """osprey log [N]: the last N lines of the kernel's log (30), those that were never shown too."""

    def __init__(self):
        super().__init__("osprey log", gdb.COMMAND_DATA)

    def invoke(self, argument, from_tty):
        ring = variable("'osprey::log::(anonymous namespace)::ring'")
        low, high = ring.type.range()
        chunks = high - low + 1
        chunk_bytes = ring.type.target().sizeof
        raw = memory(int(ring.address), chunks * chunk_bytes)
        end = int(atomic(variable("'osprey::log::(anonymous namespace)::reserved'")))
        head = struct.Struct("<QQIHBB")  # published, ns, number, length, severity, chunks
        lines = []
        at = max(0, end - chunks)
        while at < end:
            start = at % chunks * chunk_bytes
            published, ns, _, length, _, used = head.unpack_from(raw, start)
            if published != at + 1 or used == 0:
                at += 1  # the rest of an overwritten line, or one that is being written
                continue
            text = (raw + raw)[start + head.size:start + head.size + length]
            lines.append(f"[{ns // 10**9:5}.{ns // 1000 % 10**6:06}] "
                         + text.decode(errors="replace"))
            at += used
        print("\n".join(lines[-(int(argument) if argument else 30):]))


for command in (Osprey, Threads, Backtrace, Locks, Regions, Log):
    command()
