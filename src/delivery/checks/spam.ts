// The check of what a message itself says: the text that everybody tests filters with.
import type { Check, Opinion, Subject } from './check.ts'

/** The generic test for unsolicited bulk email: what has it is junk everywhere. */
const gtube = 'XJS*C4JDBQADN1.NSBN3*2IDNEN*GTUBE-STANDARD-ANTI-UBE-TEST-EMAIL*C.34X'

export class SpamCheck implements Check {
  readonly name = 'spam'

  look({ direction, letter }: Subject): Promise<Opinion> | undefined {
    if (direction !== 'in' || !letter.head.includes(gtube)) return undefined
    const junk = 'it has the text that filters are tested with (GTUBE); without it, not junk'
    return Promise.resolve({ is: 'taken', said: 'junk: GTUBE', junk })
  }
}
