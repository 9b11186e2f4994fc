// How data reaches a person: as a table, as JSON, without what would steer their terminal.

/** Controls, and what turns the direction of writing, as "?": anyone may have written the text. */
export function clean(text: string): string {
  return text.replace(/[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu, '?')
}

export function printJson(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value, undefined, 2)}\n`)
}

export function printLine(line = ''): void {
  process.stdout.write(`${line}\n`)
}

/** Columns with a headline; numbers are given as text. */
export function printTable(head: readonly string[], rows: readonly (readonly string[])[]): void {
  const all = [head, ...rows.map((row) => row.map(clean))]
  const widths = head.map((_, at) => Math.max(...all.map((row) => (row[at] ?? '').length)))
  for (const row of all)
    printLine(
      row
        .map((cell, at) => cell.padEnd(widths[at] ?? 0))
        .join('  ')
        .trimEnd(),
    )
}

const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'] as const

/** "1.5 MiB" */
export function bytesText(bytes: number): string {
  let size = bytes
  let at = 0
  while (size >= 1024 && at < units.length - 1) {
    size /= 1024
    at++
  }
  return `${at === 0 ? size : size.toFixed(1)} ${units[at]}`
}

/** "2 d 3 h", "4 min 5 s" */
export function durationText(ms: number): string {
  const s = Math.floor(ms / 1000)
  if (s >= 86_400) return `${Math.floor(s / 86_400)} d ${Math.floor((s % 86_400) / 3600)} h`
  if (s >= 3600) return `${Math.floor(s / 3600)} h ${Math.floor((s % 3600) / 60)} min`
  return s >= 60 ? `${Math.floor(s / 60)} min ${s % 60} s` : `${s} s`
}

/** "2026-01-31 12:00:00", local time. */
export function timeText(at: number): string {
  const date = new Date(at)
  const two = (n: number) => String(n).padStart(2, '0')
  const day = [date.getFullYear(), two(date.getMonth() + 1), two(date.getDate())].join('-')
  return `${day} ${clockText(at)}`
}

/** "12:00:00", local time. */
export function clockText(at: number): string {
  return new Date(at).toTimeString().slice(0, 8)
}
