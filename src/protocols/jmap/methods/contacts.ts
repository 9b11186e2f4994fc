// Address books and cards, RFC 9610, as far as an address book and the completion of addresses
// need it. A card's own words are those of JSContact (RFC 9553); they are kept as they come.
import { type Args, isObject, type Json } from '../args.ts'
import type { Call, Method } from '../call.ts'
import { contacts } from '../capabilities.ts'
import { invalidProperties, MethodError } from '../errors.ts'
import { queryResponse } from '../query-page.ts'
import {
  isBoolean,
  isText,
  orNull,
  type Property,
  type RecordType,
  recordMethods,
  recordObjects,
} from '../record-type.ts'

const cardMaxBytes = 100_000
const ownBook = 'default'

const bookType: RecordType = {
  name: 'AddressBook',
  capability: contacts,
  max: 50,
  properties: {
    name: { fits: (value) => isText(255)(value) && value !== '' },
    description: { otherwise: null, fits: orNull(isText(1_000)) },
    sortOrder: { otherwise: 0, fits: (value) => Number.isSafeInteger(value) && Number(value) >= 0 },
    isDefault: { otherwise: false, fits: isBoolean, ours: true },
    isSubscribed: { otherwise: true, fits: isBoolean },
  },
  given: () => new Map([[ownBook, bookOf()]]),
}

function bookOf(): Json {
  const rest = { description: null, sortOrder: 0, isDefault: true, isSubscribed: true }
  return { id: ownBook, name: 'Contacts', ...rest }
}

const map: Property = { otherwise: null, fits: orNull(isObject) }
const text: Property = { otherwise: null, fits: orNull(isText(1_000)) }

const cardType: RecordType = {
  name: 'ContactCard',
  capability: contacts,
  max: 20_000,
  properties: {
    addressBookIds: { otherwise: { [ownBook]: true }, fits: isObject },
    '@type': { otherwise: 'Card', fits: (value) => value === 'Card' },
    version: { otherwise: '1.0', fits: isText(20) },
    ...{ uid: text, kind: text, language: text, created: text, updated: text, prodId: text },
    ...{ name: map, nicknames: map, organizations: map, titles: map, emails: map, phones: map },
    ...{ onlineServices: map, addresses: map, anniversaries: map, links: map, notes: map },
    ...{ keywords: map, members: map, relatedTo: map, media: map, personalInfo: map },
  },
  check: async (card, call) => {
    if (JSON.stringify(card).length > cardMaxBytes) throw invalidProperties([])
    const { account } = call.asker.login
    const books = (await recordObjects(bookType, account, call)).found
    const ids = Object.entries(card.addressBookIds as Json)
    if (ids.length === 0 || !ids.every(([id, on]) => on === true && books.has(id)))
      throw invalidProperties(['addressBookIds'])
  },
}

const conditions = ['inAddressBook', 'uid', 'kind', 'text', 'name', 'email']

const cardQuery: Method = {
  name: 'ContactCard/query',
  capability: contacts,
  async run(args, call) {
    const accountId = call.account(args)
    const { state, found } = await recordObjects(cardType, accountId, call)
    const all = [...found.values()].filter(testOf(args)).sort(byName)
    const ids = all.map(({ id }) => id as string)
    return queryResponse(args, ids, { accountId, queryState: state, canCalculate: false })
  },
}

/** RFC 9610 §3.3.1: every condition that is given. */
function testOf(args: Args): (card: Json) => boolean {
  const filter = args.object('filter') ?? {}
  const strange = Object.keys(filter).find((name) => !conditions.includes(name))
  if (strange !== undefined) throw new MethodError('unsupportedFilter', strange.slice(0, 100))
  const tests = Object.entries(filter).map(([name, value]) => {
    if (typeof value !== 'string') throw new MethodError('invalidArguments', name)
    return conditionOf(name, value)
  })
  return (card) => tests.every((test) => test(card))
}

function conditionOf(name: string, value: string): (card: Json) => boolean {
  const needle = value.toLowerCase()
  if (name === 'inAddressBook')
    return ({ addressBookIds }) => isObject(addressBookIds) && value in addressBookIds
  if (name === 'uid' || name === 'kind') return (card) => card[name] === value
  return (card) => {
    const where = { name: [card.name, card.nicknames], email: [card.emails] }[name] ?? [
      ...[card.name, card.nicknames, card.emails, card.organizations, card.notes, card.phones],
    ]
    return textsIn(where).some((each) => each.toLowerCase().includes(needle))
  }
}

/** Every text in a value, however deep: cards are small. */
function textsIn(value: unknown): readonly string[] {
  if (typeof value === 'string') return [value]
  if (typeof value !== 'object' || value === null) return []
  return Object.values(value).flatMap(textsIn)
}

function byName(a: Json, b: Json): number {
  const [one = '', other = ''] = [textsIn(a.name)[0], textsIn(b.name)[0]]
  return one < other ? -1 : one > other ? 1 : String(a.id) < String(b.id) ? -1 : 1
}

/** A book goes with no card left in it: RFC 9610 §2.3. */
async function isEmpty(id: string, call: Call): Promise<boolean> {
  const { found } = await recordObjects(cardType, call.asker.login.account, call)
  return ![...found.values()].some(
    (card) => isObject(card.addressBookIds) && id in card.addressBookIds,
  )
}

export const contactMethods: readonly Method[] = [
  ...recordMethods({ ...bookType, mayDestroy: isEmpty, full: 'addressBookHasContents' }),
  ...recordMethods(cardType),
  cardQuery,
]
