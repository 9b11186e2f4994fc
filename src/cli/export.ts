// `amplop export`: the mailboxes of a user as a Maildir, or as mbox files.
import { resolve } from 'node:path'
import { folderOf, jsonOption, serverMore, serverOptions } from './admin-client.ts'
import { command, Misused } from './command.ts'
import { bytesText, printJson, printLine } from './print.ts'
import { counts, showing, withDoor } from './transfer.ts'

export const exportCommand = command({
  name: 'export',
  summary: 'write the mailboxes of a user to files',
  words: ['ADDRESS', 'DIR'],
  options: {
    format: { type: 'string', short: 'f', value: 'FORMAT', doc: 'maildir (default) or mbox' },
    ...serverOptions,
    ...jsonOption,
  },
  more:
    'A Maildir gets what it does not have yet, so that it can be kept up to date; mbox files are\n' +
    `written anew. Dates and flags are kept.\n${serverMore}`,
  run: async (given, [address = '', to = '']) => {
    const { format = 'maildir' } = given
    if (format !== 'maildir' && format !== 'mbox') throw new Misused('--format: maildir or mbox')
    const { exportMail } = await import('../app/transfer/export-mail.ts')
    const progress = showing(given.json === true)
    const reports = await withDoor(await folderOf(given), address, (door) =>
      exportMail(door, { format, folder: resolve(to), progress }),
    )
    if (given.json) printJson({ mailboxes: reports })
    else {
      const { taken, known, bytes } = counts(reports)
      printLine(`written ${taken} messages (${bytesText(bytes)}), ${known} were there already`)
    }
    return 0
  },
})
