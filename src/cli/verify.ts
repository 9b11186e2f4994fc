// `amplop verify`: whether everything that is kept is whole.
import { resolve } from 'node:path'
import { jsonOption, keptOf, serverMore, serverOptions } from './admin-client.ts'
import { command } from './command.ts'
import { bytesText, clean, printJson, printLine } from './print.ts'

export const verify = command({
  name: 'verify',
  summary: 'read everything that is kept, and say what is damaged',
  options: {
    backup: {
      type: 'string',
      short: 'b',
      value: 'DIR',
      doc: 'a backup, in place of a data folder',
    },
    ...serverOptions,
    ...jsonOption,
  },
  more: `The server may run meanwhile. Nothing is changed. Exit status 1: something is wrong.\n${serverMore}`,
  run: async (given) => {
    const { backup, json } = given
    if (backup !== undefined) return await verifyCopyIn(resolve(backup), json ?? false)
    const { verifyKept } = await import('../app/keeping.ts')
    const verified = await verifyKept(await keptOf(given))
    const { ok, blobs, bytes, damaged, problems } = verified
    if (json) printJson(verified)
    else {
      for (const { what, owners } of damaged)
        printLine(clean(`damaged: ${what}${owners.length > 0 ? `: ${owners.join(', ')}` : ''}`))
      for (const problem of problems) printLine(clean(`wrong: ${problem}`))
      printLine(`${ok ? 'ok' : 'not ok'}: ${blobs} blobs, ${bytesText(bytes)}`)
    }
    return ok ? 0 : 1
  },
})

async function verifyCopyIn(folder: string, json: boolean): Promise<number> {
  const { verifyCopy } = await import('../app/keeping.ts')
  const report = await verifyCopy(folder)
  const { files, bytes, damaged } = report
  const ok = damaged.length === 0
  if (json) printJson({ ok, ...report })
  else {
    for (const what of damaged) printLine(`damaged: ${what}`)
    printLine(`${ok ? 'ok' : 'not ok'}: ${files} files, ${bytesText(bytes)}`)
  }
  return ok ? 0 : 1
}
