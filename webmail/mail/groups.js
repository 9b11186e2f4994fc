// Where the rows of the list stand: so many of one height, and before the first of each stretch of
// days its heading. Knows numbers only.

const dayMs = 86_400_000

/**
 * The stretches, newest first, each with the moment from which its mail is.
 * @param {number} now
 */
export function stretches(now) {
  const midnight = new Date(now).setHours(0, 0, 0, 0)
  // Half a day back and to its midnight: a day may have 23 hours, or 25.
  const back = (days) => new Date(midnight - days * dayMs + dayMs / 2).setHours(0, 0, 0, 0)
  return /** @type {const} */ ([
    ['today', midnight],
    ['yesterday', back(1)],
    ['week', back(7)],
    ['month', back(30)],
    ['older', Number.NEGATIVE_INFINITY],
  ])
}

export class Places {
  rowPx = 72
  headPx = 28
  /** @type {readonly {at: number, name: string}[]} ascending: `name` begins at row `at` */
  heads = []

  /** @param {number} row */
  top(row) {
    const before = this.heads.filter(({ at }) => at <= row).length
    return row * this.rowPx + before * this.headPx
  }

  /** Where a heading stands: above its first row. @param {number} at */
  headTop(at) {
    return this.top(at) - this.headPx
  }

  /** The row at a height, or the next below. @param {number} px */
  rowAt(px) {
    let row = Math.floor(px / this.rowPx)
    while (row > 0 && this.top(row) > px) row--
    return Math.max(0, row)
  }

  /** @param {number} rows */
  height(rows) {
    return rows === 0 ? 0 : this.top(rows - 1) + this.rowPx
  }

  /** @param {number} px at the foot of the screen */
  rowAfter(px, rows) {
    return Math.min(rows, Math.ceil(px / this.rowPx) + 1)
  }

  /**
   * From how many rows are newer than the beginning of each stretch.
   * @param {readonly (readonly [string, number])[]} counted the stretch and the rows up to its end
   */
  setHeads(counted) {
    let from = 0
    const heads = []
    for (const [name, until] of counted) {
      if (until > from) heads.push({ at: from, name })
      from = Math.max(from, until)
    }
    // A list of one stretch needs no heading to say so, but today's has one: it says what is new.
    this.heads = heads
  }
}
