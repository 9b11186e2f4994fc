// The counts of mailboxes that a client is shown (RFC 8621 §2), thread by thread: what a thread
// adds is taken off before it changes, and added again after.
import { draft, seen } from '../../mailbox/flags.ts'
import type { View } from './view.ts'

export interface Counts {
  totalEmails: number
  unreadEmails: number
  totalThreads: number
  unreadThreads: number
}

export class ThreadCounts {
  /** The mailbox that is the trash, or "". */
  readonly trash: string
  readonly #view: View
  readonly #of: Counts[] = []

  constructor(view: View, trash: string) {
    this.#view = view
    this.trash = trash
    for (const thread of view.threads.keys()) this.count(thread, 1)
  }

  of(mailbox: string): Counts | undefined {
    return this.#of[this.#view.boxOf(mailbox)]
  }

  /**
   * Adds a thread as it is, or takes it off. RFC 8621 §2: an unread email that is only in the trash
   * makes no thread unread elsewhere, and in the trash only what is there counts.
   */
  count(thread: number, sign: 1 | -1): void {
    const view = this.#view
    const bin = view.boxOf(this.trash)
    const present = new Set<number>()
    let unread = false
    let unreadInBin = false
    for (const at of view.threads.get(thread) ?? []) {
      const boxes = view.boxes[at]!
      const isUnread = (view.flags[at]! & (seen | draft)) === 0
      unread ||= isUnread && !(boxes.length === 1 && boxes[0] === bin)
      unreadInBin ||= isUnread && boxes.includes(bin)
      for (const box of boxes) {
        present.add(box)
        this.#need(box).totalEmails += sign
        if (isUnread) this.#need(box).unreadEmails += sign
      }
    }
    for (const box of present) {
      this.#need(box).totalThreads += sign
      if (box === bin ? unreadInBin : unread) this.#need(box).unreadThreads += sign
    }
  }

  #need(box: number): Counts {
    const none = { totalEmails: 0, unreadEmails: 0, totalThreads: 0, unreadThreads: 0 }
    const counts = this.#of[box] ?? none
    this.#of[box] = counts
    return counts
  }
}
