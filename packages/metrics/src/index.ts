export { DEFINITIONS, type Definition, type MetricName } from './definitions.js'
export {
  type MetricJson,
  type Metrics,
  type MetricsHandler,
  type MetricsOptions,
  metrics,
} from './metrics.js'
export type { ClientRegistry } from './register.js'
export type { Sample } from './series.js'
export type { KeyGroup } from './value-names.js'
