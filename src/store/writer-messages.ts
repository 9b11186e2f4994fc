// What the engine and its writer thread say to each other, and how errors cross between them.
import { type RefusalCode, Refused } from '../base/refused.ts'

/** What the writer thread is started with. */
export interface WriterData {
  readonly file: string
}

/** A job to do: its number, its name, its arguments. */
export type Order = readonly [number: number, job: string, args: unknown]

/** What became of it: the result, or the failure. */
export type Answer = readonly [number: number, result: unknown, failure?: Failure]

/** To the writer: orders (at most `ordersMax`), or the word to stop. */
export type ToWriter = readonly Order[] | 'stop'

/** From the writer: that it is ready, why it cannot be, or answers in the order of the orders. */
export type FromWriter = 'ready' | Failure | readonly Answer[]

export const ordersMax = 500

export interface Failure {
  readonly code: RefusalCode | ''
  readonly name: string
  readonly message: string
  readonly stack: string
}

export function failureOf(error: unknown): Failure {
  const known = error instanceof Error ? error : new Error(String(error))
  return {
    code: known instanceof Refused ? known.code : '',
    name: known.name,
    message: known.message,
    stack: known.stack ?? '',
  }
}

/** The error again: a `Refused` with its code and detail, or an `Error` with its name. */
export function errorOf(failure: Failure): Error {
  const { code, name, message, stack } = failure
  const error = code === '' ? new Error(message) : new Refused(code, message.slice(code.length + 2))
  error.name = name
  error.stack = stack
  return error
}
