// What passes between the server and the thread that runs hooks. Plain data.
import type { HookAnswer, HookStage } from './types.ts'

export const hookStages: readonly HookStage[] = [
  ...(['connect', 'hello', 'auth', 'mail', 'rcpt', 'message'] as const),
]

export interface HookCall {
  readonly n: number
  readonly stage: HookStage
  readonly event: object
}

/** What one file answered. */
export interface HookWord {
  /** The file's name. */
  readonly file: string
  readonly answer: HookAnswer
}

export type HookReport =
  /** Every file is loaded; these stages have somebody. */
  | { readonly ready: readonly HookStage[] }
  /** A file cannot be loaded. */
  | { readonly unfit: string }
  | { readonly n: number; readonly words: readonly HookWord[] }
  /** A hook threw, or answered what is none. */
  | { readonly n: number; readonly failure: string }
