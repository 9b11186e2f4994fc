// What the DNS said, as a check's verdict: shared by all of them.
import type { Dns, DnsAnswer, Records, RecordType } from '../../trust/dns/dns.ts'
import type { Verdict } from './check.ts'

export function good(have: string): Verdict {
  return { state: 'good', have, want: '' }
}

export function bad(have: string, want: string): Verdict {
  return { state: 'bad', have, want }
}

export function warning(have: string, want: string): Verdict {
  return { state: 'warning', have, want }
}

export function unknown(have: string): Verdict {
  return { state: 'unknown', have, want: '' }
}

/** The records, [] where there are none; a failure is a verdict of its own. */
export function recordsIn<T extends RecordType>(
  answer: DnsAnswer<T>,
): readonly Records[T][] | Verdict {
  if (answer.is === 'failed') return unknown(answer.why)
  return answer.is === 'found' ? answer.records : []
}

/** A and AAAA together. */
export async function addressesOf(dns: Dns, name: string): Promise<readonly string[] | Verdict> {
  const four = recordsIn(await dns.query(name, 'A'))
  const six = recordsIn(await dns.query(name, 'AAAA'))
  if ('state' in four) return four
  return 'state' in six ? six : [...four, ...six]
}

/** The TXT records that begin so. */
export async function textsAt(
  dns: Dns,
  name: string,
  start: RegExp,
): Promise<readonly string[] | Verdict> {
  const records = recordsIn(await dns.query(name, 'TXT'))
  return 'state' in records ? records : records.filter((text) => start.test(text))
}
