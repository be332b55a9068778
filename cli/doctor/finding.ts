/** One thing that `doctor` looked at. */
export interface DoctorFinding {
  name: string;
  /** `missing`: needed, and not fit. `optional`: not there, and some things work without it. */
  status: 'ok' | 'missing' | 'optional';
  detail: string;
  /** What to do, where something is to be done. */
  remedy?: string;
}
