import { inspect } from 'node:util'
import { Cache, Caches, caches as processWide, SettingsError } from '@sitecache/core'
import { refusal } from '@sitecache/core/internal'
import { isWorthIt } from './examine/estimates.js'
import { type Examination, examine } from './examine/examination.js'
import { inSlices, type Steps } from './examine/steps.js'
import type { Finding } from './finding.js'
import { RULES } from './rules/index.js'
import { type Patient, sampleOf } from './sample/patient.js'

/** Options of `doctor()`. */
export interface DoctorOptions {
  /** Caches that are looked at. @default the process-wide caches */
  readonly caches?: Caches | readonly Cache[]
  /**
   * Look-ups of each cache that are kept, the last ones: from 1000 to 1,000,000. 100,000 take 15 MB
   * as a rule, and 31 MB at most.
   *
   * @default 100_000
   */
  readonly sample?: number
}

/** Takes a sample of what caches do, and finds what keeps their hit rate low. */
export interface Doctor {
  /**
   * Resolves to what is found in the sample: what would bring most comes first. Works in slices of
   * some milliseconds, between which the process serves requests; an answer is used again for ten
   * seconds. After `close()`, nothing is found.
   */
  findings(): Promise<Finding[]>
  /** Stops the sample, and forgets it. The caches then pay nothing any more. */
  close(): void
}

const DEFAULT_SAMPLE = 100_000
const [LEAST, MOST] = [1000, 1_000_000]
/** Milliseconds. */
const KEPT_MS = 10_000

/**
 * Begins to sample look-ups. URLs, headers, cookies and bodies are kept as salted hashes alone;
 * findings name headers, cookies and query parameters, and show no value of them.
 *
 * @param options see `DoctorOptions`. @default {}
 * @example
 * const hitRate = doctor()
 * setInterval(async () => console.table(await hitRate.findings()), 3_600_000)
 * @throws SettingsError for an option that is unknown or not allowed
 */
export function doctor(options: DoctorOptions = {}): Doctor {
  const { given, sample } = checked(options)
  const patients = new Map<Cache, Patient>()
  let known: { readonly at: number; readonly findings: Promise<readonly Finding[]> } | undefined
  let isClosed = false
  // `configure` may replace the process-wide caches.
  const sampleAll = (): void => {
    if (isClosed) return
    for (const cache of cachesOf(given))
      if (!patients.has(cache)) patients.set(cache, sampleOf(cache, sample))
  }
  sampleAll()
  return {
    async findings() {
      sampleAll()
      const now = Date.now()
      const isFresh = known !== undefined && now >= known.at && now - known.at < KEPT_MS
      if (known === undefined || !isFresh)
        known = { at: now, findings: inSlices(examineAll([...patients.values()])) }
      const findings = await known.findings
      return isClosed ? [] : [...findings]
    },
    close() {
      isClosed = true
      for (const patient of patients.values()) patient.release()
      patients.clear()
      known = undefined
    },
  }
}

function* examineAll(patients: readonly Patient[]): Steps<Finding[]> {
  const findings: Finding[] = []
  for (const patient of patients) findings.push(...(yield* findAll(yield* examine(yield* patient.sampled()))))
  return findings.sort((one, other) => weight(other) - weight(one))
}

function* findAll(examined: Examination): Steps<Finding[]> {
  const findings: Finding[] = []
  for (const [route, of] of yield* examined.routes()) {
    // Of a route with fewer look-ups no gain is worth a finding: a flood of routes takes no time.
    if (!isWorthIt({ total: of.total }, { requests: of.lookUps.length })) continue
    for (const rule of RULES) if (rule.scope === 'route') findings.push(...(yield* rule.find(of, route)))
  }
  for (const rule of RULES) if (rule.scope === 'cache') findings.push(...(yield* rule.find(examined, '')))
  return findings
}

function weight({ estimate }: Finding): number {
  return estimate.requestsPerHour + estimate.secondsPerHour / 1000
}

function checked(options: DoctorOptions) {
  const known = ['caches', 'sample']
  if (typeof options !== 'object' || options === null)
    throw refusal('doctor', 'an object of options', options)
  for (const name of Object.keys(options))
    if (!known.includes(name))
      throw new SettingsError(`doctor.${name} is no option; there are: ${known.join(', ')}`)
  const { caches = processWide, sample = DEFAULT_SAMPLE } = options
  if (!Number.isInteger(sample) || sample < LEAST || sample > MOST)
    throw new SettingsError(
      `doctor.sample must be a whole number from ${LEAST} to ${MOST}; got ${inspect(sample)}`,
    )
  const isCaches =
    caches instanceof Caches || (Array.isArray(caches) && caches.every((it) => it instanceof Cache))
  if (!isCaches)
    throw new SettingsError(
      `doctor.caches must be the result of createCaches(), or a list of caches; got ${inspect(caches, { depth: 0 })}`,
    )
  return { given: caches, sample }
}

function cachesOf(given: Caches | readonly Cache[]): readonly Cache[] {
  return given instanceof Caches ? [...given].map((alias) => given.get(alias)) : given
}
