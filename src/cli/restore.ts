// `amplop restore`: a data folder from a backup.
import { resolve } from 'node:path'
import { jsonOption, keptOf, serverMore, serverOptions } from './admin-client.ts'
import { command } from './command.ts'
import { bytesText, printJson, printLine, timeText } from './print.ts'

export const restore = command({
  name: 'restore',
  summary: 'make a data folder from a backup',
  words: ['DIR'],
  options: { ...serverOptions, ...jsonOption },
  more: `The data folder must be empty, or not be there; with -c, and store.url in that file, the database.\n${serverMore}`,
  run: async (given, [from = '']) => {
    const { restoreKept } = await import('../app/keeping.ts')
    const kept = await keptOf(given)
    const { folder } = kept
    const report = await restoreKept(resolve(from), kept)
    const { at, bytes, damaged } = report
    if (given.json) printJson({ ok: damaged.length === 0, folder, ...report })
    else {
      printLine(
        `${kept.url === '' ? folder : 'the database'}: ${bytesText(bytes)}, as it was at ${timeText(at)}`,
      )
      for (const what of damaged) printLine(`damaged: ${what}`)
    }
    return damaged.length === 0 ? 0 : 1
  },
})
