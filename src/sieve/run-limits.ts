// How much one run may do. Knows no run.

export interface Limits {
  readonly actionsMax: number
  readonly redirectsMax: number
  /** Characters looked at, roughly. */
  readonly workMax: number
}

export const usualLimits: Limits = { actionsMax: 32, redirectsMax: 4, workMax: 50_000_000 }
