// `amplop config`: the settings of a running server, shown and changed without a restart.
import type { SettingState } from '../app/config/live.ts'
import { AdminClient, jsonOption, type Method, serverMore, serverOptions } from './admin-client.ts'
import { command, type Given, type Group } from './command.ts'
import { clean, printJson, printLine, printTable } from './print.ts'

const options = { ...serverOptions, ...jsonOption }
type Options = Given<typeof options>

export const config: Group = {
  name: 'config',
  summary: 'show and change the settings of a running server',
  more: 'What is set stays set: it is kept in settings.toml in the data folder, and is stronger\nthan the settings file. docs/config.md has all keys.',
  commands: [
    command({
      name: 'get',
      summary: 'the value of a setting',
      words: ['KEY'],
      options,
      more: serverMore,
      run: async (given, [key = '']) => {
        const state = await ask<SettingState>(given, 'GET', key)
        if (given.json) printJson(state)
        else printLine(clean(textOf(state.value)))
        return 0
      },
    }),
    command({
      name: 'set',
      summary: 'change a setting; a wrong value changes nothing',
      words: ['KEY', 'VALUE'],
      options,
      more: `Lists are written a,b,c.\n${serverMore}`,
      run: async (given, [key = '', value = '']) =>
        told(given, await ask<SettingState>(given, 'PUT', key, { value })),
    }),
    command({
      name: 'unset',
      summary: 'take a change back: the settings file or the default counts again',
      words: ['KEY'],
      options,
      more: serverMore,
      run: async (given, [key = '']) => told(given, await ask<SettingState>(given, 'DELETE', key)),
    }),
    command({
      name: 'list',
      summary: 'every setting, where it is from, and whether a change needs a restart',
      options,
      more: serverMore,
      run: async (given) => {
        const states = await ask<SettingState[]>(given, 'GET')
        if (given.json) printJson(states)
        else show(states)
        return 0
      },
    }),
    command({
      name: 'reload',
      summary: 'read the settings file anew, as SIGHUP does: all of it or nothing',
      options,
      more: serverMore,
      run: async (given) => {
        const states = await ask<SettingState[]>(given, 'POST')
        if (given.json) printJson(states)
        else for (const state of states) printLine(clean(sentenceOf(state)))
        if (!given.json && states.length === 0) printLine('nothing has changed')
        return 0
      },
    }),
  ],
}

async function ask<T>(given: Options, method: Method, key = '', body?: object): Promise<T> {
  const path = key === '' ? '/settings' : `/settings/${encodeURIComponent(key)}`
  return (await AdminClient.of(given)).ask<T>(method, path, body)
}

function told({ json }: Options, state: SettingState): number {
  if (json) printJson(state)
  else printLine(clean(sentenceOf(state)))
  return 0
}

/** "smtp.errors_max is 5", and what remains to be done. */
function sentenceOf({ key, value, stored, pending, hides }: SettingState): string {
  const file = hides === undefined ? '' : `; the settings file says ${textOf(hides)}`
  if (pending === '') return `${key} is ${textOf(value)}${file}`
  const how = pending === 'restart' ? 'after a restart' : 'after amplop config reload'
  return `${key} will be ${textOf(stored)} ${how}; it is ${textOf(value)} now${file}`
}

function show(states: readonly SettingState[]): void {
  printTable(
    ['KEY', 'VALUE', 'FROM', 'CHANGE', ''],
    states.map((state) => [
      state.key,
      textOf(state.value),
      state.from,
      state.live ? 'at once' : 'restart',
      noteOf(state),
    ]),
  )
}

function noteOf({ stored, pending, hides }: SettingState): string {
  const notes = []
  if (pending !== '') notes.push(`waits for a ${pending}: ${textOf(stored)}`)
  if (hides !== undefined) notes.push(`the settings file says ${textOf(hides)}`)
  return notes.join('; ')
}

function textOf(value: unknown): string {
  if (Array.isArray(value)) return value.join(',')
  return value === '' ? '""' : String(value)
}
