// An account with its mailboxes on a real store, for tests: a1, and how letters come to it.
import { Ids } from '../../base/ids.ts'
import { silentLog } from '../../base/log.ts'
import { alone } from '../../store/notifier.ts'
import { openStore } from '../../store/open-store.ts'
import { type Cleanup, newFolder, sqlite, type TestEngine } from '../../store/testing/places.ts'
import type { Quota } from '../account-work.ts'
import { Mailboxes } from '../mailboxes.ts'
import { Messages } from '../messages.ts'
import { migrations } from '../tables.ts'
import { Undelete } from '../undelete.ts'
import { nothingLost, open } from './jobs.ts'

export interface MailOptions {
  readonly engine?: TestEngine
  readonly folder?: string
  readonly quota?: Quota
  readonly undeleteMs?: number
  /** Jobs of the tests change mail without a word, as other processes might. */
  readonly others?: boolean
}

export const noQuota: Quota = { quotaMessages: 0, quotaBytes: 0 }
/** When the tests' clock begins. */
export const began = 1_700_000_000_000

export async function openMail(test: Cleanup, options: MailOptions = {}) {
  const { engine: kind = sqlite, folder = newFolder(test), undeleteMs = 86_400_000 } = options
  const store = await openStore({
    folder,
    url: await kind.url(folder),
    workerUrl: new URL('./writer.ts', import.meta.url),
    migrations,
    onLost: nothingLost,
    log: silentLog,
    sweep: { everyMs: 0 },
  })
  const { engine, blobs } = store
  const clock = { now: began }
  const ids = new Ids()
  const notifier = { ...alone, others: options.others ?? false }
  const ports = { engine, blobs, notifier, nextId: () => ids.next(), now: () => clock.now }
  const mailboxes = new Mailboxes(ports)
  const messages = new Messages(ports, mailboxes.changes)
  const undelete = new Undelete(ports, mailboxes.changes, undeleteMs)
  const openAccount = (account: string, quota = noQuota) =>
    engine.run(open, { account, at: clock.now, ...quota })
  if ((await mailboxes.list('a1')).length === 0) await openAccount('a1', options.quota)
  let closed = false
  const close = async () => {
    if (!closed) await store.close()
    closed = true
  }
  test.after(close)
  return {
    kind,
    store,
    engine,
    blobs,
    ports,
    clock,
    mailboxes,
    messages,
    undelete,
    openAccount,
    close,
  }
}

export type Mail = Awaited<ReturnType<typeof openMail>>

export interface Entry {
  readonly account?: string
  readonly mailbox?: string
  readonly flags?: readonly string[]
  readonly receivedAt?: number
}

/** Appends one letter; what `append` said. */
export async function put(mail: Mail, text: string | Uint8Array, entry: Entry = {}) {
  const { account = 'a1', mailbox = 'inbox', ...rest } = entry
  const letter = mail.messages.letter(1 << 24)
  await letter.write(Buffer.from(text))
  const [appended] = await mail.messages.append({ account, mailbox }, [
    { letter: await letter.seal(), ...rest },
  ])
  if (!appended) throw new Error('nothing was appended')
  return appended
}

/** Appends letters in one go: far quicker than one after the other. */
export async function putMany(mail: Mail, texts: readonly string[], entry: Entry = {}) {
  const { account = 'a1', mailbox = 'inbox', ...rest } = entry
  const entries = []
  for (const text of texts) {
    const letter = mail.messages.letter(1 << 24)
    await letter.write(Buffer.from(text))
    entries.push({ letter: await letter.seal(), ...rest })
  }
  return mail.messages.append({ account, mailbox }, entries)
}

/** UID and flags' names of each message, in the order of UIDs. */
export async function flagsIn(mail: Mail, mailbox = 'inbox', account = 'a1') {
  const names = await mail.messages.flagNames(account)
  const all: [number, string][] = []
  for await (const rows of mail.messages.flags({ account, mailbox }))
    for (const [uid, flags, more] of rows) all.push([uid, names.of(flags, more).join(' ')])
  return all
}

export async function boxOf(mail: Mail, id = 'inbox', account = 'a1') {
  const box = (await mail.mailboxes.list(account)).find((each) => each.id === id)
  if (!box) throw new Error(`no mailbox ${id}`)
  return box
}
