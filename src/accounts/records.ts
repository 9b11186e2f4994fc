// What people keep beside mail, by kind: each record is an object in JSON. Knows no kind's meaning;
// whoever does checks what it puts in.
import { Feed } from '../base/feed.ts'
import type { Engine } from '../store/engine.ts'
import { alone, type Notifier } from '../store/notifier.ts'
import {
  changeRecords,
  everyRecord,
  firstRecords,
  listRecords,
  type RecordChange,
  type RecordNews,
  rangeOfRecords,
  recordsSince,
  stateOfRecords,
  swapRecord,
} from './record-jobs.ts'

export interface KeptRecord {
  readonly id: string
  readonly value: Readonly<Record<string, unknown>>
}

/** Word that records of a kind changed. */
export interface RecordWord {
  readonly account: string
  readonly kind: string
}

const channel = 'records'

export class RecordBook {
  readonly changes = new Feed<RecordWord>()
  readonly #engine: Engine
  readonly #notifier: Notifier

  constructor(engine: Engine, notifier: Notifier = alone) {
    this.#engine = engine
    this.#notifier = notifier
    notifier.listen(channel, (word) => {
      if (word === undefined) return this.changes.miss()
      const [account = '', kind = ''] = word.split(' ')
      this.changes.publish({ account, kind })
    })
  }

  async list(
    account: string,
    kind: string,
  ): Promise<{ readonly state: string; readonly records: readonly KeptRecord[] }> {
    const { state, records } = await this.#engine.run(listRecords, { account, kind })
    return { state: String(state), records: records.map(keptOf) }
  }

  /** Of every account. */
  async every(kind: string): Promise<readonly (KeptRecord & { readonly account: string })[]> {
    const rows = await this.#engine.run(everyRecord, kind)
    return rows.map((row) => ({ ...keptOf(row), account: row.account }))
  }

  /** Those of one kind with ids from one up to below another. */
  async range(
    { account, kind }: RecordWord,
    from: string,
    below: string,
  ): Promise<readonly KeptRecord[]> {
    const rows = await this.#engine.run(rangeOfRecords, { account, kind, from, below })
    return rows.map(keptOf)
  }

  async get(place: RecordWord, id: string): Promise<KeptRecord | undefined> {
    return (await this.range(place, id, `${id}\u0001`)).find((each) => each.id === id)
  }

  /** The first of a kind in the order of ids, whosoever they are. */
  first(kind: string, limit: number) {
    return this.#engine.run(firstRecords, { kind, limit })
  }

  async state(account: string, kind: string): Promise<string> {
    return String(await this.#engine.run(stateOfRecords, { account, kind }))
  }

  /** undefined when it cannot be told. */
  async since(account: string, kind: string, state: string): Promise<RecordNews | undefined> {
    if (!/^\d{1,15}$/.test(state)) return undefined
    return this.#engine.run(recordsSince, { account, kind, since: Number(state) })
  }

  /** Changes a record that is still as it was read; false where it is not. */
  async swap(
    { account, kind }: RecordWord,
    before: KeptRecord,
    value: KeptRecord['value'],
  ): Promise<boolean> {
    const order = { account, kind, id: before.id, from: JSON.stringify(before.value) }
    const done = await this.#engine.run(swapRecord, { ...order, to: JSON.stringify(value) })
    if (done) this.#tell({ account, kind })
    return done
  }

  /** All of it or nothing; the state it leads to. @throws Refused 'too-many' */
  async change(
    { account, kind }: RecordWord,
    puts: readonly KeptRecord[],
    removes: readonly string[] = [],
    max = 10_000,
  ): Promise<string> {
    const change: RecordChange = {
      ...{ account, kind, removes, max },
      puts: puts.map(({ id, value }) => ({ id, data: JSON.stringify(value) })),
    }
    const state = await this.#engine.run(changeRecords, change)
    this.#tell({ account, kind })
    return String(state)
  }

  #tell({ account, kind }: RecordWord): void {
    this.changes.publish({ account, kind })
    this.#notifier.publish(channel, `${account} ${kind}`)
  }
}

function keptOf({ id, data }: { readonly id: string; readonly data: string }): KeptRecord {
  return { id, value: JSON.parse(data) as Record<string, unknown> }
}
