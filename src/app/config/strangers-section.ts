// The settings of what strangers have to put up with, and of what is kept of what was refused.
import { flag, integer } from './kinds.ts'

export const greylist = {
  enabled: flag(
    false,
    'Ask strangers (an unknown network, sender and recipient) to come again in a few minutes: 451. Whom a recipient has written to, and networks whose mail came again before, need not.',
  ),
  delay_seconds: integer(300, [1, 86_400], 'How long a stranger waits at least.'),
  window_hours: integer(
    48,
    [1, 720],
    'Who does not come again within this time is a stranger anew.',
  ),
  keep_days: integer(35, [1, 3650], 'How long who came again is known.'),
}

export const quarantine = {
  rejected_days: integer(
    0,
    [0, 365],
    'How long mail of other servers that a check refused is kept apart all the same, so that its recipient can have it after all; its sender has heard 550. 0: not at all.',
  ),
  rejected_max: integer(1_000, [1, 100_000], 'At most so many of these; then the oldest go.'),
}
