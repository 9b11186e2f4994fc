// Which emails of a view fit a filter, RFC 8621 §4.4.1. What needs the disk is asked once, before
// any email is looked at.
import type { FlagBit, FlagNames } from '../../../mailbox/flags.ts'
import type { TextQuery } from '../../../mailbox/search/search.ts'
import { isObject, type Json } from '../args.ts'
import type { Rooms } from '../call.ts'
import { MethodError } from '../errors.ts'
import { flagOf, isKeyword } from '../keywords.ts'
import type { View } from '../view.ts'

export type Test = (at: number) => boolean

export interface FilterPorts {
  readonly rooms: Rooms
  readonly account: string
  readonly view: View
  readonly names: FlagNames
  /** Whether an email may be seen at all. */
  readonly sees: (at: number) => boolean
  readonly readable: (mailbox: string) => boolean
}

const depthMax = 20
const conditionsMax = 500
const texts: readonly string[] = ['text', 'from', 'to', 'cc', 'bcc', 'subject', 'body']

export class EmailFilter {
  readonly #ports: FilterPorts
  #left = conditionsMax

  constructor(ports: FilterPorts) {
    this.#ports = ports
  }

  /** @throws MethodError 'unsupportedFilter' | 'invalidArguments' */
  async test(filter: Json | undefined, depth = 0): Promise<Test> {
    if (!filter) return () => true
    if (depth > depthMax || --this.#left < 0)
      throw new MethodError('unsupportedFilter', 'too much of it')
    if (!('operator' in filter)) return this.#all(filter)
    const { operator, conditions } = filter
    if (!Array.isArray(conditions) || !conditions.every(isObject)) return wrong('conditions')
    const tests: Test[] = []
    for (const each of conditions) tests.push(await this.test(each, depth + 1))
    if (operator === 'AND') return (at) => tests.every((test) => test(at))
    if (operator === 'OR') return (at) => tests.some((test) => test(at))
    if (operator === 'NOT') return (at) => !tests.some((test) => test(at))
    return wrong('operator')
  }

  /** Every condition of one object. The cheap ones decide for whom the others are looked at. */
  async #all(filter: Json): Promise<Test> {
    const cheap: Test[] = []
    for (const [name, value] of Object.entries(filter)) {
      if (value === null) return wrong(name)
      if (!isSlow(name)) cheap.push(this.#quick(name, value))
    }
    const quick: Test = (at) => cheap.every((test) => test(at))
    const slow: Test[] = []
    for (const [name, value] of Object.entries(filter))
      if (isSlow(name)) slow.push(await this.#slow(name, value, quick))
    return (at) => quick(at) && slow.every((test) => test(at))
  }

  #quick(name: string, value: unknown): Test {
    const { view } = this.#ports
    switch (name) {
      case 'inMailbox': {
        const mailbox = textOf(name, value)
        const box = this.#ports.readable(mailbox) ? view.boxOf(mailbox) : -1
        return (at) => view.boxes[at]!.includes(box)
      }
      case 'inMailboxOtherThan': {
        if (!Array.isArray(value)) return wrong(name)
        const others = new Set(value.map((id) => view.boxOf(textOf(name, id))))
        return (at) => view.boxes[at]!.some((box) => !others.has(box))
      }
      case 'before':
      case 'after': {
        const ms = timeOf(name, value)
        return name === 'before'
          ? (at) => view.receivedAt[at]! < ms
          : (at) => view.receivedAt[at]! >= ms
      }
      case 'minSize':
      case 'maxSize': {
        const size = value
        if (typeof size !== 'number') return wrong(name)
        return name === 'minSize' ? (at) => view.size[at]! >= size : (at) => view.size[at]! < size
      }
      default:
        return this.#keyword(name, value)
    }
  }

  #keyword(name: string, value: unknown): Test {
    const { view } = this.#ports
    const inThread = /^(all|some|none)InThreadHaveKeyword$/.exec(name)?.[1]
    if (!inThread && name !== 'hasKeyword' && name !== 'notKeyword')
      throw new MethodError('unsupportedFilter', name.slice(0, 100))
    const keyword = textOf(name, value)
    if (!isKeyword(keyword)) return wrong(name)
    const has = keywordTest(view, this.#ports.names.find(flagOf(keyword)))
    if (name === 'hasKeyword') return has
    if (name === 'notKeyword') return (at) => !has(at)
    const { sees } = this.#ports
    const thread = (at: number) => (view.threads.get(view.thread[at]!) ?? []).filter(sees)
    if (inThread === 'all') return (at) => thread(at).every(has)
    if (inThread === 'some') return (at) => thread(at).some(has)
    return (at) => !thread(at).some(has)
  }

  async #slow(name: string, value: unknown, quick: Test): Promise<Test> {
    if (name === 'hasAttachment') return this.#attachment(value, quick)
    if (name === 'header') return this.#header(value, quick)
    const text = textOf(name, value)
    if (text.trim() === '') return () => true
    const { rooms, account, view } = this.#ports
    const query: TextQuery = { in: name as TextQuery['in'], text: text.trim() }
    const sets: ReadonlySet<string>[] = []
    for (const part of partsOf(query))
      sets.push(
        await rooms.search.emails(account, part, (email) => {
          const at = view.indexOf(email)
          return at !== undefined && quick(at)
        }),
      )
    return (at) => sets.every((set) => set.has(view.email[at]!))
  }

  async #attachment(value: unknown, quick: Test): Promise<Test> {
    if (typeof value !== 'boolean') return wrong('hasAttachment')
    const { rooms, account, view } = this.#ports
    const having = await rooms.attachments.of({ account, view, among: quick })
    return (at) => having.has(view.email[at]!) === value
  }

  async #header(value: unknown, quick: Test): Promise<Test> {
    const given = Array.isArray(value) ? value : []
    const [name, text = ''] = given
    if (typeof name !== 'string' || typeof text !== 'string' || given.length > 2)
      return wrong('header')
    const { rooms, account, view } = this.#ports
    const byPlace = Map.groupBy(view.indexes().filter(quick), (at) => view.placeOf(at).mailbox)
    const found = new Set<number>()
    for (const [mailbox, indexes] of byPlace) {
      const byUid = new Map(indexes.map((at) => [view.uid[at]!, at]))
      const query = { name: name.toLowerCase(), text }
      const uids = await rooms.search.withHeader({ account, mailbox }, query, (uid) =>
        byUid.has(uid),
      )
      for (const uid of uids) if (byUid.has(uid)) found.add(byUid.get(uid)!)
    }
    return (at) => found.has(at)
  }
}

/**
 * RFC 8621 §4.4.1: words may be anywhere in what is searched, a phrase in quotes is one. Each is
 * asked by itself.
 */
function partsOf({ in: where, text }: TextQuery): readonly TextQuery[] {
  const words = [...text.matchAll(/"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)'|(\S+)/g)].map(
    ([, double, single, bare]) => (double ?? single ?? bare ?? '').replace(/\\(.)/g, '$1'),
  )
  const wanted = words.filter((word) => word.trim() !== '').slice(0, 20)
  return wanted.map((word) => ({ in: where, text: word }))
}

export function keywordTest(view: View, bit: FlagBit | undefined): Test {
  if (!bit) return () => false
  const bits = bit.in === 'flags' ? view.flags : view.more
  const { value } = bit
  if (value < 2 ** 31) return (at) => Math.floor(bits[at]! / value) % 2 === 1
  return (at) => (BigInt(bits[at]!) & BigInt(value)) !== 0n
}

function isSlow(name: string): boolean {
  return texts.includes(name) || name === 'header' || name === 'hasAttachment'
}

function textOf(name: string, value: unknown): string {
  return typeof value === 'string' ? value : wrong(name)
}

function timeOf(name: string, value: unknown): number {
  const ms = Date.parse(textOf(name, value))
  return Number.isNaN(ms) ? wrong(name) : ms
}

function wrong(name: string): never {
  throw new MethodError('invalidArguments', `${name} in a filter`, { arguments: ['filter'] })
}
