// What the scripts of an account may be, for whoever announces it. Knows no script.
import { scriptMaxBytes } from '../sieve/compile.ts'
import { capabilities } from '../sieve/grammar.table.ts'
import { usualLimits } from '../sieve/run-limits.ts'

const nameMaxChars = 128

export const scriptLimits = {
  /** What a script may require. */
  extensions: capabilities,
  redirectsMax: usualLimits.redirectsMax,
  countMax: 50,
  nameMaxChars,
  nameMaxBytes: nameMaxChars * 4,
  sizeMaxBytes: scriptMaxBytes,
} as const
