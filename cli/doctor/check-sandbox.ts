import type { DoctorFinding } from '#cli/doctor/finding.js';
import { chooseSandbox } from '#workers/ffmpeg/sandbox.js';

/** Checks that the sandbox works: containers and some kernels forbid the namespaces that it needs. */
export function checkSandbox(ffprobe: string): DoctorFinding {
  try {
    const { kind, warning } = chooseSandbox({ ffprobe, niceLevel: 0 }, 'auto');
    if (warning === undefined) return { name: 'sandbox', status: 'ok', detail: `${kind} works` };
    const remedy = 'Allow user namespaces (docs/settings.md, "The sandbox"), which bubblewrap needs.';
    return { name: 'sandbox', status: 'optional', detail: warning, remedy };
  } catch (error) {
    return {
      name: 'sandbox',
      status: 'missing',
      detail: (error as Error).message,
      remedy:
        'Install bubblewrap and allow user namespaces. For containers see docs/settings.md, "The sandbox".',
    };
  }
}
