// What of IMAP is measured, row by row: on a mailbox of many messages, selected by one client, and
// on others that are made anew for what changes them. Answers are counted, so that none is fast
// for want of what was asked for.
import type { Measured, Row } from './compare.ts'
import { ImapClient } from './imap-client.ts'
import { hits, mail, rare } from './imap-mail.ts'

export interface ImapServer extends Measured {
  readonly port: number
  readonly user: string
  /** KiB of memory, each page that several processes share counted in parts. */
  pssKb(): number
  /** Has the large mailbox selected. */
  client: ImapClient
}

type Rows = readonly Row<ImapServer>[]

export const big = 'big'

/** The rows for a mailbox of `count` messages, in their order: the first ones fill it. */
export function imapRows(count: number): Rows {
  return [...filling(count), ...selecting(count), ...reading(count), ...searching(count)].concat(
    changing(count),
  )
}

const appends = 200

function filling(count: number): Rows {
  const parts = Math.ceil(count / 100)
  return [
    {
      name: 'MULTIAPPEND by 100',
      unit: '/s',
      once: true,
      async measure({ client }) {
        await client.run(`CREATE ${big}`)
        const commands = Array.from({ length: parts }, (_, n) =>
          multiAppend(n * 100, Math.min(count, n * 100 + 100)),
        )
        const ms = await timed(async () => {
          for (const command of commands) await client.run(command)
        })
        await client.run(`SELECT ${big}`)
        return (count * 1000) / ms
      },
    },
    { name: 'logins, one after the other', unit: '/s', measure: loginsPerSecond },
    {
      name: 'APPEND, one after the other',
      unit: '/s',
      async measure({ client }) {
        await renew(client, 'small')
        const ms = await timed(async () => {
          for (let n = 0; n < appends; n++) await client.run(append('small', n))
        })
        return (appends * 1000) / ms
      },
    },
    {
      name: 'APPEND, pipelined by 50',
      unit: '/s',
      async measure({ client }) {
        await renew(client, 'small')
        const ms = await timed(async () => {
          for (let n = 0; n < appends; n += 50) await pipelined(client, n, 50)
        })
        return (appends * 1000) / ms
      },
    },
  ]
}

function selecting(count: number): Rows {
  return [
    timedRow('SELECT', 20, async ({ client }) => {
      expect(await client.run(`SELECT ${big}`), new RegExp(`\\* ${count} EXISTS`))
    }),
    timedRow('STATUS', 50, async ({ client }) => {
      const items = 'MESSAGES UNSEEN UIDNEXT'
      expect(await client.run(`STATUS small (${items})`), /MESSAGES \d+/)
    }),
    timedRow('LIST RETURN (STATUS)', 20, async ({ client }) => {
      expect(await client.run('LIST "" * RETURN (STATUS (MESSAGES UNSEEN))'), /STATUS big/)
    }),
  ]
}

const thunderbird =
  'UID RFC822.SIZE FLAGS BODY.PEEK[HEADER.FIELDS (From To Cc Bcc Subject Date Message-ID Priority' +
  ' X-Priority References Newsgroups In-Reply-To Content-Type Reply-To)]'

function reading(count: number): Rows {
  const fetch = (items: string) => async (server: ImapServer) => {
    const answer = await server.client.run(`FETCH 1:* (${items})`)
    if (count !== occurrences(answer, ' FETCH (')) throw new Error(`messages missing: ${items}`)
  }
  const envelopes = 'ENVELOPE BODYSTRUCTURE RFC822.SIZE INTERNALDATE'
  const bodies = Math.min(2_000, count)
  return [
    timedRow('FETCH FLAGS of all, cold', 1, fetch('FLAGS UID'), true),
    timedRow('FETCH FLAGS of all, warm', 2, fetch('FLAGS UID')),
    timedRow('FETCH ENVELOPE BODYSTRUCTURE of all, cold', 1, fetch(envelopes), true),
    timedRow('FETCH ENVELOPE BODYSTRUCTURE of all, warm', 1, fetch(envelopes)),
    timedRow("Thunderbird's fields of all, cold", 1, fetch(thunderbird), true),
    timedRow("Thunderbird's fields of all, warm", 1, fetch(thunderbird)),
    timedRow('a page of 50', 50, async ({ client }) => {
      await client.run(`FETCH ${count - 49}:${count} (UID FLAGS ${envelopes})`)
    }),
    { ...wholes(bodies, 1), name: `BODY[] of ${bodies}, cold`, once: true },
    { ...wholes(bodies, 3), name: `BODY[] of ${bodies}, warm` },
    timedRow('one BODY[]', 200, async ({ client }, n) => {
      await client.run(`FETCH ${1 + ((n * 37) % count)} BODY.PEEK[]`)
    }),
  ]
}

/** The median of a few. */
function wholes(count: number, times: number): Pick<Row<ImapServer>, 'unit' | 'measure'> {
  return {
    unit: 'MB/s',
    async measure({ client }) {
      const rates: number[] = []
      for (let n = 0; n < times; n++) {
        let bytes = 0
        const ms = await timed(async () => {
          bytes = (await client.run(`FETCH 1:${count} BODY.PEEK[]`)).length
        })
        rates.push(bytes / 1e6 / (ms / 1000))
      }
      return rates.sort((a, b) => a - b)[times >> 1] ?? 0
    },
  }
}

function searching(count: number): Rows {
  const search = (keys: string, found: number) =>
    timedRow(`SEARCH ${keys}`, 3, async ({ client }) => {
      const answer = (await client.run(`SEARCH ${keys}`)).toString('latin1')
      const numbers = /^\* SEARCH([ \d]*)/.exec(answer)?.[1]?.trim().split(' ').filter(Boolean)
      if (numbers?.length !== found) throw new Error(`${keys}: ${numbers?.length}, not ${found}`)
    })
  const order = (command: string, name: string, once = false) =>
    timedRow(
      name,
      1,
      async ({ client }) => {
        const answer = (await client.run(command)).toString('latin1')
        const numbers = (/^\* (?:SORT|THREAD)(.*)/.exec(answer)?.[1] ?? '').match(/\d+/g)
        if (numbers?.length !== count) throw new Error(`${command}: ${numbers?.length}`)
      },
      once,
    )
  const { subject, body, encoded } = rare
  return [
    search('UNSEEN', count),
    search('SINCE 1-Jan-2040', 0),
    search(`SUBJECT ${subject.word}`, hits(subject, count)),
    search('FROM lestari', Math.floor((count + 1) / 6)),
    search(`BODY ${body.word}`, hits(body, count)),
    search(`BODY ${encoded.word}`, hits(encoded, count)),
    search(`TEXT ${subject.word}`, hits(subject, count)),
    search('HEADER Message-ID 77@bench', Math.ceil((count - 77) / 100)),
    order('SORT (DATE) UTF-8 ALL', 'SORT DATE, cold', true),
    order('SORT (DATE) UTF-8 ALL', 'SORT DATE, warm'),
    order('SORT (SUBJECT) UTF-8 ALL', 'SORT SUBJECT, cold', true),
    order('SORT (SUBJECT) UTF-8 ALL', 'SORT SUBJECT, warm'),
    order('SORT (FROM) UTF-8 ALL', 'SORT FROM, warm'),
    order('THREAD REFERENCES UTF-8 ALL', 'THREAD REFERENCES, cold', true),
    order('THREAD REFERENCES UTF-8 ALL', 'THREAD REFERENCES, warm'),
  ]
}

function changing(count: number): Rows {
  const some = Math.min(2_000, count)
  return [
    {
      name: 'STORE +FLAGS.SILENT of all',
      unit: 'ms',
      async measure({ client }) {
        const ms = await timed(() => client.run('STORE 1:* +FLAGS.SILENT (\\Flagged)'))
        await client.run('STORE 1:* -FLAGS.SILENT (\\Flagged)')
        return ms
      },
    },
    {
      name: 'STORE +FLAGS of all',
      unit: 'ms',
      async measure({ client }) {
        const ms = await timed(() => client.run('STORE 1:* +FLAGS (\\Answered)'))
        await client.run('STORE 1:* -FLAGS.SILENT (\\Answered)')
        return ms
      },
    },
    timedRow('STORE of one', 50, async ({ client }, n) => {
      await client.run(`STORE ${n + 1} ${n % 2 ? '+' : '-'}FLAGS (\\Seen \\Flagged)`)
    }),
    {
      name: `COPY of ${some}`,
      unit: 'ms',
      async measure({ client }) {
        await renew(client, 'copies')
        return timed(() => client.run(`COPY 1:${some} copies`))
      },
    },
    {
      name: `MOVE of ${some}`,
      unit: 'ms',
      async measure({ client }) {
        await copied(client, some)
        await renew(client, 'moved')
        await client.run('SELECT copies')
        const ms = await timed(() => client.run('MOVE 1:* moved'))
        await client.run(`SELECT ${big}`)
        return ms
      },
    },
    {
      name: `EXPUNGE of ${some}`,
      unit: 'ms',
      async measure({ client }) {
        await copied(client, some)
        await client.run('SELECT copies')
        await client.run('STORE 1:* +FLAGS.SILENT (\\Deleted)')
        const ms = await timed(() => client.run('EXPUNGE'))
        await client.run(`SELECT ${big}`)
        return ms
      },
    },
    { name: 'APPEND to EXISTS at an idler', unit: 'ms', measure: appendToExists },
  ]
}

/** The median of so many times, in milliseconds. */
function timedRow(
  name: string,
  times: number,
  act: (server: ImapServer, n: number) => Promise<void>,
  once = false,
): Row<ImapServer> {
  return {
    name,
    unit: 'ms',
    once,
    async measure(server) {
      const all: number[] = []
      for (let n = 0; n < times; n++) all.push(await timed(() => act(server, n)))
      return all.sort((a, b) => a - b)[times >> 1] ?? 0
    },
  }
}

async function timed(act: () => Promise<unknown>): Promise<number> {
  const began = performance.now()
  await act()
  return performance.now() - began
}

function expect(answer: Buffer, wanted: RegExp): void {
  if (!wanted.test(answer.toString('latin1'))) throw new Error(`not in the answer: ${wanted}`)
}

function occurrences(answer: Buffer, text: string): number {
  let count = 0
  for (let at = answer.indexOf(text); at >= 0; at = answer.indexOf(text, at + text.length)) count++
  return count
}

/** An empty mailbox of that name. */
async function renew(client: ImapClient, name: string): Promise<void> {
  await client.run(`DELETE ${name}`).catch(() => {})
  await client.run(`CREATE ${name}`)
}

/** "copies" anew, with so many messages in it. */
async function copied(client: ImapClient, count: number): Promise<void> {
  await renew(client, 'copies')
  await client.run(`COPY 1:${count} copies`)
}

function multiAppend(from: number, to: number): readonly (string | Buffer)[] {
  const pieces: (string | Buffer)[] = [`APPEND ${big}`]
  for (let n = from; n < to; n++) {
    const bytes = mail(n)
    pieces.push(` {${bytes.length}+}\r\n`, bytes)
  }
  return pieces
}

function append(mailbox: string, n: number): readonly (string | Buffer)[] {
  const bytes = mail(n * 4 + 1)
  return [`APPEND ${mailbox} {${bytes.length}+}\r\n`, bytes]
}

async function pipelined(client: ImapClient, from: number, count: number): Promise<void> {
  const pieces: (string | Buffer)[] = []
  for (let n = from; n < from + count; n++) pieces.push(`many${n} `, ...append('small', n), '\r\n')
  const last = client.until(`many${from + count - 1} OK`)
  client.send(pieces)
  await last
}

const logins = 50

async function loginsPerSecond(server: ImapServer): Promise<number> {
  const ms = await timed(async () => {
    for (let n = 0; n < logins; n++) (await ImapClient.open(server)).drop()
  })
  return (logins * 1000) / ms
}

async function appendToExists(server: ImapServer): Promise<number> {
  await renew(server.client, 'small')
  const idler = await ImapClient.open(server)
  await idler.run('SELECT small')
  const going = idler.until('+ ')
  idler.send(['idle IDLE\r\n'])
  await going
  const all: number[] = []
  for (let n = 1; n <= 20; n++) {
    const told = idler.until(`* ${n} EXISTS`)
    const began = performance.now()
    const done = server.client.run(append('small', n))
    await told
    all.push(performance.now() - began)
    await done
  }
  idler.drop()
  return all.sort((a, b) => a - b)[all.length >> 1] ?? 0
}
