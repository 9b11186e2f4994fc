// Search keys that what is kept of each message in few numbers can answer, as tests.
import type { FlagNames } from '../../../mailbox/flags.ts'
import type { MailboxColumns } from '../../../mailbox/mailbox-columns.ts'
import type { UidRange } from '../../../mailbox/uid-set.ts'
import type { SequenceSet } from '../cursor.ts'
import { threadIdText } from '../fetch/plain-answers.ts'
import type { SearchKey } from './search-keys.ts'

/** Of the message of an index. */
export type Test = (at: number) => boolean

export interface TestPorts {
  readonly names: FlagNames
  resolve(set: SequenceSet, byUid: boolean): readonly UidRange[]
  isRecent(uid: number): boolean
  now(): number
}

/** undefined for a key that takes more than that. @throws Syntax */
export function testOf(
  key: SearchKey,
  columns: MailboxColumns,
  ports: TestPorts,
): Test | undefined {
  switch (key.is) {
    case 'all':
      return () => true
    case 'none':
      return () => false
    case 'recent':
      return (at) => ports.isRecent(columns.uid[at]!)
    case 'set':
      return setTest(ports.resolve(key.set, key.byUid), columns)
    case 'uids':
      return (at) => columns.uid[at]! >= key.from && columns.uid[at]! <= key.to
    case 'flag':
      return flagTest(key.name, columns, ports.names)
    case 'days':
      return daysTest(key, columns)
    case 'younger': {
      const since = ports.now() - key.seconds * 1000
      return (at) => columns.receivedAt[at]! > since
    }
    case 'size':
      return (at) => columns.size[at]! > key.above && columns.size[at]! < key.below
    case 'modseq':
      return (at) => columns.modseq[at]! >= key.least
    case 'email':
      return (at) => columns.email[at] === key.id
    case 'thread':
      return (at) => threadIdText(columns.thread[at]!) === key.id
    case 'text':
    case 'header':
      return undefined
    default:
      return compoundTest(key, columns, ports)
  }
}

function compoundTest(
  key: Extract<SearchKey, { is: 'not' | 'and' | 'or' }>,
  columns: MailboxColumns,
  ports: TestPorts,
): Test | undefined {
  if (key.is === 'not') {
    const test = testOf(key.key, columns, ports)
    return test && ((at) => !test(at))
  }
  const tests: Test[] = []
  for (const each of key.keys) {
    const test = testOf(each, columns, ports)
    if (!test) return undefined
    tests.push(test)
  }
  if (key.is === 'and') return (at) => tests.every((test) => test(at))
  return (at) => tests.some((test) => test(at))
}

function setTest(ranges: readonly UidRange[], columns: MailboxColumns): Test {
  const there = new Uint8Array(columns.count)
  for (const [first, last] of ranges)
    there.fill(1, columns.firstFrom(first), columns.firstFrom(last + 1))
  return (at) => there[at] === 1
}

function flagTest(name: string, columns: MailboxColumns, names: FlagNames): Test {
  const bit = names.find(name)
  if (!bit) return () => false
  const values = bit.in === 'flags' ? columns.flags : columns.more
  const { value } = bit
  // Operators on bits look at 32 of them only.
  if (value <= 2 ** 30) return (at) => (values[at]! & value) !== 0
  return (at) => Math.floor(values[at]! / value) % 2 === 1
}

function daysTest(
  { of, from, before }: Extract<SearchKey, { is: 'days' }>,
  columns: MailboxColumns,
): Test | undefined {
  if (of === 'sent') return undefined
  const values = of === 'received' ? columns.receivedAt : columns.savedAt
  return (at) => values[at]! >= from && values[at]! < before
}
