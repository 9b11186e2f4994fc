// `amplop check`: what is wrong with a settings file, with line numbers.
import { loadConfig } from '../app/config/load.ts'
import { BadConfig } from '../app/config/read.ts'
import { jsonOption } from './admin-client.ts'
import { command, type Options } from './command.ts'
import { printJson, printLine } from './print.ts'

export const configOption = {
  config: {
    type: 'string',
    short: 'c',
    value: 'FILE',
    doc: 'the settings file; without it amplop.toml in this folder',
  },
} as const satisfies Options

export const check = command({
  name: 'check',
  summary: 'read a settings file and say what is wrong',
  options: { ...configOption, ...jsonOption },
  run: async ({ config = 'amplop.toml', json }) => {
    const mistakes = mistakesOf(config)
    if (json) printJson({ ok: mistakes.length === 0, file: config, mistakes })
    else if (mistakes.length === 0) printLine('ok')
    else for (const { line, text } of mistakes) printLine(`${config}:${line}: ${text}`)
    return mistakes.length === 0 ? 0 : 1
  },
})

/** @throws Error when the file, or one that it names, cannot be read. */
function mistakesOf(file: string): BadConfig['mistakes'] {
  try {
    loadConfig(file)
    return []
  } catch (error) {
    if (error instanceof BadConfig) return error.mistakes
    throw error
  }
}
