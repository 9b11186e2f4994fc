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
  /** The last positional argument may be left out. */
  readonly lastOptional?: true
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
const creating: Readonly<Record<string, TagForm>> = {
  create: { needs: 'mailbox' },
  specialuse: { takes: 'string', needs: 'special-use' },
  mailboxid: { takes: 'string', needs: 'mailboxid' },
}
/** RFC 8580 §3.1: what says where a copy of what is sent goes. */
const copying: Readonly<Record<string, TagForm>> = {
  fcc: { takes: 'string', needs: 'fcc' },
  ...storing,
  ...creating,
}
/** RFC 5703 §4.1 */
const mime: Readonly<Record<string, TagForm>> = {
  mime: { needs: 'mime' },
  anychild: { needs: 'mime' },
}
const mimeHeader: Readonly<Record<string, TagForm>> = {
  ...mime,
  type: { needs: 'mime' },
  subtype: { needs: 'mime' },
  contenttype: { needs: 'mime' },
  param: { takes: 'strings', needs: 'mime' },
}
export const mimeOptions = ['type', 'subtype', 'contenttype', 'param'] as const
const transforms = {
  ...{ lower: {}, upper: {}, lowerfirst: {}, upperfirst: {}, quotewildcard: {}, length: {} },
  ...{ quoteregex: { needs: 'regex' }, encodeurl: { needs: 'enotify' } },
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
      ...creating,
      copy: { needs: 'copy' },
    },
  },
  reject: { takes: ['string'], needs: 'reject' },
  ereject: { takes: ['string'], needs: 'ereject' },
  set: { takes: ['string', 'string'], needs: 'variables', tags: transforms },
  setflag: { takes: ['string', 'strings'], firstOptional: true, needs: 'imap4flags' },
  addflag: { takes: ['string', 'strings'], firstOptional: true, needs: 'imap4flags' },
  removeflag: { takes: ['string', 'strings'], firstOptional: true, needs: 'imap4flags' },
  error: { takes: ['string'], needs: 'ihave' },
  vacation: {
    takes: ['string'],
    needs: 'vacation',
    tags: {
      days: { takes: 'number' },
      seconds: { takes: 'number', needs: 'vacation-seconds' },
      subject: { takes: 'string' },
      from: { takes: 'string' },
      addresses: { takes: 'strings' },
      mime: {},
      handle: { takes: 'string' },
      ...copying,
    },
    oneOf: [['days', 'seconds']],
  },
  notify: {
    takes: ['string'],
    needs: 'enotify',
    tags: {
      from: { takes: 'string' },
      importance: { takes: 'string' },
      options: { takes: 'strings' },
      message: { takes: 'string' },
      ...copying,
    },
  },
  include: {
    takes: ['string'],
    needs: 'include',
    tags: { personal: {}, global: {}, once: {}, optional: {} },
    oneOf: [['personal', 'global']],
  },
  return: { takes: [], needs: 'include' },
  global: { takes: ['strings'], needs: 'include' },
  addheader: { takes: ['string', 'string'], needs: 'editheader', tags: { last: {} } },
  deleteheader: {
    takes: ['string', 'strings'],
    lastOptional: true,
    needs: 'editheader',
    tags: { ...matching, index: { takes: 'number' }, last: {} },
    oneOf: oneMatch,
  },
  foreverypart: {
    takes: [],
    needs: 'foreverypart',
    tags: { name: { takes: 'string' } },
    block: true,
  },
  break: { takes: [], needs: 'foreverypart', tags: { name: { takes: 'string' } } },
  extracttext: {
    takes: ['string'],
    needs: 'extracttext',
    tags: { first: { takes: 'number' }, ...transforms },
  },
}

export const tests: Readonly<Record<string, Form>> = {
  true: { takes: [] },
  false: { takes: [] },
  not: { takes: [], tests: 'one' },
  anyof: { takes: [], tests: 'list' },
  allof: { takes: [], tests: 'list' },
  size: { takes: ['number'], tags: { over: {}, under: {} }, oneOf: [['over', 'under']] },
  exists: { takes: ['strings'], tags: mime },
  header: {
    takes: ['strings', 'strings'],
    tags: { ...matching, ...index, ...mimeHeader },
    oneOf: [matchTypes, mimeOptions],
  },
  address: {
    takes: ['strings', 'strings'],
    tags: { ...matching, ...parts, ...index, ...mime },
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
  mailboxidexists: { takes: ['strings'], needs: 'mailboxid' },
  specialuse_exists: { takes: ['string', 'strings'], firstOptional: true, needs: 'special-use' },
  duplicate: {
    takes: [],
    needs: 'duplicate',
    tags: {
      handle: { takes: 'string' },
      header: { takes: 'string' },
      uniqueid: { takes: 'string' },
      seconds: { takes: 'number' },
      last: {},
    },
    oneOf: [['header', 'uniqueid']],
  },
  spamtest: {
    takes: ['string'],
    needs: 'spamtest',
    tags: { ...matching, percent: { needs: 'spamtestplus' } },
    oneOf: oneMatch,
  },
  valid_notify_method: { takes: ['strings'], needs: 'enotify' },
  notify_method_capability: {
    takes: ['string', 'string', 'strings'],
    needs: 'enotify',
    tags: matching,
    oneOf: oneMatch,
  },
}

/** What `require` may name. */
export const capabilities: readonly string[] = [
  ...['fileinto', 'reject', 'ereject', 'envelope', 'encoded-character', 'copy', 'variables'],
  ...['relational', 'subaddress', 'date', 'index', 'body', 'regex', 'imap4flags', 'mailbox'],
  ...['special-use', 'environment', 'ihave', 'vacation', 'vacation-seconds', 'duplicate'],
  ...['include', 'editheader', 'enotify', 'fcc', 'mailboxid', 'mime', 'foreverypart'],
  ...['extracttext', 'spamtest', 'spamtestplus'],
  ...['comparator-i;octet', 'comparator-i;ascii-casemap', 'comparator-i;ascii-numeric'],
  'comparator-i;unicode-casemap',
]

/** Requiring the one is requiring the others: RFC 6131 §3, RFC 5235 §2.2. */
export const implied: Readonly<Record<string, readonly string[]>> = {
  'vacation-seconds': ['vacation'],
  spamtestplus: ['spamtest'],
}
