// Carries the mailboxes of a user of a running server out into a Maildir, or a folder of mbox
// files.
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { BoxInfo, Door } from './door.ts'
import type { MailboxReport } from './import-mail.ts'
import { MaildirFolder, type WrittenMessage } from './maildir.ts'
import { MboxFile } from './mbox.ts'

export interface ExportOptions {
  readonly format: 'maildir' | 'mbox'
  readonly folder: string
  readonly progress: (report: MailboxReport) => void
}

/** Where the messages of one mailbox go. */
interface Sink {
  has(message: WrittenMessage): Promise<boolean>
  add(message: WrittenMessage, bytes: Buffer): Promise<void>
  close(): Promise<void>
}

const progressEvery = 500

/**
 * A Maildir gets what it does not have yet; an mbox is written anew, and there when it is whole.
 * @throws DoorRefused, and the system's errors
 */
export async function exportMail(door: Door, options: ExportOptions): Promise<MailboxReport[]> {
  const reports: MailboxReport[] = []
  await mkdir(options.folder, { recursive: true, mode: 0o700 })
  for (const box of await door.mailboxes()) {
    const told: MailboxReport = { name: box.name, taken: 0, known: 0, bytes: 0 }
    reports.push(told)
    const sink = await sinkFor(box, options)
    for await (const message of door.list(box.id)) {
      if (await sink.has(message)) told.known++
      else {
        const bytes = await door.message(box.id, message.uid)
        await sink.add(message, bytes)
        told.taken++
        told.bytes += bytes.length
      }
      if ((told.taken + told.known) % progressEvery === 0) options.progress(told)
    }
    await sink.close()
    options.progress(told)
  }
  return reports
}

async function sinkFor(box: BoxInfo, { format, folder }: ExportOptions): Promise<Sink> {
  if (format === 'mbox') {
    const file = await MboxFile.open(folder, box.name)
    return {
      has: async () => false,
      add: (message, bytes) => file.add(message, bytes),
      close: () => file.close(),
    }
  }
  const maildir = await MaildirFolder.open(join(folder), box.name, box.uidValidity)
  return {
    has: (message) => maildir.has(message),
    add: (message, bytes) => maildir.add(message, bytes),
    close: async () => {},
  }
}
