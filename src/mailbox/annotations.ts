// Annotations of mailboxes and accounts, RFC 5464. Whom a private one belongs to is an address, as
// whoever asks says it.
import type { Engine } from '../store/engine.ts'
import {
  type AnnotationOrder,
  type AnnotationPlace,
  type AnnotationRow,
  listAnnotations,
  setAnnotations,
} from './annotation-jobs.ts'
import type { Change } from './change.ts'

export interface AnnotationPorts {
  readonly engine: Engine
  readonly now: () => number
  readonly publish: (changes: readonly Change[]) => void
}

export class Annotations {
  readonly #ports: AnnotationPorts

  constructor(ports: AnnotationPorts) {
    this.#ports = ports
  }

  /** Those that somebody may read, in the order of their names. */
  list({ account, mailbox, who }: AnnotationPlace): Promise<readonly AnnotationRow[]> {
    return this.#ports.engine.run(listAnnotations, { account, mailbox, who })
  }

  /**
   * Sets and removes, all or none. A use (RFC 6154 §4) is the mailbox's own.
   * @throws Refused 'not-found', 'too-many'; 'exists', 'bad-value' for the use
   */
  async set(order: Omit<AnnotationOrder, 'at'>): Promise<void> {
    const { engine, now, publish } = this.#ports
    publish(await engine.run(setAnnotations, { ...order, at: now() }))
  }
}
