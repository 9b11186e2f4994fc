// Why mail was not delivered: from what the other server said, or from its status where the words
// are not known.
import { type Cause, causes } from './causes.table.ts'
import { causeIn } from './receivers.table.ts'

/** The cause that a refusal names: by its words, else by the longest status that fits. */
export function causeOf(status: string, text: string): Cause {
  const known = causeIn(text)
  if (known) return known
  for (let part = status; part !== ''; part = part.slice(0, part.lastIndexOf('.'))) {
    const found = causes[part]
    if (found) return found
    if (!part.includes('.')) break
  }
  return causes['5'] as Cause
}
