import type { Leaky } from '../../support/leaky.js'
import { headerApplications } from './headers.js'
import { leftApplications } from './left.js'
import { nestApplications } from './nest.js'
import { serverApplications } from './servers.js'
import { sessionApplications } from './sessions.js'
import { signInApplications } from './sign-in.js'
import { tokenApplications } from './tokens.js'
import { viewApplications } from './views.js'

/** All applications whose visitors must not share pages. */
export const all: readonly Leaky[] = [
  ...sessionApplications,
  ...signInApplications,
  ...tokenApplications,
  ...headerApplications,
  ...viewApplications,
  ...leftApplications,
  ...serverApplications,
  ...nestApplications,
]
