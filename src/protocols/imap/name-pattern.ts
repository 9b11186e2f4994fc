// The patterns of LIST: "*" is anything, "%" anything but "/", RFC 9051 §6.3.9. Matched without
// going back over what was matched: no pattern takes more than its length times the name's.

const patternMaxChars = 2_000
const patternsMax = 100

/** Whether a name fits one of the patterns, each put after the reference. */
export function patternOf(
  patterns: readonly string[],
  reference: string,
): (name: string) => boolean {
  const whole = patterns
    .slice(0, patternsMax)
    .map((pattern) => inboxed(reference + pattern).slice(0, patternMaxChars))
  if (whole.includes('*')) return () => true
  return (name) => whole.some((pattern) => fits(pattern, name))
}

/** INBOX is INBOX in any case. */
function inboxed(pattern: string): string {
  return pattern.replace(/^inbox(?=$|[/*%])/i, 'INBOX')
}

function fits(pattern: string, name: string): boolean {
  /** Which ends of what was matched of the name are possible. */
  let ends = new Set([0])
  for (const char of pattern.replace(/\*[*%]*|%+(?=[*])/g, (run) =>
    run.includes('*') ? '*' : '%',
  )) {
    const next = new Set<number>()
    for (const end of ends) {
      if (char !== '*' && char !== '%') {
        if (name.startsWith(char, end)) next.add(end + char.length)
        continue
      }
      for (let at = end; at <= name.length && !next.has(at); at++) {
        next.add(at)
        if (char === '%' && name[at] === '/') break
      }
    }
    ends = next
  }
  return ends.has(name.length)
}
