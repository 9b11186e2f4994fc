// The account's keywords: which number a name has. To be composed into verbs, once the account's
// row is locked. A number is never given to another name.
import { Refused } from '../base/refused.ts'
import { all, reading, run, sql, type Work } from '../store/sql.ts'
import {
  type Bits,
  checkKeyword,
  keywordBits,
  keywordsMax,
  noBits,
  systemBit,
  union,
} from './flags.ts'

export const listKeywords = reading('mailbox.keywords', function* (account: string) {
  return (yield* keywordRows(account)).map(({ name }) => name)
})

function* keywordRows(account: string): Work<readonly { name: string }[]> {
  return yield* all<{ name: string }>(sql`
    select name from keywords where account = ${account} order by number`)
}

/**
 * The bits of flags by their names, in any case. A keyword that the account does not have is made
 * where `make`, and left out otherwise.
 * @throws Refused 'bad-value' for what is no flag, 'too-many' for more than 100 keywords
 */
export function* bitsOf(account: string, names: readonly string[], make: boolean): Work<Bits> {
  let bits = noBits
  const keywords = new Map<string, string>()
  for (const name of names) {
    const bit = systemBit(name)
    if (bit !== undefined) bits = union(bits, { flags: bit, more: 0n })
    else {
      checkKeyword(name)
      keywords.set(name.toLowerCase(), name)
    }
  }
  if (keywords.size === 0) return bits
  const rows = yield* keywordRows(account)
  const numbers = new Map(rows.map(({ name }, number) => [name.toLowerCase(), number]))
  for (const [folded, name] of keywords) {
    let number = numbers.get(folded)
    if (number === undefined && !make) continue
    if (number === undefined) {
      number = numbers.size
      if (number >= keywordsMax) throw new Refused('too-many', `keywords of ${account}`)
      numbers.set(folded, number)
      yield* run(sql`
        insert into keywords (account, number, name) values (${account}, ${number}, ${name})`)
    }
    bits = union(bits, keywordBits(number))
  }
  return bits
}
