// What was proved of a message's origin, or was not, as signals of the verdict on it.
import type { Origin } from '../verdict.ts'
import { type Signal, signal } from './verdict.ts'

/** Whether the owner of the domain that the From field names is known to have sent it. */
export function isProven({ dmarc }: Origin): boolean {
  // Without a record of DMARC its alignment is looked at all the same.
  return dmarc.result === 'pass' || dmarc.spfAligned || dmarc.dkimAligned
}

export function originSignals(origin: Origin, client: string): Signal[] {
  const { iprev, spf, dkim, dmarc } = origin
  const found: Signal[] = []
  const proven = isProven(origin)
  const asked = dmarc.result === 'fail' && dmarc.policy !== 'none'
  const from = dmarc.from || spf.domain
  if (asked) found.push(signal('dmarc-failed', from))
  // Nothing is held against anybody while the DNS gives no answer.
  else if (!proven && dmarc.result !== 'temperror' && spf.result !== 'temperror')
    found.push(signal('unproven', from))
  if (!proven && (spf.result === 'fail' || spf.result === 'softfail'))
    found.push(signal('spf-failed', spf.domain, spf.result === 'fail' ? 1 : 0.5))
  const broken = dkim.find(({ result }) => result === 'fail')
  if (!proven && broken) found.push(signal('signature-broken', broken.domain))
  if (iprev.result === 'fail' || iprev.result === 'permerror')
    found.push(signal('no-reverse-name', client))
  for (const zone of origin.lists?.blocked ?? []) found.push(signal('blocklisted', zone))
  for (const zone of origin.lists?.recommended ?? []) found.push(signal('allowlisted', zone))
  return found
}
