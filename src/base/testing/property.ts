// Property tests with inputs that are the same in every run, so that what passed passes again.
// AMPLOP_SEED=random looks further, AMPLOP_SEED=N repeats what that found. Knows no property.
import fc from 'fast-check'

const asked = process.env.AMPLOP_SEED ?? '1'
const seed = asked === 'random' ? Date.now() % 2 ** 31 : Number(asked)
if (!Number.isInteger(seed)) throw new Error('AMPLOP_SEED is neither "random" nor a whole number')

fc.configureGlobal({ seed })

export { fc }
