// Every command and test with what it takes, and the capability that `require` must name for it.

export type Kind = 'string' | 'strings' | 'number'

export interface TagForm {
  readonly takes?: Kind
  readonly needs?: string
}

export interface Form {
  readonly needs?: string
  readonly takes: readonly Kind[]
  /** The first positional argument may be left out. */
  readonly firstOptional?: true
  readonly tags?: Readonly<Record<string, TagForm>>
  readonly tests?: 'one' | 'list'
  readonly block?: true
  /** Tags of one line exclude each other. */
  readonly oneOf?: readonly (readonly string[])[]
}

const matching: Readonly<Record<string, TagForm>> = {
  comparator: { takes: 'string' },
  is: {},
  contains: {},
  matches: {},
  regex: { needs: 'regex' },
  value: { takes: 'string', needs: 'relational' },
  count: { takes: 'string', needs: 'relational' },
}
export const matchTypes = ['is', 'contains', 'matches', 'regex', 'value', 'count'] as const
const parts: Readonly<Record<string, TagForm>> = {
  all: {},
  localpart: {},
  domain: {},
  user: { needs: 'subaddress' },
  detail: { needs: 'subaddress' },
}
export const addressParts = ['all', 'localpart', 'domain', 'user', 'detail'] as const
const index: Readonly<Record<string, TagForm>> = {
  index: { takes: 'number', needs: 'index' },
  last: { needs: 'index' },
}
const dates: Readonly<Record<string, TagForm>> = {
  zone: { takes: 'string' },
  originalzone: {},
}
const storing: Readonly<Record<string, TagForm>> = {
  flags: { takes: 'strings', needs: 'imap4flags' },
}
const transforms = {
  ...{ lower: {}, upper: {}, lowerfirst: {}, upperfirst: {}, quotewildcard: {}, length: {} },
  ...{ quoteregex: { needs: 'regex' } },
}
const oneMatch = [matchTypes]

export const commands: Readonly<Record<string, Form>> = {
  require: { takes: ['strings'] },
  if: { takes: [], tests: 'one', block: true },
  elsif: { takes: [], tests: 'one', block: true },
  else: { takes: [], block: true },
  stop: { takes: [] },
  keep: { takes: [], tags: storing },
  discard: { takes: [] },
  redirect: { takes: ['string'], tags: { copy: { needs: 'copy' } } },
  fileinto: {
    takes: ['string'],
    needs: 'fileinto',
    tags: {
      ...storing,
      copy: { needs: 'copy' },
      create: { needs: 'mailbox' },
      specialuse: { takes: 'string', needs: 'special-use' },
    },
  },
  reject: { takes: ['string'], needs: 'reject' },
  ereject: { takes: ['string'], needs: 'ereject' },
  set: { takes: ['string', 'string'], needs: 'variables', tags: transforms },
  setflag: { takes: ['string', 'strings'], firstOptional: true, needs: 'imap4flags' },
  addflag: { takes: ['string', 'strings'], firstOptional: true, needs: 'imap4flags' },
  removeflag: { takes: ['string', 'strings'], firstOptional: true, needs: 'imap4flags' },
  error: { takes: ['string'], needs: 'ihave' },
}

export const tests: Readonly<Record<string, Form>> = {
  true: { takes: [] },
  false: { takes: [] },
  not: { takes: [], tests: 'one' },
  anyof: { takes: [], tests: 'list' },
  allof: { takes: [], tests: 'list' },
  size: { takes: ['number'], tags: { over: {}, under: {} }, oneOf: [['over', 'under']] },
  exists: { takes: ['strings'] },
  header: { takes: ['strings', 'strings'], tags: { ...matching, ...index }, oneOf: oneMatch },
  address: {
    takes: ['strings', 'strings'],
    tags: { ...matching, ...parts, ...index },
    oneOf: [matchTypes, addressParts],
  },
  envelope: {
    takes: ['strings', 'strings'],
    needs: 'envelope',
    tags: { ...matching, ...parts },
    oneOf: [matchTypes, addressParts],
  },
  string: {
    takes: ['strings', 'strings'],
    needs: 'variables',
    tags: matching,
    oneOf: oneMatch,
  },
  hasflag: {
    takes: ['strings', 'strings'],
    firstOptional: true,
    needs: 'imap4flags',
    tags: matching,
    oneOf: oneMatch,
  },
  date: {
    takes: ['string', 'string', 'strings'],
    needs: 'date',
    tags: { ...matching, ...dates, ...index },
    oneOf: [matchTypes, ['zone', 'originalzone']],
  },
  currentdate: {
    takes: ['string', 'strings'],
    needs: 'date',
    tags: { ...matching, zone: { takes: 'string' } },
    oneOf: oneMatch,
  },
  body: {
    takes: ['strings'],
    needs: 'body',
    tags: { ...matching, raw: {}, text: {}, content: { takes: 'strings' } },
    oneOf: [matchTypes, ['raw', 'text', 'content']],
  },
  environment: {
    takes: ['string', 'strings'],
    needs: 'environment',
    tags: matching,
    oneOf: oneMatch,
  },
  ihave: { takes: ['strings'], needs: 'ihave' },
  mailboxexists: { takes: ['strings'], needs: 'mailbox' },
}

/** What `require` may name. */
export const capabilities: readonly string[] = [
  ...['fileinto', 'reject', 'ereject', 'envelope', 'encoded-character', 'copy', 'variables'],
  ...['relational', 'subaddress', 'date', 'index', 'body', 'regex', 'imap4flags', 'mailbox'],
  ...['special-use', 'environment', 'ihave'],
  ...['comparator-i;octet', 'comparator-i;ascii-casemap', 'comparator-i;ascii-numeric'],
  'comparator-i;unicode-casemap',
]
