// Histograms as Prometheus text, from counts that were kept elsewhere. Knows no metric.
import type { HistogramCounts } from '../../base/histogram.ts'

export interface Series {
  readonly name: string
  readonly help: string
  readonly rows: readonly {
    /** Their values are names of ours: nothing in them needs escaping. */
    readonly labels: Readonly<Record<string, string>>
    readonly counts: HistogramCounts
  }[]
}

/** In seconds, as Prometheus counts. */
export function seriesText({ name, help, rows }: Series): string {
  if (rows.length === 0) return ''
  const lines = [`# HELP ${name} ${help}`, `# TYPE ${name} histogram`]
  for (const { labels, counts } of rows) {
    const own = Object.entries(labels).map(([label, value]) => `${label}="${value}"`)
    for (const { upToMs, count } of counts.buckets)
      lines.push(`${name}_bucket{${[...own, `le="${upToMs / 1000}"`].join(',')}} ${count}`)
    lines.push(`${name}_bucket{${[...own, 'le="+Inf"'].join(',')}} ${counts.count}`)
    const all = own.length === 0 ? '' : `{${own.join(',')}}`
    lines.push(`${name}_sum${all} ${counts.sumMs / 1000}`, `${name}_count${all} ${counts.count}`)
  }
  return `${lines.join('\n')}\n`
}
