// How large things are, as each language writes it. Knows no page.

/** @param {number} bytes */
export function sized(bytes) {
  const [unit, by] = bytes < 1e3 ? ['byte', 1] : bytes < 1e6 ? ['kilobyte', 1e3] : ['megabyte', 1e6]
  const form = { style: 'unit', unit, maximumFractionDigits: bytes < 1e6 ? 0 : 1 }
  // @ts-expect-error: a unit is known to be one
  return (Math.max(bytes, 1) / by).toLocaleString(document.documentElement.lang, form)
}
