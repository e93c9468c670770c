export type { Audit, AuditEntry } from './actions/audit.js'
export { type Dashboard, dashboard } from './dashboard.js'
export type { DashboardOptions, FindingSource, OperatorRequest, ShownFinding } from './options.js'
export { relayDashboards } from './peers/links.js'
