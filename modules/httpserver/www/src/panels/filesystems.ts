// SPDX-License-Identifier: BSD-3-Clause
import type { Reading } from '../data/reading.ts';
import { bytes, integer, percent } from '../data/units.ts';
import { DataTable, numbers, words } from '../view/table.ts';

export interface FilesystemRow {
  readonly device: string;
  readonly mountpoint: string;
  readonly fstype: string;
  readonly size: number;
  readonly free: number;
  readonly available: number;
  readonly files: number;
  readonly filesFree: number;
}

/** The mounted filesystems of a scrape. */
export function filesystemRows(reading: Reading): FilesystemRow[] {
  const column = (name: string): Map<string, number> =>
    new Map(
      reading
        .samples(`node_filesystem_${name}`)
        .map(({ labels, value }) => [`${labels['mountpoint']} ${labels['device']}`, value]),
    );
  const free = column('free_bytes');
  const available = column('avail_bytes');
  const files = column('files');
  const filesFree = column('files_free');
  return reading.samples('node_filesystem_size_bytes').map(({ labels, value }) => {
    const { device = '', mountpoint = '', fstype = '' } = labels;
    const key = `${mountpoint} ${device}`;
    const of = (values: Map<string, number>): number => values.get(key) ?? 0;
    return {
      device,
      mountpoint,
      fstype,
      size: value,
      free: of(free),
      available: of(available),
      files: of(files),
      filesFree: of(filesFree),
    };
  });
}

const usedPart = (row: FilesystemRow): number =>
  row.size > 0 ? (row.size - row.free) / row.size : 0;

export function filesystemTable(): DataTable<FilesystemRow> {
  return new DataTable<FilesystemRow>({
    caption: 'Filesystems',
    empty: 'No filesystem tells its size.',
    key: ({ device, mountpoint }) => `${mountpoint} ${device}`,
    columns: [
      words('mountpoint', 'Mounted at', (row) => row.mountpoint),
      words('fstype', 'Type', (row) => row.fstype),
      numbers('used', 'Used', (row) => usedPart(row) * 100, percent, { bar: usedPart }),
      numbers('size', 'Size', (row) => row.size, bytes),
      numbers('available', 'Available', (row) => row.available, bytes),
      numbers('files', 'Files', (row) => row.files - row.filesFree, integer),
      words('device', 'Device', (row) => row.device),
    ],
  });
}
