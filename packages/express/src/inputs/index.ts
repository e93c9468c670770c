export { watchExpressApplication } from './express-accessors.js'
export { type InputSettings, RequestInputs } from './request-inputs.js'
export { activeReads, RequestReads, readsOf } from './request-reads.js'
export { type InputsWatch, type LookUpPlace, type WatchOptions, watchInputs } from './watch-inputs.js'
