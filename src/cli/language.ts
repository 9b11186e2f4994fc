// The language in which a command speaks: what it was told, else that of the terminal.
import { type Language, languages } from '../base/languages.ts'
import { Misused, type Options } from './command.ts'

export const languageOption = {
  lang: {
    type: 'string',
    short: 'l',
    value: 'LANG',
    doc: 'en, id or es; without it the language of the terminal, if it is one of these',
  },
} as const satisfies Options

/** @throws Misused */
export function languageOf(given: string | undefined): Language {
  if (given !== undefined && !isLanguage(given))
    throw new Misused(`--lang is one of ${languages.join(', ')}, not "${given}"`)
  if (given !== undefined) return given
  const { LC_ALL, LC_MESSAGES, LANG } = process.env
  const terminal = (LC_ALL || LC_MESSAGES || LANG || '').slice(0, 2)
  return isLanguage(terminal) ? terminal : 'en'
}

function isLanguage(text: string): text is Language {
  return (languages as readonly string[]).includes(text)
}
