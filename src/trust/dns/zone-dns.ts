// A DNS in memory, made from zone text: for tests, for what is tried without the Internet, and to
// read back what we tell others to publish. Answers as authoritative servers do, fails where told.
import type { Dns, DnsAnswer, Records, RecordType } from './dns.ts'
import { questionName, recordName } from './names.ts'
import { readZone, type ZoneDirective, type ZoneRecord } from './zone-text.ts'

interface Fault {
  readonly name: string
  /** "*": every type. */
  readonly type: string
  readonly why: string
}

const chainMax = 8

/**
 * `example.com MX 10 mx.example.com` and the like, names absolute unless `$ORIGIN` says otherwise.
 * `$SECURE example.com` has a domain and all below it answered as validated,
 * `$FAIL name TYPE why` (TYPE may be `*`, name may be `*`) has a question fail, and
 * `$DELAY name ms` has it wait.
 */
export class ZoneDns implements Dns {
  readonly #records = new Map<string, ZoneRecord[]>()
  /** Every name that is there, also those only above others (RFC 8020 §2). */
  readonly #names = new Set<string>()
  readonly #secure = new Set<string>()
  readonly #delays = new Map<string, number>()
  #faults: Fault[] = []
  /** The questions so far, "example.com MX". */
  readonly asked: string[] = []

  /** @throws Error naming the line that is no record. */
  constructor(text = '') {
    this.add(text)
  }

  /** @throws Error naming the line that is no record. */
  add(text: string): this {
    const { records, directives } = readZone(text)
    for (const record of records) this.put(record)
    for (const directive of directives) this.#obey(directive)
    return this
  }

  put(record: ZoneRecord): this {
    const name = recordName(record.name)
    const held = this.#records.get(name)
    if (held) held.push(record)
    else this.#records.set(name, [record])
    for (let at = name; at !== ''; at = parent(at)) this.#names.add(at)
    return this
  }

  /** Takes a name's records away, of one type or all, with those failures it was given. */
  remove(name: string, type?: RecordType): this {
    const key = recordName(name)
    const left = (this.#records.get(key) ?? []).filter((one) => type && one.type !== type)
    if (left.length > 0) this.#records.set(key, left)
    else this.#records.delete(key)
    this.#faults = this.#faults.filter((one) => one.name !== key)
    this.#names.clear()
    for (const known of this.#records.keys())
      for (let at = known; at !== ''; at = parent(at)) this.#names.add(at)
    return this
  }

  /** From now on these questions fail; `*` stands for any name, any type. */
  fail(name: string, type: RecordType | '*', why: string): this {
    this.#faults.push({ name: recordName(name), type, why })
    return this
  }

  /** Ends what `fail` and `$FAIL` began. */
  heal(): this {
    this.#faults = []
    return this
  }

  async query<T extends RecordType>(name: string, type: T): Promise<DnsAnswer<T>> {
    const asked = questionName(name)
    if (asked === undefined) return { is: 'no-name', secure: false }
    this.asked.push(`${asked} ${type}`)
    const delay = this.#delays.get(asked)
    if (delay !== undefined) await new Promise((resolve) => setTimeout(resolve, delay))
    return this.#answer(asked, type)
  }

  #answer<T extends RecordType>(asked: string, type: T): DnsAnswer<T> {
    let name = asked
    let secure = true
    for (let hops = 0; hops <= chainMax; hops++) {
      const fault = this.#faults.find(
        (one) => (one.name === '*' || one.name === name) && (one.type === '*' || one.type === type),
      )
      if (fault) return { is: 'failed', why: fault.why }
      secure &&= this.#isSecure(name)
      const held = this.#held(name)
      if (held === undefined) return { is: 'no-name', secure }
      const records = held.filter((one) => one.type === type).map((one) => one.data)
      if (records.length > 0) return { is: 'found', records: records as Records[T][], secure }
      const alias = held.find((one) => one.type === 'CNAME')
      if (!alias) return { is: 'no-record', secure }
      name = alias.data as string
    }
    return { is: 'failed', why: `more than ${chainMax} CNAMEs from ${asked}` }
  }

  /** The records at a name, or at the wildcard above it: RFC 4592 §3.3.1. */
  #held(name: string): readonly ZoneRecord[] | undefined {
    if (this.#names.has(name)) return this.#records.get(name) ?? []
    let above = parent(name)
    while (above !== '' && !this.#names.has(above)) above = parent(above)
    return above === '' ? undefined : this.#records.get(`*.${above}`)
  }

  #isSecure(name: string): boolean {
    for (let at = name; at !== ''; at = parent(at)) if (this.#secure.has(at)) return true
    return false
  }

  #obey({ word, rest }: ZoneDirective): void {
    const [name = '', ...more] = rest
    if (word === '$SECURE' && name !== '') this.#secure.add(recordName(name))
    else if (word === '$DELAY' && more.length === 1)
      this.#delays.set(recordName(name), Number(more[0]))
    else if (word === '$FAIL' && more.length > 1)
      this.fail(name, more[0] as RecordType | '*', more.slice(1).join(' '))
    else throw new Error(`zone text: "${[word, ...rest].join(' ')}" is no directive`)
  }
}

function parent(name: string): string {
  const at = name.indexOf('.')
  return at < 0 ? '' : name.slice(at + 1)
}
