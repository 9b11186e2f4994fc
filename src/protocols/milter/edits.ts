// What a filter wants changed in a message, gathered while it says so and applied at once after.
import type { Subject } from '../../delivery/checks/check.ts'
import type { Letter, LetterWriter } from '../../delivery/letter.ts'
import type { Recipient } from '../../delivery/types.ts'
import { type Address, sameAddress } from '../../message/address.ts'
import { scanHeader } from '../../message/header-fields.ts'
import { parsePath } from '../../message/path.ts'
import { actions, flags, type Negotiated, NotMilter, type Packet, textsIn } from './grammar.ts'

interface Line {
  /** In lower case. */
  readonly name: string
  readonly bytes: Buffer
}

/** What a message becomes. */
export interface Edited {
  readonly letter?: Letter
  readonly from?: Address | null
  readonly recipients?: readonly Recipient[]
  readonly quarantine?: boolean
}

const needed: Readonly<Record<string, number>> = {
  h: actions.addHeader,
  i: actions.addHeader,
  m: actions.changeHeader,
  b: actions.changeBody,
  '+': actions.addRecipient,
  '2': actions.addRecipientWithArguments,
  '-': actions.deleteRecipient,
  e: actions.changeFrom,
  q: actions.quarantine,
}

const editsMax = 5_000
/** A text may become so much larger. */
const growthMaxBytes = 64 * 1024 * 1024
const fieldName = /^[!-9;-~]{1,200}$/

export class Edits {
  readonly #subject: Subject
  readonly #said: Negotiated
  readonly #lines: Line[]
  readonly #bodyAt: number
  /** What ends the header: an empty line, or nothing. */
  readonly #separator: Buffer
  #headerChanged = false
  #body: LetterWriter | undefined
  #from: Address | null | undefined
  #recipients: Recipient[] | undefined
  #quarantine = false
  #count = 0

  constructor(subject: Subject, said: Negotiated) {
    const { head } = subject.letter
    const { fields, end } = scanHeader(head)
    let at = 0
    this.#subject = subject
    this.#said = said
    // What is no field goes with the field behind it.
    this.#lines = fields.map((field) => {
      const bytes = head.subarray(at, field.end)
      at = field.end
      return { name: field.name, bytes }
    })
    this.#separator = head.subarray(at, end)
    this.#bodyAt = end
  }

  /** @throws NotMilter for what was not agreed on, or makes no sense */
  async take({ letter, data }: Packet): Promise<void> {
    const bit = needed[letter]
    if (bit === undefined || (this.#said.actions & bit) === 0)
      throw new NotMilter(`an action that was not agreed on: "${letter}"`)
    if (letter !== 'b' && ++this.#count > editsMax) throw new NotMilter('too many changes')
    if (letter === 'b') {
      this.#body ??= this.#subject.rewrite(this.#sizeMaxBytes())
      await this.#body.write(Buffer.from(data))
    } else if (letter === 'h' || letter === 'i' || letter === 'm') this.#header(letter, data)
    else if (letter === 'q') this.#quarantine = true
    else await this.#envelope(letter, data)
  }

  /** The message as it was changed; undefined when nobody is left to get it. */
  async apply(): Promise<Edited | undefined> {
    if (this.#recipients?.length === 0) {
      this.drop()
      return undefined
    }
    const letter = this.#headerChanged || this.#body ? await this.#letter() : undefined
    return {
      ...(letter ? { letter } : {}),
      ...(this.#from === undefined ? {} : { from: this.#from }),
      ...(this.#recipients ? { recipients: this.#recipients } : {}),
      ...(this.#quarantine ? { quarantine: true } : {}),
    }
  }

  drop(): void {
    this.#body?.abort()
  }

  #sizeMaxBytes(): number {
    return this.#subject.letter.size + growthMaxBytes
  }

  #header(letter: 'h' | 'i' | 'm', data: Buffer): void {
    const index = letter === 'h' || data.length < 4 ? 0 : data.readUInt32BE(0)
    const [name = '', value = ''] = textsIn(data.subarray(letter === 'h' ? 0 : 4), 'latin1')
    if (!fieldName.test(name)) throw new NotMilter('no name of a header field')
    this.#headerChanged = true
    const line = this.#line(name, value)
    if (letter === 'h') this.#lines.push(line)
    // Counted with the Received field that this server puts first.
    else if (letter === 'i') this.#lines.splice(Math.max(0, index - 1), 0, line)
    else this.#change(line, index, value === '')
  }

  /** The `index`-th field of that name, from 1; where there is none it is added. */
  #change(line: Line, index: number, remove: boolean): void {
    let left = Math.max(1, index)
    const at = this.#lines.findIndex(({ name }) => name === line.name && --left === 0)
    if (at >= 0) this.#lines.splice(at, 1, ...(remove ? [] : [line]))
    else if (!remove) this.#lines.push(line)
  }

  /** Whatever line ends a value has, it stays one field. */
  #line(name: string, value: string): Line {
    const [first = '', ...folded] = value.split(/\r\n|\r|\n/)
    const rest = folded
      .filter((line) => line.trim() !== '')
      .map((line) => (/^[ \t]/.test(line) ? line : `\t${line}`))
    const blank = (this.#said.flags & flags.leadingSpace) === 0 ? ' ' : ''
    const text = `${[`${name}:${blank}${first}`, ...rest].join('\r\n')}\r\n`
    return { name: name.toLowerCase(), bytes: Buffer.from(text, 'latin1') }
  }

  async #envelope(letter: string, data: Buffer): Promise<void> {
    const path = parsePath(textsIn(data)[0] ?? '', { lenient: true, smtpUtf8: true })
    if ('error' in path) throw new NotMilter(`no address: ${path.error}`)
    const { address } = path
    if (letter === 'e') {
      this.#from = address
      return
    }
    if (address === null) throw new NotMilter('no recipient: the null path')
    const list = this.#recipients ?? [...this.#subject.envelope.recipients]
    if (letter === '-') this.#recipients = list.filter((one) => !sameAddress(one.address, address))
    else {
      const added = await this.#subject.recipient(address)
      this.#recipients = added ? [...list, added] : list
    }
  }

  async #letter(): Promise<Letter> {
    const { letter } = this.#subject
    const writer = this.#subject.rewrite(this.#sizeMaxBytes())
    const body = this.#body?.end()
    try {
      for (const { bytes } of this.#lines) await writer.write(bytes)
      const ends = this.#separator.length > 0 || (!body && this.#bodyAt === letter.size)
      await writer.write(ends ? this.#separator : Buffer.from('\r\n'))
      let skip = body ? 0 : this.#bodyAt
      for await (const chunk of (body ?? letter).text()) {
        const from = Math.min(skip, chunk.length)
        skip -= from
        await writer.write(chunk.subarray(from))
      }
      return writer.end()
    } catch (error) {
      writer.abort()
      throw error
    } finally {
      body?.drop()
    }
  }
}
