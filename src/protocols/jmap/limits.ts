// What one client may ask at once: announced in the session (RFC 8620 §2), and held to.

export const limits = {
  maxSizeUpload: 50_000_000,
  maxConcurrentUpload: 8,
  maxSizeRequest: 10_000_000,
  maxConcurrentRequests: 16,
  maxCallsInRequest: 64,
  maxObjectsInGet: 1_000,
  maxObjectsInSet: 1_000,
} as const

export const collations = ['i;ascii-casemap', 'i;unicode-casemap'] as const
