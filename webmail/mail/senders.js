// Whose pictures are always loaded: a preference, so that it holds in every browser. Knows no page.

const max = 500

/** @param {import('./preferences.js').Preferences} preferences @param {string} address */
export function trusts(preferences, address) {
  return address !== '' && preferences.get('picturesFrom', []).includes(address.toLowerCase())
}

/** @param {import('./preferences.js').Preferences} preferences @param {string} address */
export function trust(preferences, address) {
  const all = [address.toLowerCase(), ...preferences.get('picturesFrom', [])]
  return preferences.set('picturesFrom', [...new Set(all)].slice(0, max))
}
