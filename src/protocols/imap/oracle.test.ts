// No command tells a stranger whether somebody else has an account, a mailbox, a message or an id:
// what is answered about theirs is, byte for byte, what is answered about what there is not.
import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'
import type { Player } from '../../wire/testing/transcript.ts'
import { commands } from './imap.ts'
import { openImap } from './testing/server.ts'

const server = await openImap({ after })

/** NAME is somebody's mailbox, ID an id of theirs, WHO the address of an account. */
const lines: Readonly<Record<string, readonly string[]>> = {
  CAPABILITY: ['CAPABILITY'],
  LANGUAGE: ['LANGUAGE', 'LANGUAGE NAME'],
  NOOP: ['NOOP'],
  CHECK: ['CHECK'],
  LOGOUT: [],
  ID: ['ID ("name" "NAME")'],
  STARTTLS: ['STARTTLS'],
  LOGIN: ['LOGIN WHO amplop'],
  AUTHENTICATE: ['AUTHENTICATE PLAIN'],
  ENABLE: ['ENABLE NAME'],
  SELECT: ['SELECT NAME', 'SELECT NAME (CONDSTORE)', 'SELECT ID'],
  EXAMINE: ['EXAMINE NAME'],
  CLOSE: [],
  UNSELECT: [],
  NAMESPACE: ['NAMESPACE'],
  LIST: [
    'LIST "" NAME',
    'LIST NAME *',
    'LIST "" Shared/%/%',
    'LIST (SUBSCRIBED) "" NAME RETURN (CHILDREN STATUS (MESSAGES))',
    'LIST "" (NAME) RETURN (SUBSCRIBED MYRIGHTS STATUS (MESSAGES))',
  ],
  LSUB: ['LSUB "" NAME', 'LSUB NAME %'],
  STATUS: ['STATUS NAME (MESSAGES UIDNEXT MAILBOXID DELETED-STORAGE)'],
  CREATE: ['CREATE NAME', 'CREATE NAME/below', 'CREATE NAME (USE (\\Sent))'],
  DELETE: ['DELETE NAME', 'DELETE ID'],
  RENAME: ['RENAME NAME other', 'RENAME Sent NAME', 'RENAME NAME NAME/below'],
  SUBSCRIBE: ['SUBSCRIBE NAME', 'LIST (SUBSCRIBED) "" *', 'LSUB "" *'],
  UNSUBSCRIBE: ['UNSUBSCRIBE NAME'],
  APPEND: [
    'APPEND NAME {3+}\r\nabc',
    'APPEND NAME (\\Seen) {3+}\r\nabc',
    'APPEND Sent CATENATE (URL "/NAME/;UID=1")',
  ],
  IDLE: [],
  STORE: ['STORE 1 +FLAGS.SILENT (\\Flagged)'],
  'UID STORE': ['UID STORE 4711 +FLAGS (\\Flagged)'],
  COPY: ['COPY 1 NAME', 'COPY 1 ID'],
  'UID COPY': ['UID COPY 1 NAME', 'UID COPY 4711 NAME'],
  MOVE: ['MOVE 1 NAME'],
  'UID MOVE': ['UID MOVE 1 NAME'],
  EXPUNGE: ['EXPUNGE'],
  'UID EXPUNGE': ['UID EXPUNGE 4711'],
  FETCH: ['FETCH 1 (UID)'],
  'UID FETCH': ['UID FETCH 4711 (UID FLAGS)'],
  GETQUOTA: ['GETQUOTA Shared/WHO', 'GETQUOTA NAME', 'GETQUOTA ID'],
  GETQUOTAROOT: ['GETQUOTAROOT NAME'],
  SETACL: ['SETACL NAME WHO lr', 'SETACL NAME anyone +lr', 'SETACL Sent WHO lr', 'GETACL Sent'],
  DELETEACL: ['DELETEACL NAME WHO', 'DELETEACL Sent WHO'],
  GETACL: ['GETACL NAME', 'GETACL ID'],
  LISTRIGHTS: ['LISTRIGHTS NAME WHO', 'LISTRIGHTS Sent WHO'],
  MYRIGHTS: ['MYRIGHTS NAME', 'MYRIGHTS ID'],
  GETMETADATA: ['GETMETADATA NAME /private/comment', 'GETMETADATA (DEPTH 1) NAME /shared'],
  SETMETADATA: ['SETMETADATA NAME (/private/comment a)', 'SETMETADATA NAME (/private/a "b")'],
  CANCELUPDATE: ['CANCELUPDATE "NAME"'],
  NOTIFY: ['NOTIFY SET (mailboxes (NAME) (MessageNew MessageExpunge))', 'NOTIFY NONE'],
  ESEARCH: [
    'ESEARCH IN (mailboxes (NAME)) RETURN (COUNT ALL) ALL',
    'ESEARCH IN (subtree (NAME)) ALL',
    'ESEARCH IN (personal) EMAILID ID',
  ],
  GETJMAPACCESS: ['GETJMAPACCESS'],
  UIDBATCHES: ['UIDBATCHES 500'],
  GENURLAUTH: [
    'GENURLAUTH "imap://WHO/NAME/;uid=1;urlauth=authuser" INTERNAL',
    'GENURLAUTH "imap://tito@example.com/NAME/;uid=1;urlauth=user+WHO" INTERNAL',
  ],
  RESETKEY: ['RESETKEY NAME', 'RESETKEY ID'],
  URLFETCH: [
    `URLFETCH "imap://WHO/NAME/;uid=1;urlauth=authuser:internal:${'00'.repeat(52)}"`,
    'URLFETCH ("/NAME/;UID=1" BODY)',
  ],
  COMPRESS: [],
  UNAUTHENTICATE: [],
  REPLACE: ['REPLACE 1 NAME {3+}\r\nabc'],
  'UID REPLACE': ['UID REPLACE 1 NAME {3+}\r\nabc'],
  SEARCH: [
    'SEARCH FILTER own',
    'SEARCH EMAILID ID',
    'SEARCH THREADID ID',
    'SEARCH RETURN (ALL) EMAILID ID',
  ],
  'UID SEARCH': ['UID SEARCH EMAILID ID', 'UID SEARCH THREADID ID'],
  SORT: ['SORT (DATE) UTF-8 EMAILID ID'],
  'UID SORT': ['UID SORT (DATE) UTF-8 EMAILID ID'],
  THREAD: ['THREAD REFS UTF-8 EMAILID ID'],
  'UID THREAD': ['UID THREAD REFS UTF-8 EMAILID ID'],
}

interface Guess {
  readonly WHO: string
  readonly NAME: string
  readonly ID: string
}

describe('what a stranger may learn', () => {
  it('is asked of every command there is', () => {
    assert.deepEqual(
      [...commands.keys()].filter((name) => !lines[name]),
      [],
    )
  })

  it('of a mailbox, an account or an id of others is what there is not', async () => {
    const answers = await told(({ ids }) => ({ ...secret, ID: ids[0]! }))
    // Where everything is refused alike, nothing was asked.
    assert.ok(answers.some((answer) => answer.includes('t OK')))
    for (const n of [1, 2])
      assert.deepEqual(await told(({ ids }) => ({ ...secret, ID: ids[n]! })), answers)
    for (const guess of notThere) assert.deepEqual(await told(() => guess), answers)
  })
})

const owner = 'Shared/tito@example.com'
const secret = { WHO: 'tito@example.com', NAME: `${owner}/Secret` }
const notThere: readonly Guess[] = [
  { WHO: 'nono@example.com', NAME: `${owner}/Nothin`, ID: 'M0000000000000000' },
  { WHO: 'nono@example.com', NAME: 'Shared/nono@example.com/Secret', ID: 'nothing' },
  { WHO: 'nono@example.com', NAME: `${owner}/INBOX`, ID: 'nothing' },
]

/** Ids of a mailbox, an email and a thread that somebody has and does not share. */
async function secretsOf(who: string): Promise<string[]> {
  const client = await server.client()
  await ask(client, `LOGIN ${who} amplop`)
  const created = await ask(client, 'CREATE Secret')
  await ask(client, 'APPEND Secret {14+}\r\nSubject: oil\r\n')
  await ask(client, 'SELECT Secret')
  const fetched = await ask(client, 'FETCH 1 (EMAILID THREADID)')
  client.end()
  const found = (created + fetched).matchAll(/(?:MAILBOXID|EMAILID|THREADID) \((\S+?)\)/g)
  return [...found].map(([, id]) => id!)
}

/** Every answer to every line, by a house as new, the guess itself taken out of it. */
async function told(make: (of: { ids: readonly string[] }) => Guess): Promise<string[]> {
  await server.renew()
  const guess = make({ ids: await secretsOf('tito') })
  const client = await server.client()
  await ask(client, 'LOGIN iqbal amplop')
  await ask(client, 'APPEND Sent {3+}\r\nabc')
  const answers: string[] = []
  for (const [name, forms] of Object.entries(lines))
    for (const form of forms) {
      await ask(client, 'SELECT Sent')
      const line = form.replace(/NAME|WHO|(?<= )ID\b/g, (word) => guess[word as keyof Guess])
      let answer = await ask(client, line)
      for (const word of ['NAME', 'WHO', 'ID'] as const)
        answer = answer.replaceAll(guess[word], word)
      answers.push(`${name}: ${form}\n${answer}`)
    }
  client.end()
  return answers
}

async function ask(client: Player, command: string): Promise<string> {
  await client.write(Buffer.from(`t ${command}\r\n`))
  const lines: string[] = []
  for (;;) {
    const line = await client.line()
    lines.push(line)
    if (/^(?:t |\+|<)/.test(line)) return lines.join('\n')
  }
}
