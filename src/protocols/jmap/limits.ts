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

/** What RFC 9404 §3 lets a client know. */
export const blobLimits = {
  maxSizeBlobSet: limits.maxSizeUpload,
  maxDataSources: 64,
  supportedTypeNames: ['Mailbox', 'Thread', 'Email'],
  supportedDigestAlgorithms: ['sha', 'sha-256', 'sha-512'],
} as const

export const collations = ['i;ascii-casemap', 'i;unicode-casemap'] as const
