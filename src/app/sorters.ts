// Opens what accounts decide with themselves: junk, rules, scripts, absences, forwards.
import type { Accounts } from '../accounts/accounts.ts'
import type { Log } from '../base/log.ts'
import { Answers } from '../delivery/answers/answers.ts'
import type { LocalDelivery } from '../delivery/local-delivery.ts'
import { Mailroom } from '../delivery/mailroom.ts'
import { Marks } from '../delivery/marks.ts'
import type { Reports } from '../delivery/reports.ts'
import { RuleBook } from '../delivery/rules/rule-book.ts'
import { Scripts } from '../delivery/scripts.ts'
import { SieveSorter } from '../delivery/sieve-sorter.ts'
import type { Sorter } from '../delivery/sorting.ts'
import type { MailPorts } from '../mailbox/mailboxes.ts'
import type { LiveSettings } from './config/live.ts'
import type { MailRooms } from './mail-rooms.ts'
import { openSpam } from './spam.ts'

interface Ports extends MailPorts {
  readonly rooms: Pick<MailRooms, 'mailboxes' | 'messages' | 'emails'>
  readonly accounts: Accounts
  readonly log: Log
  readonly reports: Reports
  readonly delivery: () => LocalDelivery
  readonly foreign: 'queue' | 'sink' | 'refuse'
  readonly serverName: string
}

export function openSorters(live: LiveSettings, { rooms, ...ports }: Ports) {
  const { engine, notifier, log, now, nextId, accounts } = ports
  const { mailboxes, messages, emails } = rooms
  const { records } = accounts
  const scripts = new Scripts({ engine, ...(notifier ? { notifier } : {}), records, nextId, now })
  const marks = new Marks({ engine, log, now })
  marks.start()
  const own = { ...ports, mailboxes, messages, emails, scripts, mailroom: new Mailroom(mailboxes) }
  const sieve = new SieveSorter({ ...own, answers: new Answers(own) })
  const rules = new RuleBook({ ...own, records })
  const spam = openSpam(ports, live, mailboxes.changes)
  const sorters: readonly Sorter[] = [spam.sorter, sieve]
  const close = async () => {
    await spam.close()
    await marks.stop()
  }
  const { verdicts, reasons: spamReasons } = spam
  return { scripts, rules, sorters, verdicts, spamReasons, close }
}
