// `amplop restore`: a data folder from a backup.
import { resolve } from 'node:path'
import { folderOf, jsonOption, serverMore, serverOptions } from './admin-client.ts'
import { command } from './command.ts'
import { bytesText, printJson, printLine, timeText } from './print.ts'

export const restore = command({
  name: 'restore',
  summary: 'make a data folder from a backup',
  words: ['DIR'],
  options: { ...serverOptions, ...jsonOption },
  more: `The data folder must be empty, or not be there.\n${serverMore}`,
  run: async (given, [from = '']) => {
    const { restoreFolder } = await import('../app/keeping.ts')
    const folder = await folderOf(given)
    const report = await restoreFolder(resolve(from), folder)
    const { at, bytes, damaged } = report
    if (given.json) printJson({ ok: damaged.length === 0, folder, ...report })
    else {
      printLine(`${folder}: ${bytesText(bytes)}, as it was at ${timeText(at)}`)
      for (const what of damaged) printLine(`damaged: ${what}`)
    }
    return damaged.length === 0 ? 0 : 1
  },
})
