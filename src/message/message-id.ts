// Message identifiers, RFC 5322 §3.6.4. Here they never carry their angle brackets.

const idsMax = 100
const idMaxChars = 998

/**
 * The identifiers in a field's value. Of more than 100 the first (a thread's root) and the last 99
 * are kept. Without any angle bracket, words are taken as they are.
 */
export function parseMessageIds(raw: string): string[] {
  const ids: string[] = []
  let open = raw.indexOf('<')
  if (open < 0) return raw === '' ? [] : kept(raw.split(/[\s,]+/).map(clean))
  while (open >= 0) {
    const close = raw.indexOf('>', open)
    if (close < 0) break
    ids.push(clean(raw.slice(raw.lastIndexOf('<', close) + 1, close)))
    open = raw.indexOf('<', close)
  }
  return kept(ids)
}

function kept(found: string[]): string[] {
  const ids = found.filter((id) => id !== '')
  return ids.length <= idsMax ? ids : [ids[0]!, ...ids.slice(1 - idsMax)]
}

function clean(id: string): string {
  return id.slice(0, idMaxChars).replace(/[\x00-\x20\x7f-\xff<>]+/g, '')
}

/** The identifier for an id of ours, unique while `host` keeps its ids so. */
export function messageId(id: string, host: string): string {
  return `${id}@${host}`
}
