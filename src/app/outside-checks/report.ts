// What the doctor found as a person reads it, in their language.

import type { Language } from '../../base/languages.ts'
import { receiverCauses } from '../../delivery/receivers.table.ts'
import type { Finding } from './check.ts'
import { checkTexts, filled, frameTexts } from './texts.table.ts'

export interface Names {
  readonly domain: string
  readonly server: string
  /** The address for reports of others. */
  readonly reports: string
}

/** One finding with its words: what data formats show. */
export interface ToldFinding extends Finding {
  readonly why: string
  readonly fix: string
}

export function told(finding: Finding, names: Names, language: Language): ToldFinding {
  const { meaning } = finding
  const known = meaning && receiverCauses[language][meaning]
  const own = checkTexts[language][finding.check]
  const { why, fix } = known ? { why: known.cause, fix: known.fix } : own
  return { ...finding, why: filled(why, { ...names }), fix: filled(fix, { ...names }) }
}

/** A line for what is good; have, want, why and fix for everything else. */
export function reportLines(
  findings: readonly Finding[],
  names: Names,
  language: Language,
): readonly string[] {
  const words = frameTexts[language]
  const labels = [words.have, words.want, words.why, words.fix].map((one) => one.length)
  const width = Math.max(...labels) + 2
  const line = (label: string, text: string) => `    ${label.padEnd(width)}${text}`
  const lines = findings.flatMap((finding) => {
    const { check, state, have, want, why, fix } = told(finding, names, language)
    const head = `${words[state].padEnd(14)}${check.padEnd(13)}`
    if (state === 'good') return [`${head}${have}`]
    return [
      head.trimEnd(),
      line(words.have, have || words.nothing),
      ...(want === '' ? [] : [line(words.want, want)]),
      line(words.why, why),
      line(words.fix, fix),
    ]
  })
  const count = (state: Finding['state']) => findings.filter((one) => one.state === state).length
  const counts = {
    ...{ good: count('good'), bad: count('bad') },
    ...{ warning: count('warning'), unknown: count('unknown') },
  }
  return [...lines, filled(words.summary, counts)]
}
