import type { LoadedRequest } from './load.js'
import type { Site } from './replay.js'

/** An application with one fault, and the same with the remedy that the doctor prints. */
export interface Seed {
  readonly rule: string
  readonly load: readonly LoadedRequest[]
  /** There is nothing to mend. */
  readonly isForInformation?: boolean
  /** What it gains is time, and no hits. */
  readonly sparesWork?: boolean
  /** Text that the printed fix must have. */
  readonly fix: string
  /** @returns one site for each process */
  site(isMended: boolean): readonly Site[] | Promise<readonly Site[]>
}
