// The languages in which people are told things, beside those of protocols.

export type Language = 'en' | 'id' | 'es'
export const languages: readonly Language[] = ['en', 'id', 'es']
