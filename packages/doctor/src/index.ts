export { type Doctor, type DoctorOptions, doctor } from './doctor.js'
export type { Estimate, Finding, Fix } from './finding.js'
