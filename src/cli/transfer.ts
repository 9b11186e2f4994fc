// What import and export have in common: the way to the server, and how far it got.
import { Door, DoorRefused } from '../app/transfer/door.ts'
import type { MailboxReport } from '../app/transfer/import-mail.ts'
import { Failed } from './command.ts'
import { clean } from './print.ts'

/** @throws Failed in words for a person. */
export async function withDoor<T>(
  folder: string,
  user: string,
  work: (door: Door) => Promise<T>,
): Promise<T> {
  const door = new Door(folder, user)
  try {
    return await work(door)
  } catch (error) {
    if (error instanceof DoorRefused) throw new Failed(error.message)
    const { code, syscall, message } = error as NodeJS.ErrnoException
    if (syscall === 'connect' && (code === 'ENOENT' || code === 'ECONNREFUSED'))
      throw new Failed(`no server runs on ${folder}: start it, or name its folder with --data DIR`)
    throw new Failed(message)
  } finally {
    door.close()
  }
}

/** Tells each mailbox's numbers on standard error, over and over on a terminal's one line. */
export function showing(quiet: boolean): (report: MailboxReport) => void {
  const { isTTY } = process.stderr
  let shown = ''
  return ({ name, taken, known }) => {
    if (quiet) return
    const text = clean(`${name}: ${taken} messages, ${known} there already`)
    if (isTTY) process.stderr.write(`\r${text}${name === shown ? '' : '\n'}`)
    shown = name
  }
}

export function counts(reports: readonly MailboxReport[]) {
  const sum = (key: 'taken' | 'known' | 'bytes') =>
    reports.reduce((total, report) => total + report[key], 0)
  return { taken: sum('taken'), known: sum('known'), bytes: sum('bytes') }
}
