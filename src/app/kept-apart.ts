// Opens what keeps mail apart: what was refused and may be wanted all the same.
import { Rejected, type RejectedPorts } from '../delivery/rejected.ts'
import type { LiveSettings } from './config/live.ts'

export function openRejected(
  live: LiveSettings,
  ports: Omit<RejectedPorts, 'settings' | 'now'>,
): Rejected {
  return new Rejected({
    ...{ ...ports, now: Date.now },
    settings: () => {
      const { rejected_days: days, rejected_max: keptMax } = live.current.quarantine
      return { keepMs: days * 86_400_000, keptMax }
    },
  })
}
