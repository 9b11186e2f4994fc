// `amplop import`: mail from a Maildir, an mbox or an IMAP account into mailboxes of a running
// server.
import { folderOf, jsonOption, serverMore, serverOptions } from './admin-client.ts'
import { command, Misused } from './command.ts'
import { askPassword } from './password.ts'
import { bytesText, clean, printJson, printLine } from './print.ts'
import { counts, showing, withDoor } from './transfer.ts'

export const importCommand = command({
  name: 'import',
  summary: 'bring mail into the mailboxes of a user',
  words: ['ADDRESS', 'SOURCE'],
  options: {
    into: { type: 'string', value: 'MAILBOX', doc: 'put all of it below this mailbox' },
    'password-stdin': {
      type: 'boolean',
      doc: 'read the password of the IMAP account from standard input',
    },
    ...serverOptions,
    ...jsonOption,
  },
  more:
    'SOURCE is a Maildir (with subfolders), an mbox file, a folder of mbox files, or\n' +
    'imaps://USER@HOST/ (imap:// with STARTTLS, or in clear on this machine). Dates and flags are\n' +
    'kept. What is there already is not taken again: run it again after an interruption, or to get\n' +
    `what is new.\n${serverMore}`,
  run: async (given, [address = '', from = '']) => {
    const { importMail } = await import('../app/transfer/import-mail.ts')
    const { openSource, isImap } = await import('../app/transfer/open-source.ts')
    const stdin = given['password-stdin'] === true
    if (stdin && !isImap(from)) throw new Misused('--password-stdin is for imap:// and imaps://')
    const password = isImap(from) ? await askPassword(stdin, false) : ''
    const folder = await folderOf(given)
    const report = await withDoor(folder, address, async (door) => {
      const source = await openSource(from, password)
      const { into = '' } = given
      return await importMail(source, door, { into, progress: showing(given.json === true) })
    })
    const { mailboxes, skipped, skippedCount } = report
    if (given.json) printJson(report)
    else {
      const { taken, known, bytes } = counts(mailboxes)
      printLine(`taken ${taken} messages (${bytesText(bytes)}), ${known} were there already`)
      for (const { where, why } of skipped) printLine(clean(`skipped ${where}: ${why}`))
      if (skippedCount > skipped.length) printLine(`skipped ${skippedCount} in all`)
    }
    return skippedCount === 0 ? 0 : 1
  },
})
