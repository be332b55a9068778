import type { CliContext } from '#cli/context/cli-context.js';
import { checkDisk } from '#cli/doctor/check-disk.js';
import { checkFfmpeg, checkVmaf } from '#cli/doctor/check-ffmpeg.js';
import { checkPrograms } from '#cli/doctor/check-programs.js';
import { checkRedis } from '#cli/doctor/check-redis.js';
import { checkSandbox } from '#cli/doctor/check-sandbox.js';
import { checkStorage } from '#cli/doctor/check-storage.js';
import type { DoctorFinding } from '#cli/doctor/finding.js';
import { dataFolderOf } from '#cli/instance/data-folder.js';
import { readInstance } from '#cli/instance/instance-file.js';
import { findProgram } from '#workers/ffmpeg/find-program.js';

/** Checks this machine, and Redis and storage of the running instance or of the environment. */
export async function examine(context: CliContext, data: string | undefined): Promise<DoctorFinding[]> {
  const { environment } = context;
  const path = environment.PATH ?? '';
  const ffmpeg = await findProgram(environment.MILLRACE_FFMPEG || 'ffmpeg', path);
  const ffprobe = await findProgram(environment.MILLRACE_FFPROBE || 'ffprobe', path);
  const folder = dataFolderOf(context, data);
  const [programs, ffmpegParts, vmaf, disk, backEnds] = await Promise.all([
    checkPrograms(path, process.platform),
    ffmpeg === undefined ? [] : checkFfmpeg(ffmpeg),
    checkVmaf(environment.MILLRACE_VMAF_FFMPEG, path),
    checkDisk(folder.path),
    examineBackEnds(context, data),
  ]);
  return [
    { name: 'Node.js', status: 'ok', detail: process.version },
    ...programs,
    ...ffmpegParts,
    ...vmaf,
    ...(ffprobe !== undefined ? [checkSandbox(ffprobe)] : []),
    disk,
    ...backEnds,
  ];
}

async function examineBackEnds(context: CliContext, data: string | undefined): Promise<DoctorFinding[]> {
  const { environment } = context;
  const folder = dataFolderOf(context, data);
  const instance = await readInstance(folder);
  const useInstance = data !== undefined || !environment.MILLRACE_REDIS_URL;
  const redisUrl = useInstance ? instance?.redisUrl : environment.MILLRACE_REDIS_URL;
  const storageUrl = useInstance ? instance?.storageUrl : environment.MILLRACE_STORAGE_URL;
  if (redisUrl === undefined && storageUrl === undefined)
    return [
      { name: 'instance', status: 'ok', detail: `none runs in ${folder.path}; "millrace up" starts one` },
    ];
  return Promise.all([
    ...(redisUrl === undefined ? [] : [checkRedis(redisUrl)]),
    ...(storageUrl === undefined ? [] : [checkStorage(storageUrl, environment)]),
  ]);
}
