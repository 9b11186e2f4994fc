// The results that every method of authentication has in common (RFC 8601 §2.7), and which names
// may stand in a record or a result. Knows no method.

export type Result =
  | 'none'
  | 'pass'
  | 'fail'
  | 'softfail'
  | 'neutral'
  | 'policy'
  | 'temperror'
  | 'permerror'

/** RFC 5890 §2.3.1 labels, or Unicode ones; underscores too, which selectors have. */
const label = /^(?!-)[a-z0-9_\u0080-\u{10ffff}-]{1,63}(?<!-)$/iu

/** Whether `name` can be a domain's: letters, digits, hyphens, at least two labels. */
export function isDomain(name: string): boolean {
  return name.includes('.') && isSelector(name)
}

/** Whether `name` can be asked for: no control characters, nothing a resolver would cut at. */
export function isSelector(name: string): boolean {
  return name.length <= 253 && name.split('.').every((each) => label.test(each))
}

/** Whether `name` is `domain` or below it; both in lower case. */
export function isUnder(name: string, domain: string): boolean {
  return name === domain || name.endsWith(`.${domain}`)
}
