// What a process did with messages in a mailbox, as it told it: the counterpart of the ledger of
// mail for append, flags and expunge.
import type { Rooms } from '../../src/app/rooms.ts'
import { flagged } from '../../src/mailbox/flags.ts'

export const verbMailbox = 'Verbs'

type Answer = 'no' | 'maybe' | 'yes'

interface Entry {
  there: Answer
  flagged: Answer
}

/** What is written in a message: it says itself whether it is whole. */
export function verbText(id: string): string {
  return `Subject: ${id}\r\n\r\n${`${id} again\r\n`.repeat(50 + id.length)}`
}

export class VerbLedger {
  readonly entries = new Map<string, Entry>()
  /** Of acknowledged verbs. */
  count = 0
  #ended = false

  /** From now on, until it begins anew, what is heard is at best begun. */
  over(ended: boolean): void {
    this.#ended = ended
  }

  /** "append? ID" when it is begun, "append! ID" once it is on disk; so for flag and expunge. */
  hear(line: string): void {
    const [verb = '', id = ''] = line.split(' ')
    const entry = this.entries.get(id) ?? { there: 'no', flagged: 'no' }
    this.entries.set(id, entry)
    const answer = verb.endsWith('!') && !this.#ended ? 'yes' : 'maybe'
    if (answer === 'yes') this.count++
    if (verb.startsWith('append')) entry.there = answer
    if (verb.startsWith('flag')) entry.flagged = answer
    if (verb.startsWith('expunge')) entry.there = answer === 'yes' ? 'no' : 'maybe'
  }
}

/** What is wrong in the account's mailbox, held against the ledger. */
export async function auditVerbs(
  { accounts, mailboxes }: Rooms,
  ledger: VerbLedger,
  address: string,
): Promise<string[]> {
  const { id: account } = await accounts.show(address)
  const box = (await mailboxes.list(account)).find(({ name }) => name === verbMailbox)
  const found = new Map<string, { flagged: boolean; copies: number }>()
  const problems: string[] = []
  let before = Number.MAX_SAFE_INTEGER
  for (;;) {
    const page = box ? await mailboxes.messages(account, box.id, { limit: 500, before }) : []
    for (const message of page) {
      before = message.uid
      const opened = await mailboxes.open(account, message.mailbox, message.uid)
      const parts: Uint8Array[] = []
      for await (const part of opened?.stream() ?? []) parts.push(part)
      const text = Buffer.concat(parts).toString()
      const id = /^Subject: (\S+)\r$/m.exec(text)?.[1] ?? `uid ${message.uid}`
      if (text !== verbText(id)) problems.push(`${id}: other bytes`)
      const copies = (found.get(id)?.copies ?? 0) + 1
      found.set(id, { flagged: (message.flags & flagged) !== 0, copies })
    }
    if (page.length === 0) break
  }
  for (const [id, entry] of ledger.entries) {
    const is = found.get(id)
    if (!fits(entry.there, is !== undefined))
      problems.push(`${id}: there ${entry.there}, is not so`)
    if (is && !fits(entry.flagged, is.flagged))
      problems.push(`${id}: flagged ${entry.flagged}, is not so`)
    if (is && is.copies > 1) problems.push(`${id}: there ${is.copies} times`)
  }
  for (const id of found.keys())
    if (!ledger.entries.has(id)) problems.push(`${id}: nobody appended it`)
  return problems
}

function fits(answer: Answer, is: boolean): boolean {
  return answer === 'maybe' || is === (answer === 'yes')
}
