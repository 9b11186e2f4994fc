// What the suite's scripts act on: one message, its envelope, mailboxes and sent mail in memory.
// Carries out what a script decides, with the texts that the server itself sends.
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { automatic, namedIn, unanswerable } from '../../../src/delivery/answers/answerable.ts'
import {
  composeNotice,
  composeVacation,
  correspondentIn,
} from '../../../src/delivery/answers/compose-answer.ts'
import { type Address, formatAddress, parseAddress } from '../../../src/message/address.ts'
import { compile, type Script } from '../../../src/sieve/compile.ts'
import { LetterView } from '../../../src/sieve/letter-view.ts'
import { SieveError } from '../../../src/sieve/problem.ts'
import { run } from '../../../src/sieve/run.ts'
import type { Action, Target, World } from '../../../src/sieve/world.ts'
import { suiteForms } from './language.ts'

interface Stored {
  readonly bytes: Buffer
  readonly flags: readonly string[]
}

interface Sent extends Stored {
  readonly from: string
  readonly to: string
}

const owner: Address = { local: 'recipient', domain: 'example.com' }

export class Stage {
  readonly folders = new Map<string, Stored[]>([['INBOX', []]])
  readonly sent: Sent[] = []
  /** What went wrong in the last script, one text each. */
  errors: string[] = []
  actions: Action[] = []
  script: Script | undefined
  readonly #folder: string
  readonly #answered = new Set<string>()
  #bytes: Buffer = Buffer.from(
    'From: sender@example.com\r\nTo: recipient@example.org\r\n\r\nFrop!\r\n',
  )
  #letter = new LetterView(this.#bytes)
  #envelope = { from: 'sender@example.com', to: 'recipient@example.org', auth: '' }

  constructor(folder: string) {
    this.#folder = folder
  }

  get world(): World {
    const stage = this
    return {
      get letter() {
        return stage.#letter
      },
      get envelope() {
        return stage.#envelope
      },
      now: Date.now(),
      zone: -new Date().getTimezoneOffset(),
      get mailboxes() {
        return new Set(stage.folders.keys())
      },
      environment: new Map([
        ['name', 'Amplop'],
        ['location', 'MS'],
        ['version', '1'],
      ]),
      include: (where, name) => this.#included(where, name),
    }
  }

  set(name: string, value: string): void {
    if (name === 'message') {
      this.#arrives(Buffer.from(value.replace(/\r?\n/g, '\r\n')))
      return
    }
    const part = name.replace('envelope.', '')
    this.#envelope = { ...this.#envelope, [part]: value.replace(/^<(.*)>$/, '$1') }
  }

  show(bytes: Buffer, envelope = this.#envelope): void {
    this.#bytes = bytes
    this.#letter = new LetterView(bytes)
    this.#envelope = envelope
  }

  /** Its envelope is what its header names. */
  #arrives(bytes: Buffer): void {
    this.show(bytes)
    const named = (field: string) => {
      const [first] = this.#letter.addresses(field).flat()
      return first && formatAddress(first)
    }
    const from = named('sender') ?? named('from') ?? 'sender@example.com'
    this.#envelope = { from, to: named('to') ?? 'recipient@example.com', auth: '' }
  }

  /** Whether it is one. */
  compile(file: string): boolean {
    this.errors = []
    this.script = undefined
    try {
      this.script = compile(readFileSync(join(this.#folder, file), 'utf8'), suiteForms)
      return true
    } catch (error) {
      if (!(error instanceof SieveError)) throw error
      this.errors = error.problems.map(({ text }) => text)
      return false
    }
  }

  /** Whether it ran to its end; what is to be done is kept. */
  run(append: boolean): boolean {
    if (!this.script) throw new Error('no script to run')
    const { actions, failure } = run(this.script, this.world)
    this.errors = failure === '' ? [] : [failure]
    this.actions = append ? [...this.actions, ...actions] : [...actions]
    return failure === ''
  }

  /** As if they were one script, and all of it done. */
  runTogether(files: readonly string[]): boolean {
    const scripts = files.flatMap((file) => (this.compile(file) ? this.script! : []))
    if (scripts.length < files.length) return false
    const { actions, failure } = run(scripts, this.world)
    return failure === '' && this.execute(actions)
  }

  /** What was sent, and to whom. */
  forget(): void {
    this.sent.length = 0
    this.#answered.clear()
  }

  /** Whether all of it could be done. */
  execute(actions: readonly Action[]): boolean {
    return actions.map((action) => this.#do(action)).every(Boolean)
  }

  #do(action: Action): boolean {
    switch (action.is) {
      case 'keep':
        return this.#store({ ...inboxTarget, flags: action.flags }, this.#with(action.header))
      case 'fileinto':
        return this.#store(action, this.#with(action.header))
      case 'discard':
        return true
      case 'redirect': {
        const { from } = this.#envelope
        this.sent.push({ bytes: this.#with(action.header), flags: [], from, to: action.address })
        return true
      }
      case 'reject':
        return true
      case 'vacation':
        return this.#answer(action)
      case 'notify':
        return this.#notify(action)
    }
  }

  #answer(action: Extract<Action, { is: 'vacation' }>): boolean {
    const { from, to } = this.#envelope
    const sender = from === '' ? null : (parseAddress(from, { smtpUtf8: true }) ?? null)
    const recipient = parseAddress(to, { smtpUtf8: true }) ?? owner
    const named = action.addresses.flatMap((text) => correspondentIn(text) ?? [])
    const letter = this.#letter
    if (unanswerable({ letter, sender, own: [recipient, ...named] }) || !sender) return true
    const key = `${action.handle} ${formatAddress(sender)}`
    if (action.seconds > 0 && this.#answered.has(key)) return true
    this.#answered.add(key)
    const own = namedIn(letter, [recipient, ...named]) ?? recipient
    const about = { letter, owner: own, messageId: 'a@example.com', now: Date.now() }
    const bytes = composeVacation(about, action, sender)
    this.sent.push({ bytes, flags: [], from: '', to: formatAddress(sender) })
    return !action.fcc || this.#store(action.fcc, bytes)
  }

  #notify(action: Extract<Action, { is: 'notify' }>): boolean {
    if (automatic(this.#letter) !== undefined) return true
    const { to } = this.#envelope
    const recipient = parseAddress(to, { smtpUtf8: true }) ?? owner
    const about = { letter: this.#letter, owner: recipient, messageId: 'a@b.test', now: Date.now() }
    const bytes = composeNotice(about, action)
    const { mailto } = action
    for (const address of [...mailto.to, ...mailto.cc, ...mailto.bcc])
      this.sent.push({ bytes, flags: [], from: '', to: formatAddress(address) })
    return true
  }

  #store({ mailbox, flags, create }: Target, bytes: Buffer): boolean {
    if (!this.folders.has(mailbox) && !create) return false
    const stored = this.folders.get(mailbox) ?? []
    this.folders.set(mailbox, stored)
    stored.push({ bytes, flags })
    return true
  }

  #with(header: Buffer | undefined): Buffer {
    if (!header) return this.#bytes
    const end = this.#bytes.indexOf('\r\n\r\n')
    return Buffer.concat([header, end < 0 ? Buffer.alloc(0) : this.#bytes.subarray(end + 4)])
  }

  #included(where: string, name: string): Script | undefined {
    const own = where === 'global' ? 'included-global' : 'included'
    const file = join(this.#folder, own, `${name}.sieve`)
    return existsSync(file) ? compile(readFileSync(file, 'utf8'), suiteForms) : undefined
  }
}

const inboxTarget: Target = {
  ...{ mailbox: 'INBOX', flags: [], create: true, specialUse: '', mailboxId: '' },
}
