import type { LoadedRequest } from './load.js'
import type { Site } from './replay.js'

/** An application with one fault, and the same with the remedy that the doctor prints. */
export interface Seed {
  readonly rule: string
  readonly load: readonly LoadedRequest[]
  /** Seconds after which the doctor begins, and what comes is counted. @default 0 */
  readonly from?: number
  /** There is nothing to mend. */
  readonly isForInformation?: boolean
  /** It gains time: fewer renders, or shorter ones. */
  readonly sparesWork?: boolean
  /** Text that the printed fix must have. */
  readonly fix: string
  /** @returns one site for each process */
  site(isMended: boolean): readonly Site[] | Promise<readonly Site[]>
}
