// Lists of flags as scripts write them: RFC 5232 §2. Knows no message.
import { foldAscii } from '../message/address.ts'

const flagsMax = 32

/** Each once, in any case; what can be no flag is left out. */
export function flagList(texts: readonly string[]): readonly string[] {
  const flags = new Map<string, string>()
  for (const flag of texts.flatMap((text) => text.split(/\s+/))) {
    const known = /^\\(?:Seen|Answered|Flagged|Deleted|Draft)$/i.test(flag)
    const keyword = /^[^\x00-\x20\x7f-\uffff(){\]%*"\\]{1,200}$/.test(flag)
    if ((known || keyword) && !flags.has(foldAscii(flag))) flags.set(foldAscii(flag), flag)
  }
  return [...flags.values()].slice(0, flagsMax)
}
