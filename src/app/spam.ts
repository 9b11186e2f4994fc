// Opens what judges mail from outside, and what learns from people.
import type { Log } from '../base/log.ts'
import { boardsAccount } from '../delivery/file-jobs.ts'
import { SpamSorter } from '../delivery/spam/spam-sorter.ts'
import { Trainer } from '../delivery/spam/trainer.ts'
import {
  reasonsFor,
  type SpamReasons,
  type VerdictAgain,
  verdictsAgain,
} from '../delivery/spam/verdicts.ts'
import type { ChangeFeed } from '../mailbox/change-feed.ts'
import type { MailPorts } from '../mailbox/mailboxes.ts'
import type { LiveSettings } from './config/live.ts'

export interface OpenSpam {
  readonly sorter: SpamSorter
  readonly verdicts: (message: string, threshold?: number) => Promise<readonly VerdictAgain[]>
  readonly reasons: (account: string, message: string) => Promise<SpamReasons | undefined>
  close(): Promise<void>
}

const forgetEveryMs = 86_400_000

export function openSpam(
  ports: MailPorts & { readonly log: Log },
  live: LiveSettings,
  changes: ChangeFeed,
): OpenSpam {
  const options = live.derive(({ spam }) => ({
    enabled: spam.enabled,
    rules: { threshold: spam.junk_points, points: {} },
  }))
  const trainer = new Trainer({ ...ports, changes, without: boardsAccount })
  trainer.start()
  const timer = setInterval(() => void trainer.forget(), forgetEveryMs).unref()
  const close = async () => {
    clearInterval(timer)
    await trainer.stop()
  }
  const verdicts = (message: string, threshold?: number) =>
    verdictsAgain(ports.engine, message, threshold)
  const reasons = (account: string, message: string) => reasonsFor(ports.engine, account, message)
  return { sorter: new SpamSorter(ports, () => options), verdicts, reasons, close }
}
