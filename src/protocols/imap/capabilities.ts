// What the server says it can do, RFC 9051 §7.2.2: before the login, and after it.
import type { Connection } from '../../wire/connection.ts'
import { limitWords } from './message-limit.ts'
import { type ImapPorts, mechanismsFor, type Phase } from './session.ts'

const always = ['IMAP4rev2', 'IMAP4rev1', 'LITERAL+', 'SASL-IR', 'ID', 'ENABLE', 'LANGUAGE']

const afterLogin = [
  ...['ESEARCH', 'SEARCHRES', 'WITHIN', 'PARTIAL', 'SEARCH=FUZZY', 'SORT', 'SORT=DISPLAY', 'ESORT'],
  ...['THREAD=ORDEREDSUBJECT', 'THREAD=REFERENCES', 'THREAD=REFS'],
  ...['IDLE', 'NAMESPACE', 'UNSELECT', 'UIDPLUS', 'MOVE', 'CHILDREN', 'LIST-EXTENDED'],
  ...['LIST-STATUS', 'STATUS=SIZE', 'SPECIAL-USE', 'CREATE-SPECIAL-USE', 'MULTIAPPEND'],
  ...['CONDSTORE', 'QRESYNC', 'BINARY', 'PREVIEW', 'UTF8=ACCEPT', 'QUOTA', 'QUOTA=RES-STORAGE'],
  ...['QUOTA=RES-MESSAGE', 'QUOTA=RES-MAILBOX', 'COMPRESS=DEFLATE'],
  ...['ACL', 'RIGHTS=kxte', 'LIST-MYRIGHTS', 'METADATA', 'LIST-METADATA', 'FILTERS'],
  ...['UNAUTHENTICATE', 'OBJECTID', 'SAVEDATE', 'REPLACE', 'NOTIFY', 'UIDONLY'],
  ...[
    'I18NLEVEL=1',
    'UIDBATCHES',
    'INPROGRESS',
    'MULTISEARCH',
    'CATENATE',
    'URLAUTH',
    'URLAUTH=BINARY',
    'URL-PARTIAL',
  ],
  ...['CONTEXT=SEARCH', 'CONTEXT=SORT'],
]

/** The words after CAPABILITY. */
export function capabilities(
  phase: Phase['in'],
  connection: Connection,
  ports: Pick<ImapPorts, 'options' | 'authenticator'>,
): string {
  const words = [...always]
  if (phase === 'stranger') words.push(...forStrangers(connection, ports))
  else {
    words.push(...afterLogin, `APPENDLIMIT=${ports.options.sizeMaxBytes}`)
    words.push(...limitWords(ports.options))
    if (ports.options.jmapUrl !== '') words.push('JMAPACCESS')
  }
  return words.join(' ')
}

function forStrangers(
  connection: Connection,
  ports: Pick<ImapPorts, 'options' | 'authenticator'>,
): string[] {
  const words = ports.options.starttls && connection.tls === '' ? ['STARTTLS'] : []
  // RFC 9051 §6.2.3: LOGINDISABLED where passwords could be overheard.
  const mechanisms = mechanismsFor(connection, ports)
  if (mechanisms.length === 0) return [...words, 'LOGINDISABLED']
  return [...words, ...mechanisms.map((mechanism) => `AUTH=${mechanism}`)]
}
