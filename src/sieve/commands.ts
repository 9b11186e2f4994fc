// The commands of RFC 5228 §4 and of the extensions, each a function of the run. Knows no test, and
// does nothing itself: it adds to what is to be done.
import { createHash } from 'node:crypto'
import { foldAscii, formatAddress } from '../message/address.ts'
import { textField } from '../message/header-encode.ts'
import type { Step } from './compile.ts'
import { fieldNameForm, fixedFields } from './field-names.ts'
import { flagList } from './flags.ts'
import { readMailto } from './mailto.ts'
import { matchAny } from './matching.ts'
import { oneAddress } from './one-address.ts'
import type { Limits } from './run-limits.ts'
import { canonical, type Run, texts } from './tests.ts'
import { modified } from './variables.ts'
import { type Action, RunFailed, type Target } from './world.ts'

export interface By {
  readonly rule: string
  readonly line: number
}

/** A run as its commands see it. */
export interface Commanding extends Run {
  flags: string
  readonly limits: Limits
  readonly actions: readonly Action[]
  /** `copy`: the implicit keep stays. @throws RunFailed */
  add(action: Action, copy?: boolean): void
  leave(what: 'run' | 'script' | 'loop', loop?: string): void
  include(step: Step, where: 'personal' | 'global', name: string): void
  everyPart(step: Step): void
}

export type Command = (run: Commanding, step: Step, by: By, text: string) => void

export const commandTable: Readonly<Record<string, Command>> = {
  stop: (run) => run.leave('run'),
  return: (run) => run.leave('script'),
  break: (run, { tags }) => run.leave('loop', oneOf(tags.get('name'))),
  keep: (run, step, by) =>
    run.add({ is: 'keep', flags: flagsOf(run, step), ...passing(run), ...by }),
  discard: (run, _, by) => run.add({ is: 'discard', ...by }),
  fileinto: (run, step, by, mailbox) => {
    if (mailbox === '') throw failed(step, 'fileinto without a mailbox')
    const target = targetOf(run, step, mailbox)
    run.add({ is: 'fileinto', ...target, ...passing(run), ...by }, step.tags.has('copy'))
  },
  redirect: (run, step, by, text) => {
    const parsed = oneAddress(text)
    if (!parsed) throw failed(step, `'${text.slice(0, 100)}' is no address`)
    const { redirectsMax } = run.limits
    if (run.actions.filter(({ is }) => is === 'redirect').length >= redirectsMax)
      throw failed(step, `more than ${redirectsMax} redirects`)
    const address = formatAddress(parsed)
    run.add({ is: 'redirect', address, ...passing(run), ...by }, step.tags.has('copy'))
  },
  reject: (run, _, by, reason) => run.add({ is: 'reject', reason, ...by }),
  ereject: (run, _, by, reason) => run.add({ is: 'reject', reason, ...by }),
  error: (_, step, __, text) => {
    throw failed(step, text)
  },
  set: (run, step, _, name) => {
    const [value = ''] = texts(run, step, 1)
    setVariable(run, step, name, value)
  },
  global: (run, step) => {
    const wrong = run.variables.share(texts(run, step, 0))
    if (wrong !== undefined) throw failed(step, wrong)
  },
  include: (run, step, _, name) =>
    run.include(step, step.tags.has('global') ? 'global' : 'personal', name),
  setflag: changeFlags,
  addflag: changeFlags,
  removeflag: changeFlags,
  addheader: addHeader,
  deleteheader: deleteHeader,
  foreverypart: (run, step) => run.everyPart(step),
  extracttext: (run, step, _, name) => {
    if (!run.part) throw failed(step, 'extracttext outside of foreverypart')
    const whole = run.part.type === 'text' ? run.world.letter.plain(run.part) : ''
    const first = step.tags.get('first')
    run.spend(whole.length)
    setVariable(run, step, name, typeof first === 'number' ? whole.slice(0, first) : whole)
  },
  vacation: (run, step, by, reason) => {
    const of = (tag: string) => run.variables.expand(oneOf(step.tags.get(tag)))
    const mime = step.tags.has('mime')
    const [subject, from, handle] = [of('subject'), of('from'), of('handle')]
    // RFC 5230 §4.7: what would be said again is what was said with the same words.
    const same = step.tags.has('handle') ? ['handle', handle] : ['', reason, subject, from, mime]
    run.add({
      is: 'vacation',
      seconds: secondsOf(step),
      ...{ subject, from, mime, reason, fcc: fccOf(run, step) },
      addresses: listOf(step.tags.get('addresses')).map((text) => run.variables.expand(text)),
      handle: createHash('sha256').update(JSON.stringify(same)).digest('hex').slice(0, 32),
      ...by,
    })
  },
  notify: (run, step, by, method) => {
    const of = (tag: string) => run.variables.expand(oneOf(step.tags.get(tag)))
    const mailto = readMailto(method)
    if (typeof mailto === 'string') throw failed(step, mailto)
    const asked = of('importance')
    const importance = asked === '1' || asked === '3' ? asked : '2'
    const rest = { from: of('from'), message: of('message'), fcc: fccOf(run, step) }
    run.add({ is: 'notify', mailto, importance, ...rest, ...by })
  },
}

const dayMs = 86_400
const daysMax = 365
/** RFC 5230 §4.1: a week where nobody says. */
const daysUsual = 7

function secondsOf({ tags }: Step): number {
  const [days, seconds] = [tags.get('days'), tags.get('seconds')]
  if (typeof seconds === 'number') return Math.min(seconds, daysMax * dayMs)
  const said = typeof days === 'number' ? days : daysUsual
  return Math.min(Math.max(said, 1), daysMax) * dayMs
}

function failed({ line }: Step, why: string): RunFailed {
  return new RunFailed(`line ${line}: ${why}`)
}

function oneOf(value: readonly string[] | number | true | undefined): string {
  return listOf(value)[0] ?? ''
}

function listOf(value: readonly string[] | number | true | undefined): readonly string[] {
  return typeof value === 'object' ? value : []
}

function passing({ world }: Commanding) {
  return { header: world.letter.editedHeader }
}

function targetOf(run: Commanding, step: Step, mailbox: string): Target {
  const of = (tag: string) => run.variables.expand(oneOf(step.tags.get(tag)))
  return {
    mailbox: canonical(mailbox),
    flags: flagsOf(run, step),
    create: step.tags.has('create'),
    specialUse: of('specialuse'),
    mailboxId: of('mailboxid'),
  }
}

/** RFC 8580 §3: a copy of what is sent. */
function fccOf(run: Commanding, step: Step): Target | undefined {
  const mailbox = run.variables.expand(oneOf(step.tags.get('fcc')))
  const flags = step.tags.has('flags') ? flagsOf(run, step) : []
  return mailbox === '' ? undefined : { ...targetOf(run, step, mailbox), flags }
}

function flagsOf({ flags, variables }: Commanding, { tags }: Step): readonly string[] {
  const given = tags.get('flags')
  if (typeof given !== 'object') return flagList([flags])
  return flagList(given.map((text) => variables.expand(text)))
}

function setVariable(run: Commanding, step: Step, name: string, value: string): void {
  const text = modified(value, (each) => step.tags.has(each))
  const wrong = run.variables.set(name, text)
  if (wrong !== undefined) throw failed(step, wrong)
}

/** RFC 5232 §3: setflag, addflag, removeflag, on a variable or on the flags of the run. */
function changeFlags(run: Commanding, step: Step): void {
  const [name] = step.values.length === 2 ? texts(run, step, 0) : []
  const before = flagList([name === undefined ? run.flags : run.variables.get(name)])
  const given = flagList(texts(run, step, -1))
  const folded = given.map(foldAscii)
  const after =
    step.name === 'setflag'
      ? given
      : step.name === 'addflag'
        ? flagList([...before, ...given])
        : before.filter((flag) => !folded.includes(foldAscii(flag)))
  if (name === undefined) run.flags = after.join(' ')
  else run.variables.set(name, after.join(' '))
}

const valueMaxChars = 2_048
const addedMax = 100

function addHeader(run: Commanding, step: Step, _: By, given: string): void {
  const name = given.trim()
  const value = (texts(run, step, 1)[0] ?? '').replace(/\s*[\r\n]+\s*/g, ' ').trim()
  if (!fieldNameForm.test(name)) throw failed(step, `'${name.slice(0, 100)}' is no name of a field`)
  if (/\0/.test(value) || value.length > valueMaxChars)
    throw failed(step, `the value of ${name} is too long, or has a NUL`)
  run.spend(1_000 + value.length)
  if (run.world.letter.fields(name).length >= addedMax)
    throw failed(step, `too many fields ${name}`)
  if (/^received$/i.test(name)) return
  run.world.letter.addField(textField(name, value), step.tags.has('last'))
}

function deleteHeader(run: Commanding, step: Step, _: By, given: string): void {
  const name = given.trim()
  if (!fieldNameForm.test(name)) throw failed(step, `'${name.slice(0, 100)}' is no name of a field`)
  if (fixedFields.test(name)) return
  const keys = step.values.length > 1 ? texts(run, step, 1) : undefined
  const index = step.tags.get('index')
  run.spend(1_000)
  run.world.letter.deleteFields(name, (value, at, of) => {
    const place = step.tags.has('last') ? of - at : at + 1
    if (typeof index === 'number' && index !== place) return false
    if (!keys) return true
    run.spend(value.length * keys.reduce((sum, key) => sum + key.length + 1, 0))
    return matchAny(step, [value], keys).matched
  })
}
