// SPDX-License-Identifier: BSD-3-Clause
// What the fake guest says. Each counter grows by a fixed amount per second of the guest's clock.

export const THREADS = [
  // id, pid, name, status, part of a CPU, switches, preemptions, migrations per second, CPU
  [101, 100, 'redis-server', 'running', 0.625, 1250, 12, 0.5, 0],
  [102, 100, 'bio_aof', 'waiting', 0.025, 3, 0, 0, 1],
  [103, 100, 'io_thd_1', 'waiting', 0.125, 480, 4, 1.5, 1],
  [20, 0, 'net_softirq', 'waiting', 0.05, 900, 0, 0, 1],
  [21, 0, 'rcu', 'waiting', 0, 5, 0, 0, -1],
  [1, 0, 'idle0', 'queued', 0.3, 1300, 0, 0, 0],
  [2, 0, 'idle1', 'running', 0.85, 1400, 0, 0, 1],
].map(([id, pid, name, status, cpuPart, switches, preemptions, migrations, cpu]) => ({
  id, pid, name, status, cpuPart, switches, preemptions, migrations, cpu,
}));

/** Parts of each CPU by mode. */
const CPU = [
  { user: 0.45, nice: 0, system: 0.2, iowait: 0, irq: 0.01, softirq: 0.04, steal: 0, idle: 0.3 },
  { user: 0.1, nice: 0, system: 0.05, iowait: 0, irq: 0, softirq: 0, steal: 0, idle: 0.85 },
];

const MIB = 1024 * 1024;

/** Events per second. */
const EVENTS = {
  sched_switch: 4200, sched_wakeup: 1900, sched_migrate_task: 2, mutex_lock_wait: 35,
  memory_page_alloc: 120, net_packet_in: 2500, net_packet_out: 2500, virtio_net_rx_packet: 2500,
  vfs_open: 1, syscall_read: 3000, syscall_write: 2900, syscall_epoll_wait: 1500,
};

const STACKS = [
  [400, 101, 'redis-server', ['_start', 'main', 'aeMain', 'aeProcessEvents', 'readQueryFromClient', 'processCommand', 'call', 'getCommand']],
  [150, 101, 'redis-server', ['_start', 'main', 'aeMain', 'aeProcessEvents', 'readQueryFromClient', 'read', 'system_call_[k]', 'tcp_receive_[k]']],
  [250, 101, 'redis-server', ['_start', 'main', 'aeMain', 'aeProcessEvents', 'writeToClient', 'write', 'system_call_[k]', 'tcp_send_[k]', 'copy_from_user_[k]']],
  [100, 101, 'redis-server', ['_start', 'main', 'aeMain', 'aeProcessEvents', 'epoll_wait', 'system_call_[k]', 'epoll_wait_[k]']],
  [100, 103, 'io_thd_1', ['clone', 'start_thread', 'IOThreadMain', 'readQueryFromClient']],
  [3000, 2, 'idle1', ['idle_loop_[k]', 'halt_[k]']],
];

const LOG = [
  '[    0.000000] Osprey 0.1.0 on 2 CPUs, 512 MiB',
  '[    0.012345] pci: 6 devices',
  '[    0.020001] virtio-net: 52:54:00:12:34:56, 2 queue pairs',
  '<4>[    0.031000] clock: the TSC is not stable',
  '[    0.100000] process: system call io_uring_setup is missing',
  '[    0.200000] net: dhcp failed on eth1: no answer',
  '[    0.300000] process 100: /usr/bin/redis-server',
];

export function fakeAnswers(guest, method, url, form) {
  const json = (content) => ({ status: 200, content });
  const path = url.pathname;
  const counted = /^\/trace\/count\/(.+)$/.exec(path);
  const event = /^\/trace\/event\/(.+)$/.exec(path);
  switch (`${method} ${path}`) {
    case 'GET /metrics':
      guest.uptime += 2;
      return { status: 200, headers: { 'content-type': 'text/plain; version=0.0.4' }, content: metrics(guest) };
    case 'GET /os/hostname':
      return json('redis-1');
    case 'GET /os/threads':
      return json(threads(guest));
    case 'GET /os/dmesg':
      return dmesg(guest, url.searchParams.get('since'));
    case 'GET /network/ifconfig/':
      return json(INTERFACES);
    case 'GET /network/route/':
      return json([{ destination: 'default', gateway: '10.0.2.2', flags: 'UGS   ', netif: 'eth0', ipv6: false }]);
    case 'GET /trace/status':
      return json(eventList(guest));
    case 'GET /trace/count':
      return json(counts(guest));
    case 'DELETE /trace/count':
      guest.counted.clear();
      return json('');
    case 'POST /trace/sampler':
      guest.sampler = Number(url.searchParams.get('freq') ?? form.get('freq'));
      return json(`Sampler ${guest.sampler > 0 ? 'started' : 'stopped'} successfully`);
    case 'GET /trace/stacks':
      return json({ time_ms: guest.uptime * 1000, ...(guest.sampler > 0 ? { stacks: stacks() } : {}) });
    case 'DELETE /trace/stacks':
      guest.sampler = 0;
      return json('');
  }
  if (method === 'POST' && counted) {
    const name = decodeURIComponent(counted[1]);
    if (form.get('enabled') === 'true') guest.counted.set(name, guest.uptime);
    else guest.counted.delete(name);
    return json('');
  }
  if (method === 'POST' && event) {
    guest.events.set(decodeURIComponent(event[1]), {
      enabled: form.get('enabled') === 'true',
      backtrace: form.get('backtrace') === 'true',
    });
    return json('');
  }
  return undefined;
}

/** One line more each second. */
function dmesg(guest, since) {
  const ticks = Array.from({ length: guest.uptime - 1000 }, (_, i) => `[ ${1000 + i}.000000] tick ${i}`);
  const lines = [...LOG, ...ticks];
  const counted = since !== null && guest.countsLogLines;
  return {
    status: 200,
    content: lines.slice(counted ? since : 0).map((line) => `${line}\n`).join(''),
    headers: counted ? { 'osprey-log-next': `${lines.length}` } : {},
  };
}

function threads(guest) {
  return {
    list: THREADS.map(({ id, pid, cpu, name, status, cpuPart, switches, preemptions, migrations }) => ({
      id, pid, cpu, name, status, priority: 1, stack_size: 65536,
      cpu_ms: Math.round(cpuPart * guest.uptime * 1000),
      switches: switches * guest.uptime,
      preemptions: preemptions * guest.uptime,
      migrations: migrations * guest.uptime,
    })),
    time_ms: (guest.bootTime + guest.uptime) * 1000,
  };
}

function eventList(guest) {
  // As many as a real guest has, so that the list is seen at its full length.
  const names = [...Object.keys(EVENTS), ...Array.from({ length: 300 }, (_, i) => `syscall_other${i}`)];
  return names.map((name) => ({
    name, id: name, enabled: false, backtrace: false, ...guest.events.get(name),
  }));
}

function counts(guest) {
  const list = [...guest.counted].map(([name, since]) => ({
    name, count: (EVENTS[name] ?? 0) * (guest.uptime - since),
  }));
  return { ...(list.length > 0 ? { list } : {}), time_ms: guest.uptime * 1000 };
}

const stacks = () => STACKS.map(([count, tid, thread, frames]) => ({ count, pid: 100, tid, thread, frames }));

const INTERFACES = [
  { config: { name: 'lo', addr: '127.0.0.1', mask: '255.0.0.0', broadcast: '', flags: '111<UP,LOOPBACK,RUNNING>', mtu: '65536', phys_addr: '' }, data: {}, time: 0 },
  { config: { name: 'eth0', addr: '10.0.2.15', mask: '255.255.255.0', broadcast: '10.0.2.255', flags: '10103<UP,BROADCAST,RUNNING,MULTICAST>', mtu: '1500', phys_addr: '52:54:00:12:34:56' }, data: {}, time: 0 },
];

function metrics(guest) {
  const t = guest.uptime;
  const lines = [];
  const add = (name, labels, value) => {
    const text = Object.entries(labels).map(([key, v]) => `${key}="${v}"`).join(',');
    lines.push(text ? `${name}{${text}} ${value}` : `${name} ${value}`);
  };
  lines.push('# HELP node_time_seconds System time in seconds since epoch (1970).', '# TYPE node_time_seconds gauge');
  add('node_time_seconds', {}, guest.bootTime + t);
  add('node_boot_time_seconds', {}, guest.bootTime);
  CPU.forEach((modes, cpu) => {
    for (const [mode, part] of Object.entries(modes)) add('node_cpu_seconds_total', { cpu, mode }, part * t);
  });
  const memory = { MemTotal: 512, MemFree: 200, MemAvailable: 300, Cached: 120, Buffers: 8 };
  for (const [name, mib] of Object.entries(memory)) add(`node_memory_${name}_bytes`, {}, mib * MIB);
  const network = { eth0: [2 * MIB, 5 * MIB, 2500, 2600, 0, 0, 3], lo: [1024, 1024, 8, 8, 0, 0, 0] };
  for (const [device, [rx, tx, packetsIn, packetsOut, errsIn, errsOut, drops]] of Object.entries(network)) {
    add('node_network_receive_bytes_total', { device }, rx * t);
    add('node_network_transmit_bytes_total', { device }, tx * t);
    add('node_network_receive_packets_total', { device }, packetsIn * t);
    add('node_network_transmit_packets_total', { device }, packetsOut * t);
    add('node_network_receive_errs_total', { device }, errsIn);
    add('node_network_transmit_errs_total', { device }, errsOut);
    add('node_network_receive_drop_total', { device }, drops);
    add('node_network_transmit_drop_total', { device }, 0);
  }
  add('node_disk_reads_completed_total', { device: 'vda' }, 40 * t);
  add('node_disk_writes_completed_total', { device: 'vda' }, 16 * t);
  add('node_disk_read_bytes_total', { device: 'vda' }, 640 * 1024 * t);
  add('node_disk_written_bytes_total', { device: 'vda' }, 256 * 1024 * t);
  add('node_disk_io_time_seconds_total', { device: 'vda' }, 0.125 * t);
  for (const [mountpoint, device, fstype, size, free, files, filesFree] of [
    ['/', '/dev/vda', 'erofs', 64, 0, 1200, 0],
    ['/data', 'tank/data', 'zfs', 1024, 768, 100000, 99000],
  ]) {
    const labels = { device, mountpoint, fstype };
    add('node_filesystem_size_bytes', labels, size * MIB);
    add('node_filesystem_free_bytes', labels, free * MIB);
    add('node_filesystem_avail_bytes', labels, free * MIB);
    add('node_filesystem_files', labels, files);
    add('node_filesystem_files_free', labels, filesFree);
  }
  add('node_load1', {}, 0.75);
  add('node_procs_running', {}, 2);
  add('node_context_switches_total', {}, 4200 * t);
  add('node_intr_total', {}, 2600 * t);
  add('node_forks_total', {}, 0.5 * t);
  add('node_vmstat_pgfault', {}, 350 * t);
  add('node_vmstat_pgmajfault', {}, 2 * t);
  for (const { id, pid, name, cpuPart, switches, preemptions, migrations } of THREADS) {
    const labels = { pid, tid: id, name };
    add('osprey_thread_cpu_seconds_total', labels, cpuPart * t);
    add('osprey_thread_switches_total', labels, switches * t);
    add('osprey_thread_preemptions_total', labels, preemptions * t);
    add('osprey_thread_migrations_total', labels, migrations * t);
  }
  add('osprey_info', { version: '0.1.0', hypervisor: 'kvm' }, 1);
  return `${lines.join('\n')}\n`;
}
