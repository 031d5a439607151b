// SPDX-License-Identifier: BSD-3-Clause

export type Severity = 'error' | 'warning' | 'info';

/** A line of the kernel's log. */
export interface LogLine {
  /** As the guest wrote it, with its time. */
  readonly text: string;
  readonly severity: Severity;
}

const LEVEL = /^<(\d+)>/;
const ERROR = /\b(panic|fatal|error|failed|failure|bug|oops|corrupt\w*|out of memory|segfault)\b/i;
const WARNING = /\b(warn\w*|cannot|can't|unsupported|not supported|missing|unknown|ignored|deprecated)\b/i;

/**
 * Splits the log into lines. A level in front (`<3>`, as /dev/kmsg writes it) decides how serious a
 * line is, otherwise the words in it do.
 */
export function logLines(log: string): LogLine[] {
  return log
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => {
      const level = LEVEL.exec(line);
      const text = line.replace(LEVEL, '').trimEnd();
      return { text, severity: level ? ofLevel(Number(level[1])) : ofWords(text) };
    });
}

function ofLevel(priority: number): Severity {
  const level = priority & 7;
  return level <= 3 ? 'error' : level === 4 ? 'warning' : 'info';
}

function ofWords(text: string): Severity {
  return ERROR.test(text) ? 'error' : WARNING.test(text) ? 'warning' : 'info';
}
