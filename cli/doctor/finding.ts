/** Result of one check of `doctor`. */
export interface DoctorFinding {
  name: string;
  /** `missing`: required, and absent or unusable. `optional`: absent; some features do not work. */
  status: 'ok' | 'missing' | 'optional';
  detail: string;
  /** What to do, if anything. */
  remedy?: string;
}
