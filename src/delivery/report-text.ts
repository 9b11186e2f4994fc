// What a delivery report says to people: which message, to whom, why, and what they can do.

import { digest } from '../message/digest.ts'
import { scanHeader } from '../message/header-fields.ts'
import type { Told } from '../queue/judge.ts'
import { causeOf } from './causes.ts'
import { causeIn } from './receivers.table.ts'

interface About {
  readonly server: string
  /** Milliseconds since 1970. */
  readonly arrived: number
  /** Up to when it is tried. */
  readonly until: number
  /** The header of the message, or all of it. */
  readonly header: Buffer
}

const listedMax = 50

export function subjectOf(told: readonly Told[]): string {
  const actions = new Set(told.map(({ action }) => action))
  if (actions.has('failed')) return 'Your message could not be delivered'
  if (actions.has('delayed')) return 'Your message is delayed'
  return 'Your message was delivered'
}

export function reportText(told: readonly Told[], about: About): string {
  const failed = told.filter(({ action }) => action === 'failed')
  const delayed = told.filter(({ action }) => action === 'delayed')
  const relayed = told.filter(({ action }) => action === 'relayed')
  const delivered = told.filter(({ action }) => action === 'delivered')
  const parts = [
    `This is the mail server ${about.server}.`,
    ...section('Your message could not be delivered to:', failed, failureOf),
    ...section('Your message has not been delivered yet to:', delayed, delayOf),
    ...section('Your message was delivered to:', delivered, shown),
    ...section(
      'Your message was passed on to the server of these, which does not tell more:',
      relayed,
      shown,
    ),
  ]
  if (delayed.length > 0) {
    parts.push(`You need do nothing: it is tried again until ${dateText(about.until)}.`)
  }
  if (failed.length > 0)
    parts.push('It is not tried again. Answers to this message are read by the postmaster.')
  parts.push(aboutText(about))
  return `${parts.join('\n\n')}\n`
}

function section(title: string, list: readonly Told[], say: (one: Told) => string): string[] {
  if (list.length === 0) return []
  const said = list.slice(0, listedMax).map(say)
  if (list.length > listedMax) said.push(`  and ${list.length - listedMax} more, listed below.`)
  return [title, ...said]
}

function shown({ address }: Told): string {
  return `  <${address}>`
}

function failureOf(one: Told): string {
  const { cause, fix } = causeOf(one.status, one.text)
  return [shown(one), `    Why: ${cause}`, saidOf(one), `    What you can do: ${fix}`]
    .filter((line) => line !== '')
    .join('\n')
}

function delayOf(one: Told): string {
  const known = causeIn(one.text)
  const why = known ? `    Why: ${known.cause}` : ''
  return [shown(one), why, saidOf(one)].filter((line) => line !== '').join('\n')
}

function saidOf({ host, code, status, text }: Told): string {
  if (code === 0) return text === '' ? '' : `    Last: ${plain(text)}`
  const words = [code, status, plain(text)].filter((word) => word !== '').join(' ')
  return `    ${host === '' ? 'It was said' : `${plain(host)} said`}: ${words}`
}

function plain(text: string): string {
  return text.replace(/\p{Cc}+/gu, ' ').slice(0, 400)
}

function aboutText({ header, arrived }: About): string {
  const { subject, messageId } = digest(
    header.subarray(0, scanHeader(header).end),
    header.length,
  ).envelope
  const lines = [
    'The message:',
    subject === '' ? '' : `  Subject: ${plain(subject)}`,
    messageId === '' ? '' : `  Message-ID: <${plain(messageId)}>`,
    `  Accepted: ${dateText(arrived)}`,
  ]
  return lines.filter((line) => line !== '').join('\n')
}

function dateText(at: number): string {
  return `${new Date(at).toISOString().slice(0, 16).replace('T', ' ')} UTC`
}
