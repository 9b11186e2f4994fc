// `amplop backup`: a copy of a data folder, taken while the server runs.
import { resolve } from 'node:path'
import { jsonOption, keptOf, serverMore, serverOptions } from './admin-client.ts'
import { command } from './command.ts'
import { bytesText, printJson, printLine } from './print.ts'

export const backup = command({
  name: 'backup',
  summary: 'copy a data folder, while its server runs or not',
  words: ['DIR'],
  options: { ...serverOptions, ...jsonOption },
  more:
    'DIR is made, or has an earlier backup of the same folder: then only what is new is copied, and\n' +
    'what is gone is removed. "amplop restore DIR" makes a data folder of it.\n' +
    `With -c, and store.url in that file, it is the database that is copied.\n${serverMore}`,
  run: async (given, [to = '']) => {
    const { backupKept } = await import('../app/keeping.ts')
    const kept = await keptOf(given)
    const { folder } = kept
    const report = await backupKept(kept, resolve(to))
    const { bytes, copiedBytes, damaged } = report
    if (given.json) printJson({ ok: damaged.length === 0, folder, ...report })
    else {
      printLine(
        `${kept.url === '' ? folder : 'the database'}: ${bytesText(bytes)} in ${to}, ${bytesText(copiedBytes)} of it new`,
      )
      for (const what of damaged) printLine(`damaged: ${what}`)
    }
    return damaged.length === 0 ? 0 : 1
  },
})
