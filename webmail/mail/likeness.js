// Whether a domain is made to be taken for another: letters that look alike, one letter more or
// less. Knows no list of domains.

/** What many letters of other scripts, and some pairs, are taken for. */
const alike = new Map(
  Object.entries({
    ...{ а: 'a', е: 'e', о: 'o', р: 'p', с: 'c', х: 'x', у: 'y', і: 'i', ѕ: 's', ј: 'j', ԁ: 'd' },
    ...{ α: 'a', ο: 'o', ν: 'v', ρ: 'p', ι: 'i', κ: 'k', ɡ: 'g', ı: 'i', ł: 'l', ø: 'o' },
    ...{ 0: 'o', 1: 'l', 3: 'e', 5: 's', '!': 'l', '|': 'l' },
  }),
)

/** @param {string} domain */
export function skeleton(domain) {
  const plain = domain.toLowerCase().normalize('NFD').replace(/\p{M}/gu, '')
  return [...plain]
    .map((letter) => alike.get(letter) ?? letter)
    .join('')
    .replaceAll('rn', 'm')
    .replaceAll('vv', 'w')
    .replaceAll('cl', 'd')
    .replaceAll('i', 'l')
}

/**
 * The known domain that another is easily taken for; undefined where it is known itself, or like
 * none. @param {string} domain @param {Iterable<string>} known
 */
export function takenFor(domain, known) {
  const own = domain.toLowerCase()
  const all = [...known]
  if (all.some((each) => each === own || own.endsWith(`.${each}`))) return undefined
  const bare = skeleton(own)
  return all.find((each) => {
    const other = skeleton(each)
    return bare === other || (each.length > 6 && oneApart(bare, other)) || inside(own, each)
  })
}

/** "bank.co.id.evil.example" shows another's name first. */
function inside(domain, known) {
  return known.includes('.') && domain.startsWith(`${known}.`)
}

/** One letter more, less, other, or two that changed places. */
function oneApart(a, b) {
  if (Math.abs(a.length - b.length) > 1) return false
  let at = 0
  while (at < a.length && a[at] === b[at]) at++
  const [x, y] = [a.slice(at), b.slice(at)]
  if (x.slice(1) === y.slice(1) || x.slice(1) === y || x === y.slice(1)) return true
  return x[0] === y[1] && x[1] === y[0] && x.slice(2) === y.slice(2)
}
