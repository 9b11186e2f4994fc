// Why mail was not delivered: from what the other server said, or from its status where the words
// are not known.
import type { Language } from '../base/languages.ts'
import { type Cause, causes } from './causes.table.ts'
import { causeIn } from './receivers.table.ts'

/** The cause that a refusal names: by its words, else by the longest status that fits. */
export function causeOf(status: string, text: string, language: Language = 'en'): Cause {
  const known = causeIn(text, language)
  if (known) return known
  for (let part = status; part !== ''; part = part.slice(0, part.lastIndexOf('.'))) {
    const found = causes[language][part]
    if (found) return found
    if (!part.includes('.')) break
  }
  return causes[language]['5'] as Cause
}
